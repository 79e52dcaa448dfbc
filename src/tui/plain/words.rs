//! What is shown, in words.

use crate::render::document::Sign;
use crate::tui::action::Action;
use crate::tui::doc::{Doc, DocLine, LineKind};
use crate::tui::draw::{clean, grouped};
use crate::tui::headless::Headless;
use crate::tui::row::Row;
use crate::tui::state::{Prompt, State};
use kuberewind_model::json::pointer;
use kuberewind_model::{Certainty, Result};

/// The most lines of a document that are read out unasked.
const MAX_LINES: usize = 40;

/// A text of ours or of a recording, without anything that a terminal obeys and without arrows.
pub(super) fn plain(text: &str) -> String {
    // What stands in a sentence, then what begins a line.
    let text = clean(text).replace(" → ", " to ").replace(" ↔ ", " and ").replace("← ", "because of ").replace("→ ", "led to ");
    text.replace("■ ", "end: ")
        .replace('–', "-")
        .replace(" · ", ", ")
        .replace('·', "-")
        .replace('…', "...")
        .replace(['“', '”'], "\"")
        .replace('µ', "u")
}

/// What is open.
pub(super) fn opening(state: &State) -> String {
    let session = &state.snapshot.session;
    let remark = if state.snapshot.remark.is_empty() { String::new() } else { format!(" {}.", state.snapshot.remark) };
    plain(&format!(
        "{}, session {}: {} operations, {}.{remark}",
        state.title,
        session.session_id,
        grouped(state.snapshot.lineage.len()),
        state.mode().to_lowercase()
    ))
}

/// Where the cursor is.
pub(super) fn operation(state: &State) -> String {
    let of = grouped(state.snapshot.lineage.len());
    match state.timeline.row(state.index()) {
        Some(row) => {
            let said = state.bookmark_at(row.seq).filter(|bookmark| !bookmark.note.is_empty());
            let note = said.map_or_else(String::new, |bookmark| plain(&format!(", note: {}", bookmark.note)));
            format!("{}{note} (of {of})", self::row(row))
        }
        None if state.index() > 0 => format!("{} (of {of})", state.cursor),
        None => format!("the start, before the first of {of} operations"),
    }
}

/// An operation in a line.
pub(super) fn row(row: &Row) -> String {
    let time = row.at.rfc3339(3);
    let time = time.get(11..23).unwrap_or(&time);
    let delivered = if row.verb.is_watch_event() { " is told" } else { "" };
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

/// What is to be typed.
pub(super) fn prompt(prompt: &Prompt) -> String {
    let asked = match prompt.label().trim() {
        "/" => "search for",
        "|" => "give it to the command",
        label => label,
    };
    match &prompt.error {
        Some(error) => plain(&format!("{error}. Once more: {asked}")),
        None => format!("{asked}:"),
    }
}

/// A document: of a difference what changed, each with its whole path; of everything else its lines. `whole` leaves
/// nothing out.
pub(super) fn document(state: &State, name: &str, doc: &Doc, whole: bool) -> Vec<String> {
    let mut lines = vec![plain(format!("{name} of {} {}", doc.title, doc.about).trim_end())];
    let changed = doc.lines.iter().any(|line| line.line.sign != Sign::Same);
    let wanted = |line: &&DocLine| whole || !changed || line.line.sign != Sign::Same || line.kind != LineKind::Tree;
    let said: Vec<String> = doc.lines.iter().filter(wanted).filter_map(|line| sentence(line, changed && !whole)).collect();
    let most = if whole { usize::MAX } else { MAX_LINES };
    let more = said.len().saturating_sub(most);
    lines.extend(said.into_iter().take(most));
    if more > 0 {
        lines.push(format!("{more} more lines; view prints them"));
    }
    if doc.hidden > 0 {
        let hidden = format!("{} more changes are hidden: {}", doc.hidden, doc.hidden_names);
        lines.push(plain(&state.hinted(&hidden, &[(Action::Noise, "shows them")])));
    }
    lines
}

/// A line in words; `None` for one without any.
fn sentence(line: &DocLine, paths: bool) -> Option<String> {
    let text = line.line.text.trim();
    if text.is_empty() || line.line.elision {
        return None;
    }
    let mut said = match line.line.sign {
        Sign::Same => String::new(),
        Sign::Added => "added ".to_owned(),
        Sign::Removed => "removed ".to_owned(),
        Sign::Changed => "changed ".to_owned(),
    };
    if paths && line.kind == LineKind::Tree {
        // The path says where; of the line only its value is left to say.
        let value = text.split_once(": ").map_or(text.trim_end_matches(':'), |(_, value)| value);
        said.push_str(&format!("{} {value}", pointer::dotted(&line.line.path)));
    } else {
        said.push_str(&"  ".repeat(usize::from(line.line.depth)));
        said.push_str(text);
    }
    match line.kind {
        LineKind::Link(_, certainty) => {
            if let Some(certainty) = certainty.filter(|certainty| *certainty != Certainty::Exact) {
                said.push_str(&format!(" ({})", certainty.as_str()));
            }
        }
        _ if !line.right.is_empty() => said.push_str(&format!(" ({})", line.right)),
        _ => {}
    }
    Some(plain(&said))
}

/// What lies on top of the panes, as it stands on a screen of plain characters, without its frame.
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
