//! The subresource token of service accounts.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kuberewind_model::Timestamp;
use serde_json::{Value, json};

use super::update::live;
use crate::call::Call;
use crate::meta;
use crate::world::World;
use kuberewind_model::k8s::status::{Cause, Status, Subject};

/// The lifetime of a token in seconds if the request names none: an hour.
const LIFETIME: i64 = 3600;
/// The shortest lifetime that a real server accepts: 10 minutes.
const SHORTEST: i64 = 600;

/// Answers a `TokenRequest` with an unsigned token, which no other server accepts.
pub(crate) fn request(world: &World, call: &Call, mut request: Value) -> Result<Value, Status> {
    let account = live(world, call)?;
    let seconds = request["spec"]["expirationSeconds"].as_i64().unwrap_or(LIFETIME);
    if seconds < SHORTEST {
        let message = format!("Invalid value: {seconds}: may not specify a duration less than 10 minutes");
        let cause = Cause { reason: "FieldValueInvalid", message, field: "spec.expirationSeconds".to_owned() };
        let subject = Subject { resource: "TokenRequest", group: "authentication.k8s.io", name: "" };
        return Err(Status::invalid(subject, &[cause]));
    }
    let now = world.clock_now();
    let expires = Timestamp(now.0.saturating_add(seconds.saturating_mul(1_000_000_000)));
    let (namespace, name) = (&call.name.namespace, &call.name.name);
    let claims = json!({
        "iss": "kuberewind", "sub": format!("system:serviceaccount:{namespace}:{name}"), "aud": request["spec"]["audiences"],
        "iat": now.0 / 1_000_000_000, "exp": expires.0 / 1_000_000_000, "uid": meta::text(&account, "uid"),
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let token = format!("{}.{}.", part(&json!({"alg": "none", "typ": "JWT"})), part(&claims));
    request["apiVersion"] = json!("authentication.k8s.io/v1");
    request["kind"] = json!("TokenRequest");
    meta::set(&mut request, "name", &**name);
    meta::set(&mut request, "namespace", &**namespace);
    if !request["spec"].is_object() {
        request["spec"] = json!({});
    }
    request["spec"]["expirationSeconds"] = json!(seconds);
    request["status"] = json!({"token": token, "expirationTimestamp": expires.rfc3339(0)});
    Ok(request)
}
