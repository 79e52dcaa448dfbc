//! What is given to the clipboard.

use crate::json::pointer;
use crate::tui::action::Action;
use crate::tui::doc::Tone;
use crate::tui::draw::clean;
use crate::tui::effect::Effect;
use crate::tui::layout::Pane;
use crate::tui::row::Row;
use crate::tui::state::State;

/// The longest text that is given: terminals drop more without a word.
const MAX_BYTES: usize = 74_000;
/// The most rows of a range.
const MAX_ROWS: usize = 1_000;

pub(super) fn copy(state: &mut State, action: Action) -> Vec<Effect> {
    let text = match action {
        Action::CopyCommand => Some(state.link()),
        Action::CopyPath => path(state),
        _ => line(state),
    };
    match text {
        None => state.say(Tone::Muted, "there is nothing to copy here"),
        Some(text) if text.len() > MAX_BYTES => {
            let words = format!("{} bytes are more than terminals take", text.len());
            state.say(Tone::Notice, words);
        }
        Some(text) => {
            // Whether the terminal took it, nobody can know.
            let words = format!("given to the terminal's clipboard: {}", clean(&text));
            state.say(Tone::Plain, words);
            return vec![Effect::Copy(text)];
        }
    }
    Vec::new()
}

impl State {
    /// The command that opens this view.
    #[must_use]
    pub fn link(&self) -> String {
        let session = if self.snapshot.sessions > 1 { format!("{}:", self.snapshot.session.session_id) } else { String::new() };
        let at = format!("{session}#{}", self.cursor.0);
        let pane = if self.focus == Pane::Timeline { String::new() } else { format!(" --pane {}", self.focus.word()) };
        let filter = self.filter().map_or_else(String::new, |filter| format!(" --filter {}", quoted(filter.source())));
        format!("{} --at {}{filter}{pane}", self.command, quoted(&at))
    }
}

/// For a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn line(state: &State) -> Option<String> {
    match state.focus.doc() {
        Some(kind) => {
            let detail = &state.details[kind];
            detail.line_at(detail.line).map(|line| line.line.text.clone())
        }
        None => {
            let anchor = state.selection.map_or(state.index(), |anchor| state.timeline.index.index_of(anchor));
            let (first, last) = (anchor.min(state.index()).max(1), anchor.max(state.index()));
            // Rows that are far from the screen are not there; what is copied says how many it lacks.
            let rows: Vec<String> =
                (first..=last).filter_map(|index| state.timeline.row(index)).take(MAX_ROWS).map(row_text).collect();
            let lacking = (last - first + 1).saturating_sub(u64::try_from(rows.len()).unwrap_or(u64::MAX));
            let more = if lacking > 0 { format!("\n({lacking} further rows)") } else { String::new() };
            (!rows.is_empty()).then(|| rows.join("\n") + &more)
        }
    }
}

/// A row of the timeline in one line.
fn row_text(row: &Row) -> String {
    let status = if row.status == 0 { String::new() } else { format!(" {}", row.status) };
    format!(
        "{} {} {} {} {}{status} {} {}",
        row.seq,
        row.at.rfc3339(3),
        row.actor,
        row.verb,
        row.object_text(),
        row.duration,
        row.note
    )
}

fn path(state: &State) -> Option<String> {
    let detail = &state.details[state.near_detail()];
    let line = detail.line_at(detail.line)?;
    (!line.line.path.is_empty()).then(|| pointer::dotted(&line.line.path))
}
