//! Enter, cancel, quit, and actions of the terminal.

use crate::doc::LineKind;
use crate::doc::Tone;
use crate::effect::Effect;
use crate::protocol::{Request, Target};
use crate::state::{Fold, State};
use crate::update::{filter, search, tree};
use crate::view::{DocKind, Pane};

pub(super) fn quit() -> Vec<Effect> {
    vec![Effect::Quit]
}

pub(super) fn suspend() -> Vec<Effect> {
    vec![Effect::Suspend]
}

pub(super) fn redraw() -> Vec<Effect> {
    vec![Effect::Redraw]
}

pub(super) fn reload() -> Vec<Effect> {
    vec![Effect::Ask(Request::Reload)]
}

/// Restores a maximised pane, else quits.
pub(super) fn close(state: &mut State) -> Vec<Effect> {
    if state.panes.maximised {
        state.panes.maximised = false;
        return Vec::new();
    }
    quit()
}

/// Cancels the running request; quits if there is none.
pub(super) fn interrupt(state: &mut State) -> Vec<Effect> {
    if is_busy(state) { cancel_running(state) } else { quit() }
}

fn is_busy(state: &State) -> bool {
    let scans = state.search.running.is_some() || state.filtering.running.is_some() || state.requests.run.is_some();
    scans || state.details.sql.waiting || !state.requests.moves.is_empty() || state.playback.play.is_some()
}

/// Clears the search of the focused document, else cancels one thing: see `cancel_running`.
pub(super) fn cancel(state: &mut State) -> Vec<Effect> {
    if let Some(kind) = state.panes.focus.doc()
        && !state.details[kind].pattern.is_empty()
    {
        state.details[kind].pattern.clear();
        return Vec::new();
    }
    cancel_running(state)
}

/// Cancels one thing at a time: a running request, then the selected range, the search, and the filter.
fn cancel_running(state: &mut State) -> Vec<Effect> {
    let waited = !state.requests.moves.is_empty() || state.playback.play.is_some();
    state.stay();
    state.playback.play = None;
    if state.requests.run.take().is_some() {
        state.say(Tone::Muted, "stopped");
        return vec![Effect::Stop(Target::Run)];
    }
    if state.details.sql.waiting {
        return state.stop_sql();
    }
    if state.timeline.selection.take().is_some() || waited {
        return Vec::new();
    }
    if state.search.filter.is_some() {
        return search::start(state, "");
    }
    filter::clear(state)
}

/// Opens the row or line of the focused pane.
pub(super) fn enter(state: &mut State) -> Vec<Effect> {
    match state.panes.focus {
        Pane::Objects => tree::enter(state),
        Pane::Timeline | Pane::Lanes => state.look_at(Pane::Detail(state.near_detail())),
        Pane::Detail(kind) => return enter_document(state, kind),
    }
    Vec::new()
}

fn enter_document(state: &mut State, kind: DocKind) -> Vec<Effect> {
    let authors = state.details.options.authors;
    let detail = &mut state.details[kind];
    let leaf = detail.here().is_some_and(|line| line.line.fold == 0);
    match detail.here().map(|line| line.kind) {
        Some(LineKind::Session(_)) => return state.open_session(),
        Some(LineKind::Row(to)) => return state.open_row(to),
        Some(LineKind::Tree) if leaf && authors => state.jump_to_author(),
        kind => match kind.and_then(LineKind::target) {
            Some(to) => state.jump(to),
            None => detail.fold(Fold::Toggle),
        },
    }
    Vec::new()
}
