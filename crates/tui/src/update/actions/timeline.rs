//! Display options of the timeline, pins and the selected range.

use crate::action::Action;
use crate::doc::Tone;
use crate::state::{State, TimeStyle};

pub(super) fn time_style(state: &mut State) {
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

/// Counts times from the mark that was set last; without a mark, from the operation at the cursor.
pub(super) fn since_mark(state: &mut State) {
    if state.timeline.times == TimeStyle::Mark {
        state.timeline.times = TimeStyle::Relative;
        return state.say(Tone::Plain, "times since the start of the recording");
    }
    if state.navigation.time_origin.is_none() {
        state.navigation.time_origin = state.timeline.row(state.index()).map(|row| (row.seq.to_string(), row.at));
    }
    match &state.navigation.time_origin {
        Some((name, _)) => {
            let words = state.hinted(&format!("times since {name}"), &[(Action::SetMark, "sets a mark to count from next")]);
            state.timeline.times = TimeStyle::Mark;
            state.say(Tone::Plain, words);
        }
        None => state.say(Tone::Muted, "this row is not loaded yet"),
    }
}

pub(super) fn log_lines(state: &mut State) {
    state.timeline.logs = !state.timeline.logs;
    state.timeline.forget();
    let words = if state.timeline.logs { "log lines are shown between operations" } else { "log lines are hidden" };
    state.say(Tone::Plain, words);
}

pub(super) fn pin(state: &mut State) {
    let Some(row) = state.timeline.row(state.index()) else { return };
    let (object, path) = (row.object, row.object_path());
    let Some(object) = object else { return state.say(Tone::Muted, "this operation has no object") };
    if let Some(at) = state.timeline.pins.iter().position(|pinned| *pinned == object) {
        state.timeline.pins.remove(at);
        return state.say(Tone::Plain, format!("{path} is not pinned any more"));
    }
    state.timeline.pins.push(object);
    state.say(Tone::Plain, format!("{path} is pinned: its rows are marked"));
}

pub(super) fn select_range(state: &mut State) {
    state.timeline.selection = if state.timeline.selection.is_some() { None } else { Some(state.cursor) };
    if state.timeline.selection.is_some() {
        let does = [(Action::CopyLine, "copies"), (Action::ZoomSelection, "zooms"), (Action::OnlyThis, "filters")];
        let ends = state.hints(&[(Action::SelectRange, "ends it")]);
        state.say(Tone::Plain, format!("a range from here to the cursor: {}; {ends}", state.hints(&does)));
    }
}
