//! An object at a moment, and its changes between two moments, as text and JSON.

use serde_json::{Value, json};

use kuberewind_model::json::parse;
use kuberewind_model::{Error, ErrorKind, History, Moment, ObjectAt, Presence, Result, Shape};
use kuberewind_render::diff::{self, Noise};
use kuberewind_render::document::Document;
use kuberewind_render::yaml;
use kuberewind_text::printable;

use super::document::push_document;

/// Explains in a sentence why there is no object to print. Returns `None` for a present object.
#[must_use]
pub fn absence(object_at: &ObjectAt, name: &str, at: Moment) -> Option<String> {
    match object_at.presence {
        Presence::Present => None,
        Presence::Unknown => Some(format!("{name} is unknown at {at}: no actor had received it")),
        Presence::Absent => {
            let since = object_at.observed_at.map_or_else(String::new, |seq| format!(", as observed by {seq}"));
            Some(format!("{name} is absent at {at}{since}"))
        }
    }
}

/// Returns the recorded object as JSON, or `{"presence": …, "object": …, "at": …}` if it is not present.
///
/// # Errors
/// When the recording cannot be read.
pub fn object_json(source: &dyn History, object_at: &ObjectAt, name: &str, at: Moment) -> Result<Value> {
    match content(source, object_at)? {
        Some(value) => Ok(value),
        None => Ok(json!({
            "presence": object_at.presence.as_str(),
            "object": name,
            "at": at.0,
            "shown_at": object_at.observed_at.map(|seq| seq.0),
            "shape": object_at.version.as_ref().map(|version| version.shape.as_str()),
        })),
    }
}

/// Formats the object as YAML under a comment with the moment and the operation that observed it.
///
/// # Errors
/// When the recording cannot be read.
pub fn object_text(source: &dyn History, object_at: &ObjectAt, name: &str, at: Moment) -> Result<String> {
    if let Some(why) = absence(object_at, name, at) {
        return Ok(format!("{}\n", printable(&why)));
    }
    let mut out = format!("# {} at {at}", printable(name));
    if let Some(seq) = object_at.observed_at {
        out.push_str(&format!(", observed by {seq}"));
    }
    if let Some(version) = &object_at.version
        && version.shape != Shape::Full
    {
        out.push_str(&format!(" ({})", version.shape.as_str()));
    }
    out.push('\n');
    match content(source, object_at)? {
        Some(value) => push_document(&mut out, &yaml::render(&value), false),
        None => out.push_str("# its content is not in the recording\n"),
    }
    Ok(out)
}

/// Parses the content of an object. Returns `None` if the object is not present or its content was not recorded.
fn content(source: &dyn History, object_at: &ObjectAt) -> Result<Option<Value>> {
    if object_at.presence != Presence::Present {
        return Ok(None);
    }
    let Some(body) = object_at.version.as_ref().and_then(|version| version.body) else { return Ok(None) };
    let Some(text) = source.body(body)? else { return Ok(None) };
    parse::parse(&text)
        .map(Some)
        .map_err(|why| Error::new(ErrorKind::Damaged, format!("the object's content cannot be read: {why}")))
}

/// Returns the diff of two observations, or `None` if they are equal.
fn document(source: &dyn History, from: &ObjectAt, to: &ObjectAt, noise: Noise) -> Result<Option<Document>> {
    let shape = |object_at: &ObjectAt| object_at.version.as_ref().map(|version| version.shape);
    if let (Some(a), Some(b)) = (shape(from), shape(to))
        && from.presence == Presence::Present
        && to.presence == Presence::Present
        && !a.comparable(b)
    {
        let step = format!("cannot compare the two states: one is {}, the other {}", a.as_str(), b.as_str());
        return Err(Error::new(ErrorKind::Invalid, step));
    }
    let (a, b) = (content(source, from)?, content(source, to)?);
    if from.presence == to.presence && a == b {
        return Ok(None);
    }
    let nothing = Value::Null;
    Ok(Some(diff::diff(a.as_ref().unwrap_or(&nothing), b.as_ref().unwrap_or(&nothing), noise)))
}

/// Formats the changes as lines with `-`, `+` and `~`. Returns an empty text if there are none.
///
/// # Errors
/// When the recording cannot be read, or the shapes cannot be compared.
pub fn diff_text(source: &dyn History, from: &ObjectAt, to: &ObjectAt, noise: Noise) -> Result<String> {
    let Some(document) = document(source, from, to, noise)? else { return Ok(String::new()) };
    let mut out = String::new();
    push_document(&mut out, &document, true);
    if document.hidden_changes() > 0 {
        let fields: Vec<&str> = document.hidden.keys().map(String::as_str).collect();
        out.push_str(&format!(
            "# {} more changed: {} (--all shows them)\n",
            document.hidden_changes(),
            printable(&fields.join(", "))
        ));
    }
    Ok(out)
}

/// Returns the changes as `[{path, before, after}]` with JSON pointers.
///
/// # Errors
/// When the recording cannot be read, or the shapes cannot be compared.
pub fn diff_json(source: &dyn History, from: &ObjectAt, to: &ObjectAt, noise: Noise) -> Result<Value> {
    let Some(document) = document(source, from, to, noise)? else { return Ok(json!([])) };
    let shown = document.changes.iter().filter(|change| noise == Noise::Shown || !diff::is_noise_field(&change.path));
    Ok(shown.map(|change| json!({"path": change.path.as_ref(), "before": change.before, "after": change.after})).collect())
}
