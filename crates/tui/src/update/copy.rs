//! Copying, exporting and piping.

use std::path::PathBuf;

use crate::doc::{DocLine, LineKind, Tone};
use crate::effect::Effect;
use crate::export::{self, Content};
use crate::state::{Detail, ExportTarget, State};
use crate::view::{DocKind, Pane};
use kuberewind_model::json::pointer;
use kuberewind_model::{Error, ErrorKind, Result};
use kuberewind_render::document::Sign;
use kuberewind_text::{clean, shell_quote};

use super::range_export;

/// The length of the id prefix in a link.
const ID: usize = 12;

/// Copies the selected range, or else the line at the cursor.
pub(super) fn copy_line(state: &mut State) -> Vec<Effect> {
    range_export::start(state, ExportTarget::Copy).unwrap_or_else(|| {
        let text = line(state);
        copy(state, text)
    })
}

pub(super) fn copy_link(state: &mut State) -> Vec<Effect> {
    let text = state.link();
    copy(state, Some(text))
}

pub(super) fn copy_path(state: &mut State) -> Vec<Effect> {
    let text = path(state);
    copy(state, text)
}

pub(super) fn copy_value(state: &mut State) -> Vec<Effect> {
    let text = value(&state.details[state.near_detail()]);
    copy(state, text)
}

pub(super) fn copy_diff(state: &mut State) -> Vec<Effect> {
    let text = diff(state);
    copy(state, text)
}

pub(super) fn copy_kubectl(state: &mut State) -> Vec<Effect> {
    let text = kubectl(state);
    copy(state, text)
}

fn copy(state: &mut State, text: Option<String>) -> Vec<Effect> {
    let Some(text) = text else {
        state.say(Tone::Muted, "nothing to copy here");
        return Vec::new();
    };
    vec![Effect::Copy { text, remark: String::new() }]
}

/// Exports to a file. The extension selects the format, and `~` is the home folder.
pub(super) fn export(state: &mut State, line: &str) -> Result<Vec<Effect>> {
    let path = match (line.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(line),
    };
    // A picture shows the screen regardless of the selection.
    let range = if export::Format::of(&path)?.is_picture() {
        None
    } else {
        range_export::start(state, ExportTarget::Export(path.clone()))
    };
    Ok(range.unwrap_or_else(|| vec![Effect::Export { path, content: None }]))
}

pub(super) fn pipe(state: &mut State, line: &str) -> Result<Vec<Effect>> {
    if let Some(effects) = range_export::start(state, ExportTarget::Pipe(line.to_owned())) {
        return Ok(effects);
    }
    let unread = || Error::new(ErrorKind::Busy, "the view is still loading").hint("try again");
    let text = Content::of(state).ok_or_else(unread)?.input();
    Ok(vec![Effect::Pipe { command: line.to_owned(), text }])
}

impl State {
    /// The command that opens this view: moment, filter, view, zoom, and the id of the recording.
    #[must_use]
    pub fn link(&self) -> String {
        let session = if self.snapshot.sessions > 1 { format!("{}:", self.snapshot.session.session_id) } else { String::new() };
        let at = format!("{session}#{}", self.cursor.0);
        let pane =
            if self.panes.focus == Pane::Timeline { String::new() } else { format!(" --pane {}", self.panes.focus.word()) };
        let zoom = self.zoomed().map_or_else(String::new, |(first, last)| format!(" --zoom '{first}..{last}'"));
        let filter = self.filter().map_or_else(String::new, |filter| format!(" --filter {}", shell_quote(filter.source())));
        let id: String = self.snapshot.id.chars().take(ID).collect();
        let id = if id.is_empty() { id } else { format!(" --id {id}") };
        format!("{} --at {}{filter}{pane}{zoom}{id}", self.command, shell_quote(&at))
    }
}

fn line(state: &State) -> Option<String> {
    match state.panes.focus.doc() {
        Some(kind) => {
            let detail = &state.details[kind];
            detail.line_at(detail.line).map(|line| line.line.text.clone())
        }
        None => state.timeline.row(state.index()).map(export::row_text),
    }
}

fn path(state: &State) -> Option<String> {
    let detail = &state.details[state.near_detail()];
    let line = detail.line_at(detail.line)?;
    (!line.line.path.is_empty()).then(|| pointer::dotted(&line.line.path))
}

/// The value at the line: a string without quotes, or the lines of a map or a list. For a change, the new value.
fn value(detail: &Detail) -> Option<String> {
    let line = detail.line_at(detail.line).filter(|line| line.kind == LineKind::Tree && !line.line.path.is_empty())?;
    if line.line.fold > 0 {
        let lines = &detail.doc.as_ref()?.lines;
        let at = lines.iter().position(|other| std::ptr::eq(other, line))?;
        let under = lines.iter().skip(at + 1).take(usize::try_from(line.line.fold).ok()?);
        let depth = line.line.depth + 1;
        return Some(under.filter(|line| !line.line.elision && line.line.sign != Sign::Removed).fold(
            String::new(),
            |mut text, line| {
                text.push_str(&"  ".repeat(usize::from(line.line.depth.saturating_sub(depth))));
                text.push_str(&line.line.text);
                text.push('\n');
                text
            },
        ));
    }
    scalar(line)
}

fn scalar(line: &DocLine) -> Option<String> {
    let text = line.line.text.trim_start_matches("- ");
    let key_ends = match text.strip_prefix('"') {
        Some(rest) => rest.find("\": ").map(|at| at + 2),
        None => text.find(": "),
    };
    let value = key_ends.and_then(|at| text.get(at + 2..)).unwrap_or(text);
    let value = if line.line.sign == Sign::Changed { value.rsplit(" → ").next().unwrap_or(value) } else { value };
    let unquoted = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\'')).map(|value| value.replace("''", "'"));
    Some(serde_json::from_str::<String>(value).ok().or(unquoted).unwrap_or_else(|| value.to_owned()))
}

fn diff(state: &State) -> Option<String> {
    let doc = state.details[DocKind::Diff].doc.as_ref().filter(|doc| doc.at == state.cursor)?;
    Some(Content::Doc { pane: Pane::Detail(DocKind::Diff).name(), doc: (**doc).clone() }.text(0))
}

/// The command that shows the current object in the cluster.
fn kubectl(state: &State) -> Option<String> {
    let row = state.timeline.row(state.index()).filter(|row| !row.kind.is_empty())?;
    let mut command = format!("kubectl get {}", shell_quote(&row.kind));
    if !row.name.is_empty() {
        command.push_str(&format!(" {}", shell_quote(&row.name)));
    }
    if !row.namespace.is_empty() {
        command.push_str(&format!(" -n {}", shell_quote(&row.namespace)));
    }
    Some(command + " -o yaml")
}

/// The message about copied text: the result, and a summary or the first line of the text.
#[must_use]
pub fn copy_message(known: &str, text: &str, remark: &str) -> String {
    let begin = if remark.is_empty() { text.lines().next().unwrap_or("") } else { remark };
    format!("{known}: {}", clean(begin))
}
