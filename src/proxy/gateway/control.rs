//! The control endpoint: `POST /.kuberewind/enable`, `POST /.kuberewind/disable`, `GET /.kuberewind/status`, with the token.

use http::{Method, Response, StatusCode};

use super::answer::{json, refusal};
use super::counters::Counters;
use super::upstream::OutBody;
use kuberewind_capture::Port;

/// Paths below this one are the proxy's own.
const OWN: &str = "/.kuberewind/";

/// Answers a request to the proxy itself; `None` where it is one for the API server.
pub fn answer(method: &Method, path: &str, port: &dyn Port, counters: &Counters) -> Option<Response<OutBody>> {
    let what = path.strip_prefix(OWN)?;
    match (method, what) {
        (&Method::POST, "enable") => port.switch(true),
        (&Method::POST, "disable") => port.switch(false),
        (&Method::GET, "status") => {}
        _ => return Some(refusal(StatusCode::NOT_FOUND, "NotFound", "the proxy knows enable, disable and status")),
    }
    let body = serde_json::json!({
        "recording": port.is_on(),
        "calls": Counters::of(&counters.calls),
        "overhead": Counters::of(&counters.overhead),
        "strangers": Counters::of(&counters.strangers),
        "unanswered": Counters::of(&counters.unanswered),
        "upgrades": Counters::of(&counters.upgrades),
    });
    Some(json(StatusCode::OK, body.to_string()))
}
