//! Moving within the focused pane.

use crate::action::{Action, Command};
use crate::doc::Tone;
use crate::draw::tree_height;
use crate::effect::Effect;
use crate::state::{Move, State};
use crate::update::lanes;
use crate::view::{DocKind, Pane};
use kuberewind_model::Seq;
use kuberewind_text::width;

use super::playback;

/// Columns that one key scrolls.
const COLUMNS: i16 = 10;
/// The most columns that can be scrolled away.
const MAX_LEFT: u16 = 2_000;

/// Moves by rows; in the lanes pane, to the next lane.
pub(super) fn step(state: &mut State, rows: i64) -> Vec<Effect> {
    if state.panes.focus == Pane::Lanes {
        lanes::across(state, rows > 0);
        return Vec::new();
    }
    by_rows(state, rows)
}

fn by_rows(state: &mut State, rows: i64) -> Vec<Effect> {
    match state.panes.focus {
        Pane::Objects => state.objects.go(rows),
        Pane::Detail(kind) => {
            state.details[kind].go(rows);
            if kind == DocKind::Logs {
                state.cursor_to_log_line();
            }
        }
        Pane::Timeline | Pane::Lanes => return state.go(Move::By(rows)),
    }
    Vec::new()
}

pub(super) fn half_pages(state: &mut State, times: i64) -> Vec<Effect> {
    let rows = times.saturating_mul(height(state) / 2);
    by_rows(state, rows)
}

pub(super) fn pages(state: &mut State, times: i64) -> Vec<Effect> {
    let rows = times.saturating_mul(height(state) - 1);
    by_rows(state, rows)
}

/// Rows of the focused pane, at least 2.
fn height(state: &State) -> i64 {
    let rows = state.layout().inner(state.panes.focus).map_or(1, |area| area.h);
    i64::from(if state.panes.focus == Pane::Objects { tree_height(rows).max(2) } else { rows.max(2) })
}

/// Scrolls the document that is focused, or the one that was focused last.
pub(super) fn nearest_document(state: &mut State, rows: i64) {
    let near = state.near_detail();
    let height = state.layout().inner(Pane::Detail(near)).map_or(1, |area| area.h);
    state.details[near].scroll(rows, height);
}

/// Scrolls to the left; closes a group of objects; goes to the previous operation of a lane.
pub(super) fn left(state: &mut State) {
    match state.panes.focus {
        Pane::Objects => state.objects.fold(false),
        Pane::Lanes => lanes::along(state, false),
        Pane::Timeline | Pane::Detail(_) => sideways(state, -COLUMNS),
    }
}

/// Scrolls to the right; opens a group of objects; goes to the next operation of a lane.
pub(super) fn right(state: &mut State) {
    match state.panes.focus {
        Pane::Objects => state.objects.fold(true),
        Pane::Lanes => lanes::along(state, true),
        Pane::Timeline | Pane::Detail(_) => sideways(state, COLUMNS),
    }
}

fn sideways(state: &mut State, columns: i16) {
    let left = match state.panes.focus.doc() {
        Some(kind) => &mut state.details[kind].left,
        None => &mut state.timeline.left,
    };
    *left = left.saturating_add_signed(columns).min(MAX_LEFT);
}

pub(super) fn line_start(state: &mut State) {
    if state.panes.focus == Pane::Timeline {
        state.timeline.left = 0;
    } else {
        let near = state.near_detail();
        state.details[near].left = 0;
    }
}

pub(super) fn line_end(state: &mut State) {
    if state.panes.focus == Pane::Timeline {
        state.timeline.left = longest_note(state);
        return;
    }
    let near = state.near_detail();
    let columns = state.layout().inner(Pane::Detail(near)).map_or(1, |area| area.w);
    let detail = &mut state.details[near];
    let len = detail.here().map_or(0, |line| usize::from(line.line.depth) * 2 + width(&line.line.text));
    detail.left = u16::try_from(len).unwrap_or(u16::MAX).saturating_sub(columns.saturating_sub(4));
}

/// The columns to scroll until the end of the longest visible note is visible.
fn longest_note(state: &State) -> u16 {
    let height = state.layout().inner(Pane::Timeline).map_or(1, |area| area.h);
    let rows = (0..u64::from(height)).filter_map(|line| state.timeline.row(state.timeline.top + line));
    let most = rows.map(|row| width(&row.note)).max().unwrap_or(0);
    u16::try_from(most).unwrap_or(u16::MAX).saturating_sub(10)
}

pub(super) fn first(state: &mut State, command: Command) -> Vec<Effect> {
    if let Some(number) = command.count {
        state.jump(Seq(number));
        return Vec::new();
    }
    let focus = state.panes.focus;
    match focus {
        Pane::Objects | Pane::Detail(_) => return by_rows(state, i64::MIN),
        Pane::Timeline | Pane::Lanes if shows_nothing(state) => {}
        Pane::Timeline | Pane::Lanes => state.jump(state.timeline.index.moment(1.min(state.timeline.index.len()))),
    }
    Vec::new()
}

/// Goes to the last row. In a live session, follows the recording from there.
pub(super) fn last(state: &mut State, command: Command) -> Vec<Effect> {
    if let Some(number) = command.count {
        state.jump(Seq(number));
        return Vec::new();
    }
    let focus = state.panes.focus;
    match focus {
        Pane::Objects | Pane::Detail(_) => return by_rows(state, i64::MAX),
        Pane::Timeline | Pane::Lanes if shows_nothing(state) => {}
        Pane::Timeline | Pane::Lanes if state.is_live() && !state.playback.follow => playback::follow(state),
        Pane::Timeline | Pane::Lanes => state.jump(state.timeline.index.moment(state.timeline.index.len())),
    }
    Vec::new()
}

/// True, with a message, if no operation passes the filter.
fn shows_nothing(state: &mut State) -> bool {
    let nothing = state.filtering.on && state.timeline.index.is_empty();
    if nothing {
        state.say(Tone::Muted, state.hinted("no operation matches the filter", &[(Action::Cancel, "clears it")]));
    }
    nothing
}
