//! Builds responses.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, RETRY_AFTER, VARY, WARNING};
use http::request::Parts;
use http::{Response, StatusCode};
use serde_json::Value;

use super::ClusterBody;
use super::encode;
use super::view::Encoding;
use kuberewind_model::k8s::status::Status;

pub(super) type Answer = Response<ClusterBody>;

/// The media type of protobuf.
pub(super) const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";

/// The media type of a protobuf watch.
const PROTOBUF_WATCH: &str = "application/vnd.kubernetes.protobuf;stream=watch";

/// The response to a refused request.
pub(super) fn refusal(status: &Status, encoding: Encoding) -> Answer {
    let mut answer = object(status.code, &status.to_json(), encoding);
    if let Some(seconds) = status.details.get("retryAfterSeconds").and_then(Value::as_u64) {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    answer
}

/// A response with an object. If protobuf cannot express it, the response is an error in JSON.
pub(super) fn object(code: u16, value: &Value, encoding: Encoding) -> Answer {
    encoded(code, encode::value(value, encoding), encoding)
}

/// A response with an encoded body, or an error in JSON.
pub(super) fn encoded(code: u16, body: Result<Bytes, Status>, encoding: Encoding) -> Answer {
    match body {
        Ok(bytes) if encoding == Encoding::Json => text(code, "application/json", bytes),
        Ok(bytes) => text(code, PROTOBUF, bytes),
        Err(status) => text(status.code, "application/json", status.to_json().to_string()),
    }
}

/// The refusal of a request above the limit of requests.
pub(super) fn too_many() -> Answer {
    let mut answer = text(429, "text/plain; charset=utf-8", "Too many requests, please try again later.\n");
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}

/// A stream of watch events.
pub(super) fn watch(body: ClusterBody, encoding: Encoding) -> Answer {
    response(200, if encoding == Encoding::Json { "application/json" } else { PROTOBUF_WATCH }, body)
}

pub(super) fn text(code: u16, media: &'static str, body: impl Into<Bytes>) -> Answer {
    response(code, media, ClusterBody::whole(body))
}

fn response(code: u16, media: &'static str, body: ClusterBody) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
    answer
}

/// Adds `Warning` headers with the code 299, as a real server does. Repeated warnings are sent once.
pub(super) fn warn(answer: &mut Answer, mut warnings: Vec<String>) {
    let mut seen = std::collections::BTreeSet::new();
    warnings.retain(|warning| seen.insert(warning.clone()));
    for warning in warnings {
        let printable: String = warning.chars().filter(|letter| !letter.is_control()).collect();
        let quoted = printable.replace('\\', "\\\\").replace('"', "\\\"");
        // Printable text is always a valid header value.
        if let Ok(value) = HeaderValue::from_bytes(format!("299 - \"{quoted}\"").as_bytes()) {
            answer.headers_mut().append(WARNING, value);
        }
    }
}

/// The least size of a body that is compressed, as in a real server: 128 KiB.
const COMPRESSED_FROM: usize = 128 << 10;

/// Compresses a large body for a client that accepts gzip.
pub(super) fn compress(answer: Answer, parts: &Parts) -> Answer {
    let accepted = parts.headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accepts = accepted.split(',').any(|one| one.split(';').next().is_some_and(|name| name.trim() == "gzip"));
    let large = answer.body().bytes().filter(|bytes| accepts && bytes.len() >= COMPRESSED_FROM);
    let Some(packed) = large.and_then(|bytes| gzip(bytes).ok()) else { return answer };
    let mut answer = answer.map(|_| ClusterBody::whole(packed));
    answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    answer.headers_mut().insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    answer
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}
