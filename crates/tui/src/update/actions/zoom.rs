//! The range of the minimap and of the lanes.

use crate::action::{Action, Command};
use crate::doc::Tone;
use crate::protocol::MAX_LANES_RANGE;
use crate::state::State;
use crate::view::Pane;

pub(super) fn by(state: &mut State, inward: bool, command: Command) {
    if state.panes.focus == Pane::Lanes {
        return state.lanes.zoom(inward);
    }
    zoom(state, |state| state.zoom(inward, command.times()));
}

pub(super) fn fit(state: &mut State) {
    if state.panes.focus == Pane::Lanes {
        state.lanes.range = MAX_LANES_RANGE;
        return;
    }
    zoom(state, |state| state.minimap.zoom = None);
}

pub(super) fn selection(state: &mut State) {
    let Some(anchor) = state.timeline.selection else {
        return state.say(Tone::Muted, state.hinted("no range is selected", &[(Action::SelectRange, "begins one")]));
    };
    let (first, last) = (anchor.min(state.cursor), anchor.max(state.cursor));
    zoom(state, |state| state.zoom_to(first, last));
}

fn zoom(state: &mut State, change: impl FnOnce(&mut State)) {
    let before = state.view_state();
    change(state);
    if state.minimap.zoom != before.zoom {
        state.timeline.undo.push(before);
    }
    let text = state.zoom_text();
    state.say(Tone::Plain, if text.is_empty() { "the whole recording".to_owned() } else { format!("zoom {text}") });
}
