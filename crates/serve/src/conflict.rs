//! A conflict between a client's write and the recording.

use std::fmt;

use serde_json::{Value, json};

/// A place at which a merge found two new values. The written one is served.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// `Deployment/shop/checkout`
    pub object: String,
    /// The JSON pointer of the field, '' for the object.
    pub path: String,
    /// The written value; `None` if the client removed the field.
    pub written: Option<Value>,
    /// The value in the recorded world; `None` if it has no such field.
    pub recorded: Option<Value>,
}

impl Conflict {
    pub(crate) fn to_json(&self) -> Value {
        json!({"object": self.object, "path": self.path, "written": self.written, "recorded": self.recorded})
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
        let path = if self.path.is_empty() { "" } else { " " };
        write!(out, "{}{path}{}: written {}, recorded {}", self.object, self.path, value(&self.written), value(&self.recorded))
    }
}
