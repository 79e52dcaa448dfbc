//! The mouse. Keys can do everything that it does.

use crate::draw::{MINIMAP_LEFT, MINIMAP_MARGIN, lane_at};
use crate::effect::Effect;
use crate::layout::Area;
use crate::state::{Fold, Move, ScreenLine, State};
use crate::view::Pane;
use kuberewind_session::Ordinals;

use super::message::Pointer;

/// The rows per wheel step.
const NOTCH: i64 = 3;

pub(super) fn act(state: &mut State, pointer: Pointer) -> Vec<Effect> {
    if !state.dialogs.layers.is_empty() {
        return Vec::new();
    }
    let layout = state.layout();
    // The lanes stay fixed only while the mouse is used in them.
    let fixed_middle = state.lanes.fixed_middle.take();
    match pointer {
        Pointer::Press { x, y } | Pointer::Drag { x, y } if layout.minimap.holds(x, y) => scrub(state, x, layout.minimap.w),
        Pointer::Drag { x, y } => {
            let lanes = layout.inner(Pane::Lanes).filter(|inner| inner.holds(x, y));
            if let Some(inner) = lanes.filter(|_| state.panes.focus == Pane::Lanes) {
                state.lanes.fixed_middle = fixed_middle;
                point_at(state, inner, x, y, false);
            }
        }
        Pointer::Press { x, y } => press(state, x, y),
        Pointer::Wheel { x, y, up } => {
            if layout.minimap.holds(x, y) {
                state.zoom(up, 1);
                return Vec::new();
            }
            let by = if up { -NOTCH } else { NOTCH };
            let Some(slot) = layout.slots.iter().find(|slot| slot.area.holds(x, y)) else { return Vec::new() };
            match slot.shown {
                Pane::Timeline | Pane::Lanes => return state.go(Move::By(by)),
                Pane::Objects => state.objects.go(by),
                Pane::Detail(kind) => state.details[kind].scroll(by, slot.area.inner().h),
            }
        }
    }
    Vec::new()
}

/// Moves the cursor to the pressed column of the minimap.
fn scrub(state: &mut State, x: u16, width: u16) {
    let columns = u64::from(width.saturating_sub(MINIMAP_MARGIN)).max(1);
    let column = u64::from(x.saturating_sub(MINIMAP_LEFT)).min(columns - 1);
    let window = state.minimap_window();
    let len = u128::from(window.end - window.start);
    let ordinal = window.start + u64::try_from(len * u128::from(column) / u128::from(columns)).unwrap_or(0);
    let to = state.snapshot.lineage.nth(ordinal);
    state.stay();
    state.put(to);
}

/// Moves the cursor to the operation that is nearest to a cell of the lanes: in the pressed lane, or while dragging, in
/// any lane.
fn point_at(state: &mut State, inner: Area, x: u16, y: u16, pressed: bool) {
    let Some((at, lane)) = lane_at(inner, state, x, y) else { return };
    let Some(to) = state.lanes.nearest(at, pressed.then_some(lane)) else { return };
    let middle = state.lanes.asked.map(|(_, request)| request.middle);
    state.lanes.fixed_middle = state.lanes.fixed_middle.or(middle);
    state.stay();
    if pressed { state.jump(to) } else { state.put(to) }
}

fn press(state: &mut State, x: u16, y: u16) {
    let layout = state.layout();
    let Some(slot) = layout.slots.iter().find(|slot| slot.area.holds(x, y)) else { return };
    let inner = slot.area.inner();
    if !inner.holds(x, y) {
        let tab = crate::draw::tab_at(slot, x).filter(|_| y == slot.area.y);
        return state.look_at(tab.unwrap_or(slot.shown));
    }
    let row = y - inner.y;
    let again = state.panes.focus == slot.shown;
    state.look_at(slot.shown);
    match slot.shown {
        Pane::Timeline => {
            let line = state.timeline.lines(inner.h).nth(usize::from(row));
            let Some(ScreenLine::Row(index) | ScreenLine::Log(index, _)) = line else { return };
            let to = state.timeline.index.moment(index);
            state.stay();
            state.jump(to);
        }
        Pane::Objects => {
            let line = state.objects.top + usize::from(row);
            if line < state.objects.rows.len() && row < crate::draw::tree_height(inner.h) {
                if again && state.objects.row == line {
                    state.objects.toggle();
                }
                (state.objects.row, state.objects.selected_by_user) = (line, true);
            }
        }
        Pane::Lanes => point_at(state, inner, x, y, true),
        Pane::Detail(kind) => {
            let detail = &mut state.details[kind];
            let line = detail.top + usize::from(row);
            if line < detail.visible.len() {
                if again && detail.line == line {
                    detail.fold(Fold::Toggle);
                }
                detail.line = line;
            }
        }
    }
}
