//! The history of an object, and its next or last change, as text.

use kuberewind_analysis::queries::Author;
use kuberewind_analysis::queries::change::Change;
use kuberewind_analysis::queries::history::{FieldChange, HistoryEntry, ObjectHistory};
use kuberewind_model::json::{pointer, scalar};
use kuberewind_text::printable;

use super::blame::short;

/// Formats the versions of an object, oldest first, each with its writer and its changed fields.
#[must_use]
pub fn history_text(history: &ObjectHistory) -> String {
    let mut out = printable(&history.object).into_owned();
    if history.incarnation > 1 {
        out.push_str(&format!(", incarnation {}", history.incarnation));
    }
    if !history.uid.is_empty() {
        out.push_str(&format!(", uid {}", printable(&history.uid)));
    }
    out.push('\n');
    if history.left_out > 0 {
        out.push_str(&format!("… {} older versions\n", history.left_out));
    }
    for entry in &history.versions {
        out.push_str(&version(entry));
    }
    out
}

fn version(entry: &HistoryEntry) -> String {
    let time = entry.time.map_or_else(String::new, |time| format!("  {}", time.rfc3339(3)));
    let mut out = format!("\n{}{time}", entry.operation);
    if !entry.resource_version.is_empty() {
        out.push_str(&format!("  rv {}", printable(&entry.resource_version)));
    }
    if let Some(generation) = entry.generation {
        out.push_str(&format!("  generation {generation}"));
    }
    if entry.gone {
        out.push_str("  gone");
    }
    if entry.shape != "full" && !entry.gone {
        out.push_str(&format!("  ({})", entry.shape));
    }
    out.push_str(&format!("\n  by {}\n", author(&entry.writer)));
    if !entry.remark.is_empty() {
        out.push_str(&format!("  {}\n", printable(&entry.remark)));
    }
    for change in &entry.changed {
        out.push_str(&format!("  {}\n", field_change(change)));
    }
    if entry.more_changed > 0 {
        out.push_str(&format!("  … and {} more fields\n", entry.more_changed));
    }
    out
}

/// Formats a change as `~ .spec.replicas: 3 → 5`.
#[must_use]
pub fn field_change(change: &FieldChange) -> String {
    let value = |value: &Option<serde_json::Value>| value.as_ref().map(|value| short(&scalar::inline(value)));
    let path = pointer::dotted(&change.path);
    let text = match (value(&change.before), value(&change.after)) {
        (Some(before), Some(after)) => format!("~ {path}: {before} → {after}"),
        (None, Some(after)) => format!("+ {path}: {after}"),
        (Some(before), None) => format!("- {path}: {before}"),
        (None, None) => path,
    };
    printable(&text).into_owned()
}

/// `hpa #412 (exact: its precondition was resourceVersion 11)`.
#[must_use]
pub fn author(author: &Author) -> String {
    let who = match (&author.actor, author.operation) {
        (Some(actor), Some(seq)) => format!("{actor} {seq}"),
        (Some(actor), None) => actor.clone(),
        (None, _) => return printable(&author.evidence).into_owned(),
    };
    printable(&format!("{who} ({}: {})", author.certainty.as_str(), author.evidence)).into_owned()
}

/// Formats the next or last change of an object or a field. `None` means that there is no change.
#[must_use]
pub fn change_text(change: Option<&Change>) -> String {
    let Some(change) = change else { return "no change\n".to_owned() };
    let mut out = format!("{}{}", change.at, if change.gone { " gone" } else { "" });
    let value = |value: &Option<serde_json::Value>| {
        value.as_ref().map_or_else(|| "nothing".to_owned(), |value| short(&scalar::inline(value)))
    };
    if change.before.is_some() || change.after.is_some() {
        out.push_str(&printable(&format!("  {} → {}", value(&change.before), value(&change.after))));
    }
    if let Some(by) = &change.author {
        out.push_str(&format!("  by {}", author(by)));
    }
    out.push('\n');
    out
}
