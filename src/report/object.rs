//! An object at a moment, and what changed in it between two.

use serde_json::{Value, json};

use crate::render::diff::{self, Noise};
use crate::render::document::{Document, Sign};
use crate::render::yaml;
use crate::session::Source;
use crate::text::printable;
use kuberewind_model::json::parse;
use kuberewind_model::{Error, ErrorKind, Moment, ObjectAt, Presence, Result, Shape};

/// Why there is nothing to show, in a sentence: `None` where there is.
#[must_use]
pub fn absence(object_at: &ObjectAt, name: &str, at: Moment) -> Option<String> {
    match object_at.presence {
        Presence::Present => None,
        Presence::Unknown => Some(format!("{name} is unknown at {at}: nobody had been shown it")),
        Presence::Absent => {
            let since = object_at.observed_at.map_or_else(String::new, |seq| format!(", as {seq} showed"));
            Some(format!("{name} is absent at {at}{since}"))
        }
    }
}

/// The object itself as JSON, exactly as it was shown; where it is not there, `{"presence": …, "object": …, "at": …}`.
///
/// # Errors
/// When the recording cannot be read.
pub fn object_json(source: &dyn Source, object_at: &ObjectAt, name: &str, at: Moment) -> Result<Value> {
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

/// The object as YAML, with a comment above it that says what is known and by whom.
///
/// # Errors
/// When the recording cannot be read.
pub fn object_text(source: &dyn Source, object_at: &ObjectAt, name: &str, at: Moment) -> Result<String> {
    if let Some(why) = absence(object_at, name, at) {
        return Ok(format!("{}\n", printable(&why)));
    }
    let mut out = format!("# {} at {at}", printable(name));
    if let Some(seq) = object_at.observed_at {
        out.push_str(&format!(", shown by {seq}"));
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

/// The parsed content of what is present; `None` where it is not, or where no content was kept.
fn content(source: &dyn Source, object_at: &ObjectAt) -> Result<Option<Value>> {
    if object_at.presence != Presence::Present {
        return Ok(None);
    }
    let Some(body) = object_at.version.as_ref().and_then(|version| version.body) else { return Ok(None) };
    let Some(text) = source.body(body)? else { return Ok(None) };
    parse::parse(&text)
        .map(Some)
        .map_err(|why| Error::new(ErrorKind::Damaged, format!("the object's content cannot be read: {why}")))
}

/// The difference of two sightings; `None` where the states are the same.
fn document(source: &dyn Source, from: &ObjectAt, to: &ObjectAt, noise: Noise) -> Result<Option<Document>> {
    let shape = |object_at: &ObjectAt| object_at.version.as_ref().map(|version| version.shape);
    if let (Some(a), Some(b)) = (shape(from), shape(to))
        && from.presence == Presence::Present
        && to.presence == Presence::Present
        && !a.comparable(b)
    {
        let step = format!("the two states are known in shapes that cannot be compared: {} and {}", a.as_str(), b.as_str());
        return Err(Error::new(ErrorKind::Invalid, step));
    }
    let (a, b) = (content(source, from)?, content(source, to)?);
    if from.presence == to.presence && a == b {
        return Ok(None);
    }
    let nothing = Value::Null;
    Ok(Some(diff::diff(a.as_ref().unwrap_or(&nothing), b.as_ref().unwrap_or(&nothing), noise)))
}

/// What changed, as lines with `-`, `+` and `~`; empty where nothing did.
///
/// # Errors
/// When the recording cannot be read, or the shapes cannot be compared.
pub fn diff_text(source: &dyn Source, from: &ObjectAt, to: &ObjectAt, noise: Noise) -> Result<String> {
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

/// What changed, as `[{path, before, after}]` with JSON pointers.
///
/// # Errors
/// When the recording cannot be read, or the shapes cannot be compared.
pub fn diff_json(source: &dyn Source, from: &ObjectAt, to: &ObjectAt, noise: Noise) -> Result<Value> {
    let Some(document) = document(source, from, to, noise)? else { return Ok(json!([])) };
    let shown = document.changes.iter().filter(|change| noise == Noise::Shown || !diff::is_noise_field(&change.path));
    Ok(shown.map(|change| json!({"path": change.path.as_ref(), "before": change.before, "after": change.after})).collect())
}

pub(super) fn push_document(out: &mut String, document: &Document, signs: bool) {
    let mut folded_until = 0;
    for (at, line) in document.lines.iter().enumerate() {
        if at < folded_until {
            continue;
        }
        if signs && line.closed {
            folded_until = at + 1 + line.fold as usize;
        }
        if signs {
            out.push_str(match line.sign {
                Sign::Same => "  ",
                Sign::Added => "+ ",
                Sign::Removed => "- ",
                Sign::Changed => "~ ",
            });
        }
        out.push_str(&"  ".repeat(usize::from(line.depth)));
        out.push_str(&printable(&line.text));
        out.push('\n');
    }
    if document.left_out > 0 {
        out.push_str(&format!("# and {} more lines\n", document.left_out));
    }
}
