//! Headers as client-go prints them.

use serde_json::{Value, json};

/// Headers of one request or response at most.
const MAX_HEADERS: usize = 128;

/// The header lines of a request or a response.
#[derive(Debug, Default, Clone)]
pub(super) struct HttpHeaders(Vec<Value>);

impl HttpHeaders {
    /// Adds a line, `Name: value`.
    pub(super) fn push(&mut self, line: &str) {
        let Some((name, value)) = line.trim().split_once(':') else { return };
        if self.0.len() < MAX_HEADERS && !name.is_empty() && !name.contains(' ') {
            self.0.push(json!({"name": name, "value": value.trim()}));
        }
    }

    pub(super) fn take(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.0)
    }
}
