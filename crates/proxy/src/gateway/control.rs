//! The control endpoint: `POST /.kuberewind/enable`, `POST /.kuberewind/disable`, `GET /.kuberewind/status`, with the token.

use http::{Method, Response, StatusCode};

use super::counters::Counters;
use super::identity::Identity;
use super::response::{json, refusal};
use super::upstream::OutBody;
use kuberewind_capture::Port;

/// The proxy's own paths.
const PREFIX: &str = "/.kuberewind/";

/// Handles a request to the proxy itself, which needs the proxy's token; `None` for a request to the API server.
pub fn respond(
    method: &Method,
    path: &str,
    identity: &Identity,
    port: &dyn Port,
    counters: &Counters,
) -> Option<Response<OutBody>> {
    let action = path.strip_prefix(PREFIX)?;
    if *identity != Identity::Recorder {
        return Some(refusal(StatusCode::UNAUTHORIZED, "Unauthorized", "send the token of the proxy's kubeconfig"));
    }
    match (method, action) {
        (&Method::POST, "enable") => port.switch(true),
        (&Method::POST, "disable") => port.switch(false),
        (&Method::GET, "status") => {}
        _ => return Some(refusal(StatusCode::NOT_FOUND, "NotFound", "unknown path; use enable, disable or status")),
    }
    let body = serde_json::json!({
        "recording": port.is_on(),
        "calls": Counters::get(&counters.calls),
        "overhead": Counters::get(&counters.overhead),
        "strangers": Counters::get(&counters.unauthorized),
        "unanswered": Counters::get(&counters.unanswered),
        "upgrades": Counters::get(&counters.upgrades),
    });
    Some(json(StatusCode::OK, body.to_string()))
}
