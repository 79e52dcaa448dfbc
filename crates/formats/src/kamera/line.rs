//! One line of a trace.

use serde::Deserialize;
use serde_json::Value;

use kuberewind_model::Timestamp;

/// A client's operation on an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Op {
    /// The object existed at the start.
    Init,
    Get,
    List,
    Create,
    Update,
    /// A deletion was requested.
    Delete,
    Patch,
    Apply,
    /// The object is gone.
    Remove,
}

/// An event: actor, operation, time and reconcile.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    pub(super) id: String,
    timestamp: Value,
    pub(super) reconcile_id: String,
    pub(super) controller_id: String,
    pub(super) op_type: Op,
    pub(super) kind: String,
    #[serde(default)]
    pub(super) object_id: String,
    #[serde(default, rename = "apiVersion")]
    pub(super) api_version: Option<String>,
    #[serde(default)]
    pub(super) group: Option<String>,
}

/// A record: the object of an access.
#[derive(Debug, Deserialize)]
pub(super) struct Record {
    pub(super) operation_id: String,
    #[serde(default)]
    value: Value,
}

pub(super) enum Line {
    Event(Box<Event>),
    Record(Box<Record>),
}

/// Parses a line.
///
/// # Errors
/// The reason why it is neither an event nor a record.
pub(super) fn read(line: &[u8]) -> Result<Line, String> {
    let text = std::str::from_utf8(line).map_err(|_| "it is not UTF-8")?;
    let json = text.find('{').map_or("", |at| &text[at..]);
    // In a console log, more text follows.
    let value = serde_json::Deserializer::from_str(json).into_iter::<Value>().next();
    match value {
        Some(Ok(value)) if value.get("operation_id").is_some() => {
            let record = serde_json::from_value(value).map_err(|error| format!("it is not a record ({error})"))?;
            Ok(Line::Record(Box::new(record)))
        }
        Some(Ok(value)) if value.get("op_type").is_some() => {
            let event: Event = serde_json::from_value(value).map_err(|error| format!("it is not an event ({error})"))?;
            event.at().ok_or("it has no time")?;
            Ok(Line::Event(Box::new(event)))
        }
        _ => Err("it is neither an event nor a record".into()),
    }
}

impl Event {
    /// The time: microseconds since the epoch, milliseconds in older traces.
    pub(super) fn at(&self) -> Option<Timestamp> {
        let number = match &self.timestamp {
            Value::String(text) => text.parse::<i64>().ok()?,
            Value::Number(number) => number.as_i64()?,
            _ => return None,
        };
        let unit = match number.unsigned_abs() {
            // Until the year 5138 milliseconds have at most 14 digits; since 1973 microseconds have more.
            0..100_000_000_000_000 => 1_000_000,
            100_000_000_000_000..100_000_000_000_000_000 => 1_000,
            _ => 1,
        };
        Some(Timestamp(number.saturating_mul(unit)))
    }
}

impl Record {
    /// The object, which may be a JSON string.
    pub(super) fn object(self) -> Option<Value> {
        let object = match self.value {
            Value::String(text) => serde_json::from_str(&text).ok()?,
            object => object,
        };
        object.is_object().then_some(object)
    }
}
