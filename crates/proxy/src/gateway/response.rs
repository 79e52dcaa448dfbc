//! The proxy's own responses.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tower::BoxError;

use super::upstream::OutBody;

/// A complete body.
pub fn whole(bytes: impl Into<Bytes>) -> OutBody {
    Full::new(bytes.into()).map_err(|never| -> BoxError { match never {} }).boxed_unsync()
}

pub fn json(status: StatusCode, body: String) -> Response<OutBody> {
    let mut response = Response::new(whole(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A refusal as a Kubernetes `Status`.
#[must_use]
pub fn refusal(status: StatusCode, reason: &str, message: &str) -> Response<OutBody> {
    let body = serde_json::json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": status.as_u16(),
    });
    json(status, body.to_string())
}
