//! What log collectors wrap around an audit event: batches, and the envelopes of the clouds.
//!
//! | from | form |
//! |---|---|
//! | an audit webhook | `{"kind":"EventList","items":[…]}` |
//! | Azure | `{"category":"kube-audit","properties":{"log": event or its text}}`, in batches `{"records":[…]}` |
//! | Amazon | `{"message": event or its text}`, in batches `{"events":[…]}` or `{"logEvents":[…]}` |
//! | Google | `{"protoPayload":{…},"timestamp":…}`, which is no audit event but says the same |
//! | a container's log | `{"log": text}` |

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::google;

/// How many envelopes there may be around an event.
const DEPTH: u8 = 4;
/// How many events there may be in one record.
const EVENTS: usize = 1_000_000;

/// The members that tell what a record is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outside<'a> {
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

/// The events within a record. What is an event by itself is given as it stands.
///
/// # Errors
/// A sentence that says why there are none.
pub(super) fn events(record: &[u8]) -> Result<Vec<Cow<'_, [u8]>>, String> {
    let mut found = Vec::new();
    let mut left = vec![(Cow::Borrowed(record), 0)];
    while let Some((text, depth)) = left.pop() {
        match open(&text)? {
            Inside::Event => found.push(text),
            Inside::Made(event) => found.push(Cow::Owned(event)),
            Inside::More(_) if depth >= DEPTH => return Err("it has too many envelopes around it".into()),
            // The last one is opened first.
            Inside::More(more) => left.extend(more.into_iter().rev().map(|text| (Cow::Owned(text), depth + 1))),
        }
        if found.len() + left.len() > EVENTS {
            return Err(format!("it holds more than {EVENTS} events"));
        }
    }
    Ok(found)
}

enum Inside {
    /// It is one.
    Event,
    /// It says what one says.
    Made(Vec<u8>),
    /// It holds these.
    More(Vec<Vec<u8>>),
}

fn open(text: &[u8]) -> Result<Inside, String> {
    let no_json = |error: serde_json::Error| format!("it is no JSON ({error})");
    if text.first() == Some(&b'[') {
        return list(std::str::from_utf8(text).map_err(|_| "it is not in UTF-8")?).map(Inside::More);
    }
    let outside: Outside<'_> = serde_json::from_slice(text).map_err(no_json)?;
    if outside.audit_id.is_some() {
        return Ok(Inside::Event);
    }
    if outside.proto_payload.is_some() {
        return google::event(text).map(Inside::Made);
    }
    if let Some(batch) = outside.items.or(outside.records).or(outside.events).or(outside.log_events) {
        return list(batch.get()).map(Inside::More);
    }
    match outside.log.or(outside.message).or(outside.properties) {
        Some(inner) => text_of(inner.get()).map(|inner| Inside::More(vec![inner])),
        None => Err("it is no audit event".into()),
    }
}

fn list(text: &str) -> Result<Vec<Vec<u8>>, String> {
    let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| format!("it is no list of events ({error})"))?;
    Ok(items.into_iter().map(|item| item.get().as_bytes().to_vec()).collect())
}

/// A value's own text, or the text that it quotes.
fn text_of(value: &str) -> Result<Vec<u8>, String> {
    if !value.starts_with('"') {
        return Ok(value.as_bytes().to_vec());
    }
    let quoted: String = serde_json::from_str(value).map_err(|error| format!("what it quotes is no text ({error})"))?;
    Ok(quoted.trim().as_bytes().to_vec())
}
