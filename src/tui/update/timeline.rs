//! Keys of the timeline: finding, folding, zooming, and moves that look at an object.

use crate::tui::action::{Action, Command};
use crate::tui::doc::{LineKind, Tone};
use crate::tui::effect::Effect;
use crate::tui::layout::Pane;
use crate::tui::state::{Layer, Move, PickerKind, Prompt, Purpose, RowFold, State, TimeStyle};
use crate::tui::worker::Hop;
use kuberewind_model::{Direction, Seq};

use super::{choosing, filter, search};
use Direction::{Backward, Forward};

/// Carries out a command, if it is one of these.
pub(super) fn act(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    if let Some(hop) = hop(state, command) {
        return Some(state.go(Move::Hop(hop)));
    }
    finding(state, command).or_else(|| shape(state, command))
}

fn hop(state: &State, command: Command) -> Option<Hop> {
    let of = object_under_cursor(state);
    let field = |direction| Hop::Change(of, direction, field_under_cursor(state));
    Some(match command.action {
        Action::NextTouching => Hop::Touching(of, Forward, command.times()),
        Action::PreviousTouching => Hop::Touching(of, Backward, command.times()),
        Action::NextFieldChange => field(Forward),
        Action::PreviousFieldChange => field(Backward),
        Action::Echo => Hop::Echo,
        _ => return None,
    })
}

/// The operation whose object is meant: that of the line in the focused pane, else the cursor's.
fn object_under_cursor(state: &State) -> Seq {
    let line = state.focus.doc().and_then(|kind| {
        let detail = &state.details[kind];
        detail.line_at(detail.line)
    });
    match line.map(|line| line.kind) {
        Some(LineKind::Link(to, _)) => to,
        _ => state.cursor,
    }
}

/// The JSON pointer of the line that a detail pane stands on; '' where it has none.
pub(super) fn field_under_cursor(state: &State) -> String {
    let detail = &state.details[state.near_detail()];
    detail.line_at(detail.line).map_or_else(String::new, |line| line.line.path.to_string())
}

fn finding(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    let prompt = |state: &mut State, prompt| {
        state.layers.push(Layer::Prompt(prompt));
        Some(Vec::new())
    };
    match command.action {
        Action::EditFilter => {
            state.layers.push(Layer::Prompt(Prompt::with(Purpose::Filter, state.filtering.source().to_owned())));
            Some(choosing::words(state))
        }
        Action::FilterSwitch => Some(filter::switch(state)),
        Action::OnlyThis => Some(choosing::menu(state, false)),
        Action::NotThis => Some(choosing::menu(state, true)),
        Action::Order => {
            choosing::orders(state);
            Some(Vec::new())
        }
        Action::PickObject => Some(choosing::open(state, PickerKind::Objects)),
        Action::Palette => Some(choosing::open(state, PickerKind::Commands)),
        Action::JumpList => Some(choosing::open(state, PickerKind::Jumps)),
        Action::CommandLine => prompt(state, Prompt::new(Purpose::Command)),
        Action::RunForward => prompt(state, Prompt::new(Purpose::RunForward)),
        Action::RunBack => prompt(state, Prompt::new(Purpose::RunBack)),
        Action::SearchNext => Some(search::next(state, Forward)),
        Action::SearchPrevious => Some(search::next(state, Backward)),
        Action::NextLoop => Some(go_to_loop(state, true, command.times())),
        Action::PreviousLoop => Some(go_to_loop(state, false, command.times())),
        Action::Undo => Some(filter::reshape(state, false)),
        Action::Redo => Some(filter::reshape(state, true)),
        _ => None,
    }
}

fn go_to_loop(state: &mut State, forward: bool, count: u64) -> Vec<Effect> {
    match state.loops.start(state.cursor, forward, count) {
        Some(to) => {
            state.stay();
            state.jump(to);
            let arrow = if state.ascii { " <-> " } else { " ⇄ " };
            let found = state.loops.all().iter().find(|found| found.first == to);
            if let Some(told) = found.map(|found| found.told(&state.snapshot.actors, arrow)) {
                state.say(Tone::Notice, told);
            }
        }
        None if state.loops.all().is_empty() => state.say(Tone::Muted, "no loop was found so far"),
        None => state.say(Tone::Muted, if forward { "there is no further loop" } else { "there is no loop before this" }),
    }
    Vec::new()
}

fn shape(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    let times = command.times();
    let on_rows = state.focus == Pane::Timeline;
    match command.action {
        Action::ZoomIn | Action::ZoomOut => zoom(state, |state| state.zoom(command.action == Action::ZoomIn, times)),
        Action::ZoomFit => zoom(state, |state| state.minimap.zoom = None),
        Action::ZoomSelection => zoom_to_selection(state),
        Action::TimeStyle => {
            state.timeline.times = match state.timeline.times {
                TimeStyle::Relative => TimeStyle::Clock,
                TimeStyle::Clock => TimeStyle::Step,
                TimeStyle::Step | TimeStyle::Mark => TimeStyle::Relative,
            };
            let words = match state.timeline.times {
                TimeStyle::Clock => "times of the clock, UTC",
                TimeStyle::Step => "times since the operation before",
                TimeStyle::Relative | TimeStyle::Mark => "times since the start of the recording",
            };
            state.say(Tone::Plain, words);
        }
        Action::SinceMark => since_mark(state),
        Action::LogLines => {
            state.timeline.logs = !state.timeline.logs;
            state.timeline.forget();
            let words = if state.timeline.logs { "log lines stand between operations" } else { "log lines are hidden" };
            state.say(Tone::Plain, words);
        }
        Action::Pin => pin(state),
        Action::SelectRange => {
            state.selection = if state.selection.is_some() { None } else { Some(state.cursor) };
            if state.selection.is_some() {
                let does = [(Action::CopyLine, "copies"), (Action::ZoomSelection, "zooms"), (Action::OnlyThis, "filters")];
                let ends = state.hints(&[(Action::SelectRange, "ends it")]);
                state.say(Tone::Plain, format!("a range from here to the cursor: {}; {ends}", state.hints(&does)));
            }
        }
        Action::LineStart if on_rows => state.timeline.left = 0,
        Action::LineEnd if on_rows => state.timeline.left = longest(state),
        Action::LineStart => {
            let near = state.near_detail();
            state.details[near].left = 0;
        }
        Action::LineEnd => line_end(state),
        Action::ToggleFold if on_rows => return fold(state, None),
        Action::OpenFold if on_rows => return fold(state, Some(true)),
        Action::CloseFold if on_rows => return fold(state, Some(false)),
        Action::OpenAllFolds if on_rows && !state.timeline.index.folds().is_empty() => {
            change(state);
            state.timeline.index.set_folds(Vec::new());
        }
        Action::CloseAllFolds if on_rows && !state.loops.all().is_empty() => {
            change(state);
            let folds: Vec<RowFold> =
                state.loops.all().iter().map(|found| RowFold { first: found.first, last: found.last }).collect();
            folds.into_iter().for_each(|fold| state.timeline.index.fold(fold));
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// The view is about to change: `u` brings it back.
fn change(state: &mut State) {
    let shape = state.shape();
    state.changes.push(shape);
}

fn zoom(state: &mut State, by: impl FnOnce(&mut State)) {
    let shape = state.shape();
    by(state);
    if state.minimap.zoom != shape.zoom {
        state.changes.push(shape);
    }
    let text = state.zoom_text();
    state.say(Tone::Plain, if text.is_empty() { "the whole recording".to_owned() } else { format!("zoom {text}") });
}

fn zoom_to_selection(state: &mut State) {
    let Some(anchor) = state.selection else {
        return state.say(Tone::Muted, state.hinted("no range is selected", &[(Action::SelectRange, "begins one")]));
    };
    let (first, last) = (anchor.min(state.cursor), anchor.max(state.cursor));
    zoom(state, |state| state.zoom_to(first, last));
}

/// Times since the mark that was set last; where there is none, since the cursor's operation.
fn since_mark(state: &mut State) {
    if state.timeline.times == TimeStyle::Mark {
        state.timeline.times = TimeStyle::Relative;
        return state.say(Tone::Plain, "times since the start of the recording");
    }
    if state.since.is_none() {
        state.since = state.timeline.row(state.index()).map(|row| (row.seq.to_string(), row.at));
    }
    match &state.since {
        Some((name, _)) => {
            let words = state.hinted(&format!("times since {name}"), &[(Action::SetMark, "sets a mark to count from next")]);
            state.timeline.times = TimeStyle::Mark;
            state.say(Tone::Plain, words);
        }
        None => state.say(Tone::Muted, "this row is not there yet"),
    }
}

fn pin(state: &mut State) {
    let Some(row) = state.timeline.row(state.index()) else { return };
    let (object, path) = (row.object, row.object_path());
    let Some(object) = object else { return state.say(Tone::Muted, "this operation is about no object") };
    if let Some(at) = state.pins.iter().position(|pinned| *pinned == object) {
        state.pins.remove(at);
        return state.say(Tone::Plain, format!("{path} is not pinned any more"));
    }
    state.pins.push(object);
    state.say(Tone::Plain, format!("{path} is pinned: its rows are marked"));
}

/// Columns to scroll so that the longest note on the screen ends in sight.
fn longest(state: &State) -> u16 {
    let height = state.layout().inner(Pane::Timeline).map_or(1, |area| area.h);
    let rows = (0..u64::from(height)).filter_map(|line| state.timeline.row(state.timeline.top + line));
    let most = rows.map(|row| crate::text::width(&row.note)).max().unwrap_or(0);
    u16::try_from(most).unwrap_or(u16::MAX).saturating_sub(10)
}

fn line_end(state: &mut State) {
    let near = state.near_detail();
    let width = state.layout().inner(Pane::Detail(near)).map_or(1, |area| area.w);
    let detail = &mut state.details[near];
    let len =
        detail.line_at(detail.line).map_or(0, |line| usize::from(line.line.depth) * 2 + crate::text::width(&line.line.text));
    detail.left = u16::try_from(len).unwrap_or(u16::MAX).saturating_sub(width.saturating_sub(4));
}

/// Folds the loop that the cursor is in, or opens the fold that it is in. Where there is neither, the key is the
/// detail pane's.
fn fold(state: &mut State, open: Option<bool>) -> Option<Vec<Effect>> {
    let here = state.cursor;
    let folded = state.timeline.index.fold_of(here).is_some();
    if folded && open != Some(false) {
        change(state);
        state.timeline.index.unfold(here);
        return Some(Vec::new());
    }
    let found = state.loops.around(here).filter(|_| !folded && open != Some(true))?;
    let fold = RowFold { first: found.first, last: found.last };
    change(state);
    state.timeline.index.fold(fold);
    Some(Vec::new())
}
