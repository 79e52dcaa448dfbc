//! Swim lanes: actors, or objects, against time.
//!
//! ```text
//!            +2.104s              12 ms a column              +3.412s
//! checkout   ━R12━━◆━━       ━━R13━◆━
//!                  ╰────────▼
//! hpa        ·              ◂  ━R7━━━━◆
//! ```

use crate::tui::layout::Area;
use crate::tui::protocol::{Arrow, Bar, LaneBy, Lanes, Mark};
use crate::tui::state::State;
use crate::tui::theme::Role;
use kuberewind_model::{Certainty, Duration, Timestamp, Verb};

use super::pen::Pen;
use super::text::{clean, length, middle, since, width};

/// Where things stand: the columns of time and the rows of lanes.
struct Headless<'a> {
    lanes: &'a Lanes,
    /// The cells of time.
    time: Area,
    /// The first lane that is shown, and how many rows each has.
    first: usize,
    rows: u16,
    /// How many lanes fit, and how wide their names are.
    fit: usize,
    label: u16,
}

impl<'a> Headless<'a> {
    /// Of the pane's inside; `None` where there is no room, or nothing to show.
    fn of(lanes: &'a Lanes, area: Area, state: &State) -> Option<Headless<'a>> {
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
        Some(Headless { lanes, time, first, rows, fit, label })
    }

    fn column(&self, at: Timestamp) -> u16 {
        let (from, to) = self.lanes.time;
        let whole = u128::from(to.since(from).0.max(1));
        let part = u128::from(at.since(from).0).min(whole);
        let cells = u128::from(self.time.w.saturating_sub(1));
        self.time.x + u16::try_from(part * cells / whole).unwrap_or(0)
    }

    /// The row of a lane, if it is on the screen.
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
        pen.put(area.x + 1, area.y, "nothing was recorded here", Role::Muted, area.w.saturating_sub(1));
        return;
    }
    let Some(stage) = Headless::of(lanes, area, state) else { return };
    let (time, label) = (stage.time, stage.label);
    let here = state.lanes.mark(state.cursor).map(|mark| mark.lane);
    draw_axis(pen, Area { h: 1, ..area }, &stage, state);
    if let Some(cursor) = state.lanes.mark(state.cursor) {
        let column = stage.column(cursor.at);
        pen.tint(Area { x: column, y: time.y, w: 1, h: time.h }, Role::Resting);
    }
    for (lane, name) in lanes.names.iter().enumerate() {
        if let Some(y) = stage.row(lane) {
            let role = if Some(lane) == here { Role::Heading } else { Role::Muted };
            let name = middle(short(name, state), usize::from(label), pen.glyph("…", "~"));
            pen.put(area.x + 1, y, &name, role, label);
        }
    }
    lanes.bars.iter().for_each(|bar| draw_bar(pen, &stage, bar));
    lanes.arrows.iter().for_each(|arrow| draw_arrow(pen, &stage, state, *arrow));
    draw_marks(pen, &stage, state);
    let below = lanes.names.len().saturating_sub(stage.first + stage.fit);
    if below > 0 {
        let words = format!("{below} more below");
        pen.put_right(area.x + area.w - 1, area.y + area.h - 1, &words, Role::Faint, area.w / 2);
    }
}

/// The moment that a cell of the pane's inside stands for, and the lane in it.
#[must_use]
pub fn lane_at(area: Area, state: &State, x: u16, y: u16) -> Option<(Timestamp, usize)> {
    let lanes = state.lanes.shown.as_ref()?;
    let stage = Headless::of(lanes, area, state)?;
    let (from, to) = lanes.time;
    let cells = u64::from(stage.time.w - 1).max(1);
    let column = u64::from(x.saturating_sub(stage.time.x)).min(cells);
    let part = u128::from(to.since(from).0) * u128::from(column) / u128::from(cells);
    let lane = stage.first + usize::from(y.saturating_sub(stage.time.y) / stage.rows);
    Some((from.plus(Duration(u64::try_from(part).unwrap_or(u64::MAX))), lane))
}

/// `checkout` of `shop-operator/checkout`; objects keep their kind.
fn short<'a>(name: &'a str, state: &State) -> &'a str {
    if state.lanes.by == LaneBy::Actor { state.snapshot.actors.short(name) } else { name }
}

fn draw_axis(pen: &mut Pen<'_>, axis: Area, stage: &Headless<'_>, state: &State) {
    let (from, to) = stage.lanes.time;
    let start = state.snapshot.start;
    let end = stage.time.x + stage.time.w;
    let x = pen.put(stage.time.x, axis.y, &since(start, from), Role::Faint, stage.time.w);
    let last = since(start, to);
    let left = end.saturating_sub(u16::try_from(last.len()).unwrap_or(0));
    if left > x {
        pen.put(left, axis.y, &last, Role::Faint, end - left);
    }
    let cells = u64::from(stage.time.w.max(1));
    let words = format!("{} a column", length(Duration(to.since(from).0 / cells)));
    let middle = stage.time.x + stage.time.w / 2;
    let begin = middle.saturating_sub(u16::try_from(words.len() / 2).unwrap_or(0));
    if begin > x + 1 && usize::from(begin) + words.len() + 1 < usize::from(left) {
        pen.put(begin, axis.y, &words, Role::Faint, end - begin);
    }
}

fn draw_bar(pen: &mut Pen<'_>, stage: &Headless<'_>, bar: &Bar) {
    let Some(y) = stage.row(bar.lane) else { return };
    let from = stage.column(bar.from);
    let to = stage.column(bar.to.unwrap_or(stage.lanes.time.1)).max(from);
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

/// How loud an operation is: of several in one cell the loudest is seen.
fn weight(mark: &Mark) -> u8 {
    match (mark.failed, mark.verb) {
        (true, _) => 3,
        (_, verb) if verb.is_write() => 2,
        (_, verb) if verb.is_watch_event() => 1,
        _ => 0,
    }
}

fn draw_marks(pen: &mut Pen<'_>, stage: &Headless<'_>, state: &State) {
    let mut marks: Vec<&Mark> = stage.lanes.marks.iter().collect();
    marks.sort_by_key(|mark| (mark.seq == state.cursor, weight(mark)));
    for mark in marks {
        let Some(y) = stage.row(mark.lane) else { continue };
        let x = stage.column(mark.at);
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
            if stage.rows == 1 {
                pen.put(x, y, glyph, Role::Accent, 1);
            }
        }
    }
}

/// From a cause to its effect: along the row between lanes, then to the lane of the effect.
fn draw_arrow(pen: &mut Pen<'_>, stage: &Headless<'_>, state: &State, arrow: Arrow) {
    let (Some(from), Some(to)) = (state.lanes.mark(arrow.from), state.lanes.mark(arrow.to)) else { return };
    let (Some(from_row), Some(to_row)) = (stage.row(from.lane), stage.row(to.lane)) else { return };
    if stage.rows < 2 {
        return;
    }
    let (from_x, to_x) = (stage.column(from.at), stage.column(to.at));
    let role = if arrow.certainty == Certainty::Guess { Role::Faint } else { Role::Accent };
    let (flat, upright) = if arrow.certainty == Certainty::Exact {
        (pen.glyph("─", "-"), pen.glyph("│", "|"))
    } else {
        (pen.glyph("╌", "-"), pen.glyph("╎", ":"))
    };
    let down = to_row >= from_row;
    // The free row below the cause's lane, or the one above it.
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
        // Marks of the lanes between are drawn later, over it.
        pen.put(to_x, y, upright, role, 1);
    }
    pen.put(to_x, head, if down { pen.glyph("▼", "v") } else { pen.glyph("▲", "^") }, role, 1);
}
