//! The tree of objects: its requests and its keys.

use crate::doc::Tone;
use crate::draw::tree_height;
use crate::effect::Effect;
use crate::layout::Layout;
use crate::protocol::{ObjectTree, SlowRequest, TreeRequest};
use crate::state::State;
use crate::view::Pane;

impl State {
    pub(super) fn take_tree(&mut self, generation: u64, tree: ObjectTree) {
        if generation > self.objects.generation {
            self.objects.take(tree, generation);
        }
    }
}

/// Requests the tree if it is visible and outdated.
pub(super) fn request(state: &mut State, layout: &Layout) -> Option<Effect> {
    state.objects.selected_by_user &= state.panes.focus == Pane::Objects;
    let height = tree_height(layout.inner(Pane::Objects)?.h);
    let of_cursor = state.timeline.row_of(state.cursor).and_then(|row| row.object);
    let followed = if state.objects.selected_by_user { None } else { of_cursor.and_then(|object| state.objects.row_of(object)) };
    if let Some(row) = followed {
        state.objects.row = row;
        state.objects.selected_by_user = state.panes.focus == Pane::Objects;
    }
    let row = state.objects.row;
    state.objects.show(row, height);
    let selected = state.objects.object().or(of_cursor);
    let order = state.order_of(Pane::Objects);
    let request = TreeRequest { at: state.cursor, visible: state.objects.on_screen(height), selected, order };
    let asked = Some((state.snapshot.session.no, request.clone()));
    if state.objects.asked == asked {
        return None;
    }
    state.objects.selected = state.objects.entry(row).cloned();
    state.objects.asked = asked;
    let generation = state.next_generation();
    Some(state.slow_request(SlowRequest::Objects { request, generation }))
}

/// Jumps to the operation that first showed the selected object in its current version; opens or closes a group.
pub(super) fn enter(state: &mut State) {
    let Some(object) = state.objects.object() else { return state.objects.toggle() };
    match state.objects.facts.get(&object).and_then(|facts| facts.since) {
        Some(at) if at == state.cursor => state.say(Tone::Muted, "the cursor is at the first operation with this version"),
        Some(at) => {
            state.stay();
            state.jump(at);
        }
        None => state.say(Tone::Muted, "no earlier operation contains this object"),
    }
}
