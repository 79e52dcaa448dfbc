//! Wrappers of log collectors around audit events: batches, and the envelopes of the clouds.
//!
//! | from | form |
//! |---|---|
//! | an audit webhook | `{"kind":"EventList","items":[…]}` |
//! | Azure | `{"category":"kube-audit","properties":{"log": event or its text}}`, in batches `{"records":[…]}` |
//! | Amazon | `{"message": event or its text}`, in batches `{"events":[…]}` or `{"logEvents":[…]}` |
//! | Google | `{"protoPayload":{…},"timestamp":…}`, which is not an audit event but has the same content |
//! | a container's log | `{"log": text}` |

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::google;

/// Envelopes around an event at most.
const DEPTH: u8 = 4;
/// Events per record at most.
const EVENTS: usize = 1_000_000;

/// The members that identify a record.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(default, rename = "auditID", borrow)]
    audit_id: Option<&'a RawValue>,
    #[serde(default, borrow)]
    items: Option<&'a RawValue>,
    #[serde(default, borrow)]
    records: Option<&'a RawValue>,
    #[serde(default, borrow)]
    events: Option<&'a RawValue>,
    #[serde(default, borrow)]
    log_events: Option<&'a RawValue>,
    #[serde(default, borrow)]
    properties: Option<&'a RawValue>,
    #[serde(default, borrow)]
    log: Option<&'a RawValue>,
    #[serde(default, borrow)]
    message: Option<&'a RawValue>,
    #[serde(default, borrow)]
    proto_payload: Option<&'a RawValue>,
}

/// Returns the events within a record. A bare event is returned unchanged.
///
/// # Errors
/// The reason why there are none.
pub(super) fn events(record: &[u8]) -> Result<Vec<Cow<'_, [u8]>>, String> {
    let mut found = Vec::new();
    let mut left = vec![(Cow::Borrowed(record), 0)];
    while let Some((text, depth)) = left.pop() {
        match open(&text)? {
            Content::Event => found.push(text),
            Content::Made(event) => found.push(Cow::Owned(event)),
            Content::More(_) if depth >= DEPTH => return Err("it has too many nested envelopes".into()),
            // The last one is opened first.
            Content::More(more) => left.extend(more.into_iter().rev().map(|text| (Cow::Owned(text), depth + 1))),
        }
        if found.len() + left.len() > EVENTS {
            return Err(format!("it holds more than {EVENTS} events"));
        }
    }
    Ok(found)
}

enum Content {
    /// It is an event.
    Event,
    /// It was converted to an event.
    Made(Vec<u8>),
    /// It contains these records.
    More(Vec<Vec<u8>>),
}

fn open(text: &[u8]) -> Result<Content, String> {
    let no_json = |error: serde_json::Error| format!("it is not JSON ({error})");
    if text.first() == Some(&b'[') {
        return list(std::str::from_utf8(text).map_err(|_| "it is not UTF-8")?).map(Content::More);
    }
    let outside: Envelope<'_> = serde_json::from_slice(text).map_err(no_json)?;
    if outside.audit_id.is_some() {
        return Ok(Content::Event);
    }
    if outside.proto_payload.is_some() {
        return google::event(text).map(Content::Made);
    }
    if let Some(batch) = outside.items.or(outside.records).or(outside.events).or(outside.log_events) {
        return list(batch.get()).map(Content::More);
    }
    match outside.log.or(outside.message).or(outside.properties) {
        Some(inner) => text_of(inner.get()).map(|inner| Content::More(vec![inner])),
        None => Err("it is not an audit event".into()),
    }
}

fn list(text: &str) -> Result<Vec<Vec<u8>>, String> {
    let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| format!("it is not a list of events ({error})"))?;
    Ok(items.into_iter().map(|item| item.get().as_bytes().to_vec()).collect())
}

/// The value itself or, for a string, its content.
fn text_of(value: &str) -> Result<Vec<u8>, String> {
    if !value.starts_with('"') {
        return Ok(value.as_bytes().to_vec());
    }
    let quoted: String = serde_json::from_str(value).map_err(|error| format!("its quoted text is invalid ({error})"))?;
    Ok(quoted.trim().as_bytes().to_vec())
}
