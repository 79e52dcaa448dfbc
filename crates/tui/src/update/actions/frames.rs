//! Focus: views and frames.

use crate::doc::Tone;
use crate::layout::{Area, Slot};
use crate::state::State;
use crate::view::{DocKind, Pane, VIEWS};

pub(super) fn next_view(state: &mut State) {
    focus_by(state, 1);
}

pub(super) fn previous_view(state: &mut State) {
    focus_by(state, VIEWS.len() - 1);
}

pub(super) fn maximise(state: &mut State) {
    state.panes.maximised = !state.panes.maximised;
}

/// Shows the raw view; if it has the focus, returns to the view before.
pub(super) fn raw(state: &mut State) {
    let back = state.panes.recent.before().filter(|_| state.panes.focus == Pane::Detail(DocKind::Raw));
    state.look_at(back.unwrap_or(Pane::Detail(DocKind::Raw)));
}

pub(super) fn left(state: &mut State) {
    towards(state, |from, to| (to.x + to.w <= from.x).then(|| from.x - to.x - to.w));
}

pub(super) fn right(state: &mut State) {
    towards(state, |from, to| (from.x + from.w <= to.x).then(|| to.x - from.x - from.w));
}

pub(super) fn above(state: &mut State) {
    towards(state, |from, to| (to.y + to.h <= from.y).then(|| from.y - to.y - to.h));
}

pub(super) fn below(state: &mut State) {
    towards(state, |from, to| (from.y + from.h <= to.y).then(|| to.y - from.y - from.h));
}

fn focus_by(state: &mut State, by: usize) {
    let at = VIEWS.iter().position(|view| view.pane == state.panes.focus).unwrap_or(0);
    if let Some(view) = VIEWS.get((at + by) % VIEWS.len()) {
        state.look_at(view.pane);
    }
}

/// Focuses the frame with a number. If the screen has none, focuses the view that a wider screen shows there.
pub(super) fn number(state: &mut State, number: u8) {
    let wide: Vec<Pane> = VIEWS.iter().filter(|view| view.wide == number).map(|view| view.pane).collect();
    let framed = state.layout().slots.iter().find(|slot| slot.number == number).map(|slot| slot.shown);
    match framed.filter(|_| !state.panes.maximised).or_else(|| state.panes.recent.of(&wide)) {
        Some(pane) => state.look_at(pane),
        None => state.say(Tone::Muted, format!("there is no pane {number}")),
    }
}

/// Focuses the nearest frame on one side; of several, the one with the longest common border.
fn towards(state: &mut State, distance: impl Fn(Area, Area) -> Option<u16>) {
    let layout = state.layout();
    let Some(from) = layout.slots.iter().find(|slot| slot.shown == state.panes.focus).map(|slot| slot.area) else { return };
    let common = |to: Area| {
        let overlap = |at: u16, len: u16, other: u16, its: u16| (at + len).min(other + its).saturating_sub(at.max(other));
        overlap(from.x, from.w, to.x, to.w).saturating_add(overlap(from.y, from.h, to.y, to.h))
    };
    let near = |slot: &&Slot| distance(from, slot.area).map(|far| (far, u16::MAX - common(slot.area)));
    match layout.slots.iter().filter(|slot| near(slot).is_some()).min_by_key(near) {
        Some(slot) => state.look_at(slot.shown),
        None => state.say(Tone::Muted, "there is no pane on that side"),
    }
}

pub(super) fn next(state: &mut State) {
    let layout = state.layout();
    let at = layout.slots.iter().position(|slot| slot.shown == state.panes.focus).unwrap_or(0);
    match layout.slots.get((at + 1) % layout.slots.len().max(1)).filter(|slot| slot.shown != state.panes.focus) {
        Some(slot) => state.look_at(slot.shown),
        None => state.say(Tone::Muted, "there is no other pane on the screen"),
    }
}
