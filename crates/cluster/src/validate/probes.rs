//! Probes of containers.

use std::fmt::Display;

use serde_json::Value;

use super::causes::Causes;
use super::{formats, rules};

const HANDLERS: &[&str] = &["exec", "httpGet", "tcpSocket", "grpc"];

/// Checks the probe called `name` at `path`.
pub(super) fn check(probe: &Value, path: &dyn Display, name: &str, causes: &mut Causes) {
    let mut handlers = HANDLERS.iter().filter(|handler| probe[**handler].is_object());
    if handlers.next().is_none() {
        causes.required_for(path, "must specify a handler type");
    }
    for second in handlers {
        causes.forbidden(format_args!("{path}.{second}"), "may not specify more than 1 handler type");
    }
    if probe["exec"].is_object() && probe["exec"]["command"].as_array().is_none_or(Vec::is_empty) {
        causes.required(format_args!("{path}.exec.command"));
    }
    for handler in ["httpGet", "tcpSocket", "grpc"] {
        if probe[handler].is_object() {
            let port = &probe[handler]["port"];
            let absent = Value::from(0);
            rules::port(if port.is_null() { &absent } else { port }, &format_args!("{path}.{handler}.port"), causes);
        }
    }
    for field in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] {
        if probe[field].as_i64().is_some_and(|number| number < 0) {
            causes.invalid(format_args!("{path}.{field}"), &probe[field], formats::NOT_NEGATIVE);
        }
    }
    let once = name != "readinessProbe" && probe["successThreshold"].as_i64().is_some_and(|times| times > 1);
    if once {
        causes.invalid(format_args!("{path}.successThreshold"), &probe["successThreshold"], "must be 1");
    }
}
