//! The Lanes pane: the operations of actors or objects over time.
//!
//! ```text
//!            +2.104s              12 ms a column              +3.412s
//! checkout   ━R12━━◆━━       ━━R13━◆━
//!                  ╰────────▼
//! hpa        ·              ◂  ━R7━━━━◆
//! ```

use crate::layout::Area;
use crate::protocol::{Arrow, Bar, LaneBy, Lanes, Mark};
use crate::state::State;
use crate::theme::Role;
use kuberewind_model::{Certainty, Duration, Timestamp, Verb};
use kuberewind_text::clean;

use super::pen::Pen;
use super::text::{duration, shorten, since, width};

/// The grid of the pane: columns of time and rows of lanes.
struct Grid<'a> {
    lanes: &'a Lanes,
    /// The area of the time columns.
    time: Area,
    /// The first visible lane, and the rows per lane.
    first: usize,
    rows: u16,
    /// The number of lanes that fit, and the width of their names.
    fit: usize,
    label: u16,
}

impl<'a> Grid<'a> {
    /// Returns the grid of a pane, or `None` without room or operations.
    fn of(lanes: &'a Lanes, area: Area, state: &State) -> Option<Grid<'a>> {
        let widest = lanes.names.iter().map(|name| width(&clean(short(name, state)))).max().unwrap_or(0);
        let label = u16::try_from(widest).unwrap_or(u16::MAX).min(area.w / 3).max(4);
        let rest = area.split_top(1).1;
        let time = Area { x: rest.x + label + 2, w: rest.w.saturating_sub(label + 3), ..rest };
        if time.w < 4 || time.h == 0 || lanes.marks.is_empty() {
            return None;
        }
        let here = state.lanes.mark(state.cursor).map(|mark| mark.lane);
        let rows = if lanes.names.len() * 2 <= usize::from(time.h).max(4) { 2 } else { 1 };
        let fit = usize::from(time.h / rows).max(1);
        let first = here.unwrap_or(0).saturating_sub(fit / 2).min(lanes.names.len().saturating_sub(fit));
        Some(Grid { lanes, time, first, rows, fit, label })
    }

    fn column(&self, at: Timestamp) -> u16 {
        let (from, to) = self.lanes.time;
        let whole = u128::from(to.since(from).0.max(1));
        let part = u128::from(at.since(from).0).min(whole);
        let cells = u128::from(self.time.w.saturating_sub(1));
        self.time.x + u16::try_from(part * cells / whole).unwrap_or(0)
    }

    /// Returns the row of a visible lane.
    fn row(&self, lane: usize) -> Option<u16> {
        let line = u16::try_from(lane.checked_sub(self.first)?).ok()?.checked_mul(self.rows)?;
        (line < self.time.h).then(|| self.time.y + line)
    }
}

pub(super) fn draw(pen: &mut Pen<'_>, area: Area, state: &State) {
    let Some(lanes) = &state.lanes.shown else {
        pen.put(area.x + 1, area.y, "loading", Role::Muted, area.w.saturating_sub(1));
        return;
    };
    if lanes.marks.is_empty() {
        pen.put(area.x + 1, area.y, "no operations", Role::Muted, area.w.saturating_sub(1));
        return;
    }
    let Some(grid) = Grid::of(lanes, area, state) else { return };
    let (time, label) = (grid.time, grid.label);
    let here = state.lanes.mark(state.cursor).map(|mark| mark.lane);
    draw_axis(pen, Area { h: 1, ..area }, &grid, state);
    if let Some(cursor) = state.lanes.mark(state.cursor) {
        let column = grid.column(cursor.at);
        pen.tint(Area { x: column, y: time.y, w: 1, h: time.h }, Role::Resting);
    }
    for (lane, name) in lanes.names.iter().enumerate() {
        if let Some(y) = grid.row(lane) {
            let role = if Some(lane) == here { Role::Heading } else { Role::Muted };
            let name = shorten(short(name, state), usize::from(label), pen.glyph("…", "~"));
            pen.put(area.x + 1, y, &name, role, label);
        }
    }
    lanes.bars.iter().for_each(|bar| draw_bar(pen, &grid, bar));
    lanes.arrows.iter().for_each(|arrow| draw_arrow(pen, &grid, state, *arrow));
    draw_marks(pen, &grid, state);
    let below = lanes.names.len().saturating_sub(grid.first + grid.fit);
    if below > 0 {
        let words = format!("{below} more below");
        pen.put_right(area.x + area.w - 1, area.y + area.h - 1, &words, Role::Faint, area.w / 2);
    }
}

/// Returns the time and the lane at a cell of the pane.
#[must_use]
pub fn lane_at(area: Area, state: &State, x: u16, y: u16) -> Option<(Timestamp, usize)> {
    let lanes = state.lanes.shown.as_ref()?;
    let grid = Grid::of(lanes, area, state)?;
    let (from, to) = lanes.time;
    let cells = u64::from(grid.time.w - 1).max(1);
    let column = u64::from(x.saturating_sub(grid.time.x)).min(cells);
    let part = u128::from(to.since(from).0) * u128::from(column) / u128::from(cells);
    let lane = grid.first + usize::from(y.saturating_sub(grid.time.y) / grid.rows);
    Some((from.plus(Duration(u64::try_from(part).unwrap_or(u64::MAX))), lane))
}

/// Shortens `shop-operator/checkout` to `checkout`. Names of objects stay whole.
fn short<'a>(name: &'a str, state: &State) -> &'a str {
    if state.lanes.by == LaneBy::Actor { state.snapshot.actors.short(name) } else { name }
}

fn draw_axis(pen: &mut Pen<'_>, axis: Area, grid: &Grid<'_>, state: &State) {
    let (from, to) = grid.lanes.time;
    let start = state.snapshot.start;
    let end = grid.time.x + grid.time.w;
    let x = pen.put(grid.time.x, axis.y, &since(start, from), Role::Faint, grid.time.w);
    let last = since(start, to);
    let left = end.saturating_sub(u16::try_from(last.len()).unwrap_or(0));
    if left > x {
        pen.put(left, axis.y, &last, Role::Faint, end - left);
    }
    let cells = u64::from(grid.time.w.max(1));
    let words = format!("{} a column", duration(Duration(to.since(from).0 / cells)));
    let middle = grid.time.x + grid.time.w / 2;
    let begin = middle.saturating_sub(u16::try_from(words.len() / 2).unwrap_or(0));
    if begin > x + 1 && usize::from(begin) + words.len() + 1 < usize::from(left) {
        pen.put(begin, axis.y, &words, Role::Faint, end - begin);
    }
}

fn draw_bar(pen: &mut Pen<'_>, grid: &Grid<'_>, bar: &Bar) {
    let Some(y) = grid.row(bar.lane) else { return };
    let from = grid.column(bar.from);
    let to = grid.column(bar.to.unwrap_or(grid.lanes.time.1)).max(from);
    let role = if bar.failed { Role::Error } else { Role::Reconcile };
    let line = if bar.to.is_some() { pen.glyph("━", "=") } else { pen.glyph("╌", "-") };
    for x in from..=to {
        pen.put(x, y, line, role, 1);
    }
    let room = to - from;
    if usize::from(room) > bar.name.len() + 3 {
        pen.put(from + 1, y, &bar.name, role, room);
    }
}

/// Returns the importance of an operation. A cell shows the most important of its operations.
fn weight(mark: &Mark) -> u8 {
    match (mark.failed, mark.verb) {
        (true, _) => 3,
        (_, verb) if verb.is_write() => 2,
        (_, verb) if verb.is_watch_event() => 1,
        _ => 0,
    }
}

fn draw_marks(pen: &mut Pen<'_>, grid: &Grid<'_>, state: &State) {
    let mut marks: Vec<&Mark> = grid.lanes.marks.iter().collect();
    marks.sort_by_key(|mark| (mark.seq == state.cursor, weight(mark)));
    for mark in marks {
        let Some(y) = grid.row(mark.lane) else { continue };
        let x = grid.column(mark.at);
        let (glyph, role) = match (weight(mark), mark.verb) {
            (3, _) => (pen.glyph("✖", "!"), Role::Error),
            (2, _) => (pen.glyph("◆", "W"), Role::Write),
            (1, Verb::Deleted) => (pen.glyph("◂", "x"), Role::Watch),
            (1, _) => (pen.glyph("◂", "<"), Role::Watch),
            _ => (pen.glyph("·", "."), Role::Read),
        };
        pen.put(x, y, glyph, role, 1);
        if mark.seq == state.cursor {
            pen.tint(Area { x, y, w: 1, h: 1 }, Role::Selection);
            if grid.rows == 1 {
                pen.put(x, y, glyph, Role::Accent, 1);
            }
        }
    }
}

/// Draws a line from a cause to its effect: along the row between the lanes, then down or up to the lane of the effect.
fn draw_arrow(pen: &mut Pen<'_>, grid: &Grid<'_>, state: &State, arrow: Arrow) {
    let (Some(from), Some(to)) = (state.lanes.mark(arrow.from), state.lanes.mark(arrow.to)) else { return };
    let (Some(from_row), Some(to_row)) = (grid.row(from.lane), grid.row(to.lane)) else { return };
    if grid.rows < 2 {
        return;
    }
    let (from_x, to_x) = (grid.column(from.at), grid.column(to.at));
    let role = if arrow.certainty == Certainty::Guess { Role::Faint } else { Role::Accent };
    let (flat, upright) = if arrow.certainty == Certainty::Exact {
        (pen.glyph("─", "-"), pen.glyph("│", "|"))
    } else {
        (pen.glyph("╌", "-"), pen.glyph("╎", ":"))
    };
    let down = to_row >= from_row;
    // The free row below or above the lane of the cause.
    let along = if down { from_row + 1 } else { from_row.saturating_sub(1) };
    let (left, right) = (from_x.min(to_x), from_x.max(to_x));
    for x in left..=right {
        pen.put(x, along, flat, role, 1);
    }
    let turn = match (down, to_x >= from_x) {
        (true, true) => pen.glyph("╰", "`"),
        (true, false) => pen.glyph("╯", "'"),
        (false, true) => pen.glyph("╭", ","),
        (false, false) => pen.glyph("╮", "."),
    };
    pen.put(from_x, along, turn, role, 1);
    if to_row == from_row {
        pen.put(to_x, along, pen.glyph("▲", "^"), role, 1);
        return;
    }
    let head = if down { to_row - 1 } else { to_row + 1 };
    for y in along.min(head)..=along.max(head) {
        // Marks of the lanes between are drawn later, on top of the line.
        pen.put(to_x, y, upright, role, 1);
    }
    pen.put(to_x, head, if down { pen.glyph("▼", "v") } else { pen.glyph("▲", "^") }, role, 1);
}
