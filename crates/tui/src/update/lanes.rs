//! The lanes pane: its requests and its keys.

use std::sync::Arc;

use crate::action::Action;
use crate::doc::Tone;
use crate::effect::Effect;
use crate::layout::Layout;
use crate::protocol::{LaneBy, Lanes, LanesRequest, SlowRequest};
use crate::state::State;
use crate::view::Pane;
use kuberewind_model::Seq;

impl State {
    pub(super) fn take_lanes(&mut self, generation: u64, lanes: Arc<Lanes>) {
        if generation > self.lanes.generation {
            self.lanes.generation = generation;
            self.lanes.shown = Some(lanes);
        }
    }
}

/// Requests the lanes if they are visible and outdated.
pub(super) fn request(state: &mut State, layout: &Layout) -> Option<Effect> {
    layout.inner(Pane::Lanes)?;
    if state.lanes.mark(state.cursor).is_none() {
        state.lanes.fixed_middle = None;
    }
    let middle = state.lanes.fixed_middle.unwrap_or(state.cursor);
    let order = state.order_of(Pane::Lanes);
    let request = LanesRequest { at: state.cursor, middle, range: state.lanes.range, by: state.lanes.by, order };
    let asked = Some((state.snapshot.session.no, request));
    if state.lanes.asked == asked {
        return None;
    }
    state.lanes.asked = asked;
    let generation = state.next_generation();
    Some(state.slow_request(SlowRequest::Lanes { request, generation }))
}

/// Moves the cursor to the next or previous operation in its lane.
pub(super) fn along(state: &mut State, forward: bool) {
    let to = state.lanes.next_in_lane(state.cursor, forward);
    go(state, to);
}

/// Moves the cursor to the nearest operation in the lane below or above.
pub(super) fn across(state: &mut State, below: bool) {
    let to = state.lanes.in_adjacent_lane(state.cursor, below);
    go(state, to);
}

fn go(state: &mut State, to: Option<Seq>) {
    match to {
        Some(to) => {
            state.stay();
            state.put(to);
        }
        None => state.say(Tone::Muted, state.hinted("no such operation in this range", &[(Action::ZoomOut, "zooms out")])),
    }
}

/// Shows the lanes; if they have the focus, switches between lanes of actors and lanes of objects.
pub(super) fn show(state: &mut State) {
    if state.panes.focus == Pane::Lanes {
        state.lanes.by = if state.lanes.by == LaneBy::Actor { LaneBy::Object } else { LaneBy::Actor };
    }
    state.look_at(Pane::Lanes);
}
