//! Operations, documents and prompts in words.

use crate::action::Action;
use crate::doc::{Doc, DocLine, LineKind};
use crate::headless::Headless;
use crate::row::Row;
use crate::state::{Prompt, State};
use kuberewind_model::json::pointer;
use kuberewind_model::{Certainty, Result};
use kuberewind_render::document::Sign;
use kuberewind_text::{clean, counted, counted_len, grouped};

/// The most lines of a document that are printed after a step.
const MAX_LINES: usize = 40;

/// Escapes control characters and replaces arrows and other signs by words and ASCII characters.
pub(super) fn plain(text: &str) -> String {
    // First signs inside sentences, then signs at the beginning of lines.
    let text = clean(text).replace(" → ", " to ").replace(" ↔ ", " and ").replace("← ", "because of ").replace("→ ", "led to ");
    text.replace("■ ", "end: ")
        .replace('–', "-")
        .replace(" · ", ", ")
        .replace('·', "-")
        .replace('…', "...")
        .replace(['“', '”'], "\"")
        .replace('µ', "u")
}

/// Describes the recording and its session.
pub(super) fn opening(state: &State) -> String {
    let session = &state.snapshot.session;
    let remark = if state.snapshot.remark.is_empty() { String::new() } else { format!(" {}.", state.snapshot.remark) };
    plain(&format!(
        "{}, session {}: {}, {}.{remark}",
        state.title,
        session.session_id,
        counted(state.snapshot.lineage.len(), "operation"),
        state.mode().to_lowercase()
    ))
}

/// Describes the operation at the cursor.
pub(super) fn operation(state: &State) -> String {
    let of = grouped(state.snapshot.lineage.len());
    match state.timeline.row(state.index()) {
        Some(row) => {
            let noted = state.bookmark_at(row.seq).filter(|bookmark| !bookmark.note.is_empty());
            let note = noted.map_or_else(String::new, |bookmark| plain(&format!(", note: {}", bookmark.note)));
            format!("{}{note} (of {of})", self::row(row))
        }
        None if state.index() > 0 => format!("{} (of {of})", state.cursor),
        None => format!("the start, before the first of {of} operations"),
    }
}

/// Describes an operation in one line.
pub(super) fn row(row: &Row) -> String {
    let time = row.at.rfc3339(3);
    let time = time.get(11..23).unwrap_or(&time);
    let delivered = if row.verb.is_watch_event() { " received" } else { "" };
    let mut text = format!("{} {time} {}{delivered} {} {}", row.seq, row.actor, row.verb, row.object_text());
    if !row.namespace.is_empty() {
        text.push_str(&format!(" in {}", row.namespace));
    }
    if row.status != 0 && !row.verb.is_watch_event() {
        text.push_str(&format!(", status {}", row.status));
    }
    if row.is_error() {
        text.push_str(", failed");
    }
    if let Some(span) = &row.span {
        text.push_str(&format!(", reconcile {}", span.name.trim_start_matches('R')));
    }
    if !row.note.is_empty() {
        text.push_str(&format!(", {}", row.note));
    }
    plain(&text)
}

/// Describes the expected input.
pub(super) fn prompt(prompt: &Prompt) -> String {
    let label = match prompt.label().trim() {
        "/" => "search for",
        "|" => "pipe to the command",
        label => label,
    };
    match &prompt.error {
        Some(error) => plain(&format!("{error}. Try again: {label}")),
        None => format!("{label}:"),
    }
}

/// Describes a document: a diff by its changes, each with its full path, and everything else by its lines. With `whole`, returns
/// all lines.
pub(super) fn document(state: &State, name: &str, doc: &Doc, whole: bool) -> Vec<String> {
    let mut lines = vec![plain(format!("{name} of {} {}", doc.title, doc.about).trim_end())];
    let changed = doc.lines.iter().any(|line| line.line.sign != Sign::Same);
    let wanted = |line: &&DocLine| whole || !changed || line.line.sign != Sign::Same || line.kind != LineKind::Tree;
    let sentences: Vec<String> = doc.lines.iter().filter(wanted).filter_map(|line| sentence(line, changed && !whole)).collect();
    let most = if whole { usize::MAX } else { MAX_LINES };
    let more = sentences.len().saturating_sub(most);
    lines.extend(sentences.into_iter().take(most));
    if more > 0 {
        lines.push(format!("{}; view prints them", counted_len(more, "more line")));
    }
    if doc.hidden > 0 {
        let are = if doc.hidden == 1 { "is" } else { "are" };
        let hidden = format!("{} {are} hidden: {}", counted_len(doc.hidden, "more change"), doc.hidden_names);
        lines.push(plain(&state.hinted(&hidden, &[(Action::Noise, "shows them")])));
    }
    lines
}

/// Describes a line, or returns `None` for a line without text.
fn sentence(line: &DocLine, paths: bool) -> Option<String> {
    let text = line.line.text.trim();
    if text.is_empty() || line.line.elision {
        return None;
    }
    let mut sentence = match line.line.sign {
        Sign::Same => String::new(),
        Sign::Added => "added ".to_owned(),
        Sign::Removed => "removed ".to_owned(),
        Sign::Changed => "changed ".to_owned(),
    };
    if paths && line.kind == LineKind::Tree {
        // The path replaces the key, so only the value is added.
        let value = text.split_once(": ").map_or(text.trim_end_matches(':'), |(_, value)| value);
        sentence.push_str(&format!("{} {value}", pointer::dotted(&line.line.path)));
    } else {
        sentence.push_str(&"  ".repeat(usize::from(line.line.depth)));
        sentence.push_str(text);
    }
    match line.kind {
        LineKind::Link(_, certainty) => {
            if let Some(certainty) = certainty.filter(|certainty| *certainty != Certainty::Exact) {
                sentence.push_str(&format!(" ({})", certainty.as_str()));
            }
        }
        _ if !line.right.is_empty() => sentence.push_str(&format!(" ({})", line.right)),
        _ => {}
    }
    Some(plain(&sentence))
}

/// Returns the popup on top of the panes as ASCII text without its border.
pub(super) fn screen(stage: &Headless) -> Result<String> {
    let glyphs = stage.glyphs()?;
    let inside = |line: &str| {
        let from = line.find('|')? + 1;
        let to = line.rfind('|')?;
        Some(line.get(from..to)?.trim().to_owned())
    };
    let lines: Vec<String> = glyphs.lines().filter_map(inside).filter(|line| !line.is_empty()).collect();
    Ok(lines.join("\n"))
}
