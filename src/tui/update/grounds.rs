//! The tree of objects and the lanes: what they lack, and their keys.

use std::sync::Arc;

use crate::tui::action::{Action, Command};
use crate::tui::doc::Tone;
use crate::tui::draw::tree_height;
use crate::tui::effect::Effect;
use crate::tui::layout::{Layout, Pane};
use crate::tui::state::State;
use crate::tui::worker::{Beside, Forest, LaneBy, Lanes, LanesWish, TreeWish};

use super::wishes::beside;

impl State {
    /// The tree came.
    pub(super) fn take_forest(&mut self, generation: u64, forest: Forest) {
        if generation > self.objects.generation {
            self.objects.take(forest, generation);
        }
    }

    /// The lanes came.
    pub(super) fn take_lanes(&mut self, generation: u64, lanes: Arc<Lanes>) {
        if generation > self.lanes.generation {
            self.lanes.generation = generation;
            self.lanes.shown = Some(lanes);
        }
    }
}

/// Asks for what the tree and the lanes lack, where they are shown.
pub(super) fn wishes(state: &mut State, layout: &Layout) -> Vec<Effect> {
    let mut effects = Vec::new();
    state.objects.held &= state.focus == Pane::Objects;
    if let Some(area) = layout.inner(Pane::Objects) {
        effects.extend(tree(state, tree_height(area.h)));
    }
    if layout.inner(Pane::Lanes).is_some() {
        effects.extend(lanes(state));
    }
    effects
}

fn tree(state: &mut State, height: u16) -> Option<Effect> {
    let of_cursor = state.timeline.row_of(state.cursor).and_then(|row| row.object);
    let followed = if state.objects.held { None } else { of_cursor.and_then(|object| state.objects.row_of(object)) };
    if let Some(row) = followed {
        state.objects.row = row;
        state.objects.held = state.focus == Pane::Objects;
    }
    let row = state.objects.row;
    state.objects.show(row, height);
    let standing = state.objects.object();
    let selected = standing.or(of_cursor);
    let order = state.order_of(Pane::Objects);
    let wish = TreeWish { at: state.cursor, visible: state.objects.on_screen(height), selected, order };
    let asked = Some((state.snapshot.session.no, wish.clone()));
    if state.objects.asked == asked {
        return None;
    }
    state.objects.selected = state.objects.entry(row).cloned();
    state.objects.asked = asked;
    let generation = state.next_generation();
    Some(beside(state, Beside::Objects { wish, generation }))
}

fn lanes(state: &mut State) -> Option<Effect> {
    if state.lanes.mark(state.cursor).is_none() {
        state.lanes.held = None;
    }
    let middle = state.lanes.held.unwrap_or(state.cursor);
    let order = state.order_of(Pane::Lanes);
    let wish = LanesWish { at: state.cursor, middle, range: state.lanes.range, by: state.lanes.by, order };
    let asked = Some((state.snapshot.session.no, wish));
    if state.lanes.asked == asked {
        return None;
    }
    state.lanes.asked = asked;
    let generation = state.next_generation();
    Some(beside(state, Beside::Lanes { wish, generation }))
}

/// Keys while the tree or the lanes have the focus.
pub(super) fn act(state: &mut State, command: Command) -> bool {
    match state.focus {
        Pane::Objects => in_tree(state, command),
        Pane::Lanes => in_lanes(state, command),
        _ => false,
    }
}

fn in_tree(state: &mut State, command: Command) -> bool {
    let height = state.layout().inner(Pane::Objects).map_or(1, |area| i64::from(tree_height(area.h).max(2)));
    let times = i64::try_from(command.times()).unwrap_or(i64::MAX);
    let objects = &mut state.objects;
    match command.action {
        Action::Down => objects.go(times),
        Action::Up => objects.go(-times),
        Action::HalfPageDown => objects.go(times.saturating_mul(height / 2)),
        Action::HalfPageUp => objects.go(-times.saturating_mul(height / 2)),
        Action::PageDown => objects.go(times.saturating_mul(height - 1)),
        Action::PageUp => objects.go(-times.saturating_mul(height - 1)),
        Action::First if command.count.is_none() => objects.go(i64::MIN),
        Action::Last if command.count.is_none() => objects.go(i64::MAX),
        Action::ScrollLeft | Action::CloseFold => objects.fold(false),
        Action::ScrollRight | Action::OpenFold => objects.fold(true),
        Action::ToggleFold => objects.toggle(),
        Action::OpenAllFolds => objects.fold_all(true),
        Action::CloseAllFolds => objects.fold_all(false),
        Action::Enter => enter(state),
        _ => return false,
    }
    true
}

/// To the operation that first showed the object as it is now; a group opens or closes.
fn enter(state: &mut State) {
    let Some(object) = state.objects.object() else { return state.objects.toggle() };
    match state.objects.facts.get(&object).and_then(|facts| facts.since) {
        Some(at) if at == state.cursor => state.say(Tone::Muted, "the cursor is where it was first shown as it is now"),
        Some(at) => {
            state.stay();
            state.jump(at);
        }
        None => state.say(Tone::Muted, "no operation showed this object by then"),
    }
}

fn in_lanes(state: &mut State, command: Command) -> bool {
    let here = state.cursor;
    let to = match command.action {
        Action::ScrollLeft => state.lanes.beside(here, false),
        Action::ScrollRight => state.lanes.beside(here, true),
        Action::Down => state.lanes.across(here, true),
        Action::Up => state.lanes.across(here, false),
        Action::ZoomIn | Action::ZoomOut => {
            state.lanes.zoom(command.action == Action::ZoomIn);
            return true;
        }
        Action::ZoomFit => {
            state.lanes.range = crate::tui::worker::MAX_STRETCH;
            return true;
        }
        _ => return false,
    };
    match to {
        Some(to) => {
            state.stay();
            state.put(to);
        }
        None => state.say(Tone::Muted, state.hinted("there is none in this range", &[(Action::ZoomOut, "shows more of it")])),
    }
    true
}

/// Shows the lanes; once more, of objects instead of actors.
pub(super) fn show_lanes(state: &mut State) {
    if state.focus == Pane::Lanes {
        state.lanes.by = if state.lanes.by == LaneBy::Actor { LaneBy::Object } else { LaneBy::Actor };
    }
    state.look_at(Pane::Lanes);
}
