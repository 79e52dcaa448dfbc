//! The minimap: the number of operations over the whole recording, and the cursor in it.

use crate::layout::Area;
use crate::state::State;
use crate::theme::Role;
use crate::view::Pane;
use kuberewind_model::{Density, Seq};
use kuberewind_session::Ordinals;

use super::pen::Pen;

/// Columns to the left of the bars, for the names of the rows.
pub const MINIMAP_LEFT: u16 = 9;
/// Columns without bars, on both sides together.
pub const MINIMAP_MARGIN: u16 = MINIMAP_LEFT + 1;

const FINE: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const PLAIN: [&str; 9] = [" ", ".", ".", ":", ":", "|", "|", "#", "#"];

pub(super) fn draw(pen: &mut Pen<'_>, area: Area, state: &State) {
    let cells = area.w.saturating_sub(MINIMAP_MARGIN);
    if cells == 0 {
        return;
    }
    let counts = counts(state, cells);
    let rows: &[MapRow] = match area.h {
        0 => &[],
        1 => &[MapRow::View],
        2 => &[MapRow::All, MapRow::View],
        3 => &[MapRow::All, MapRow::Loops, MapRow::View],
        4 => &[MapRow::Writes, MapRow::Errors, MapRow::Loops, MapRow::View],
        5 => &[MapRow::Writes, MapRow::Watch, MapRow::Errors, MapRow::Loops, MapRow::View],
        _ => &[MapRow::Writes, MapRow::Watch, MapRow::Reconciles, MapRow::Errors, MapRow::Loops, MapRow::View],
    };
    for (y, row) in (area.y..).zip(rows) {
        let at = Area { y, h: 1, ..area };
        match row {
            MapRow::All => bars(pen, at, OPS, Role::Watch, &counts, weight),
            MapRow::Writes => bars(pen, at, "writes", Role::Write, &counts, |density| density.writes),
            MapRow::Watch => bars(pen, at, "watch", Role::Watch, &counts, |density| density.watch_events),
            MapRow::Errors => bars(pen, at, "errors", Role::Error, &counts, |density| density.errors),
            MapRow::Reconciles => bars(pen, at, "recon", Role::Reconcile, &counts, |density| density.reconciles),
            MapRow::Loops => loops(pen, at, cells, state),
            MapRow::View => view(pen, at, cells, state),
        }
    }
}

/// A row of the minimap. The height of the minimap decides which rows are visible.
enum MapRow {
    All,
    Writes,
    Watch,
    Errors,
    Reconciles,
    Loops,
    View,
}

/// The name of the row for all operations.
const OPS: &str = "ops";

/// Returns the counts of each cell: of the operations that match the filter, or of all.
fn counts(state: &State, cells: u16) -> Vec<Density> {
    let window = state.minimap_window();
    let Some(matched) = state.timeline.index.matched() else {
        let density = &state.minimap.density;
        let cells = usize::from(cells);
        return (0..cells).filter_map(|cell| density.get(cell * density.len() / cells).copied()).collect();
    };
    let (len, cells) = (u128::from(window.end - window.start), u128::from(cells));
    let edge = |cell: u128| window.start + u64::try_from(len * cell / cells).unwrap_or(0);
    // In a short range each operation takes several cells.
    (0..cells).map(|cell| matched.density(edge(cell), edge(cell + 1).max(edge(cell) + 1))).collect()
}

/// Returns the cell of an ordinal, or `None` outside the window.
fn column(window: &std::ops::Range<u64>, cells: u16, place: u64) -> Option<u16> {
    let len = u128::from(window.end.saturating_sub(window.start).max(1));
    let offset = u128::from(place.checked_sub(window.start)?);
    let cell = u16::try_from(offset * u128::from(cells) / len).ok()?;
    (place < window.end && cell < cells).then_some(cell)
}

/// Draws the ranges of loops. The row is empty without loops.
fn loops(pen: &mut Pen<'_>, area: Area, cells: u16, state: &State) {
    pen.put(area.x + 1, area.y, "loops", Role::Muted, MINIMAP_LEFT - 2);
    let window = state.minimap_window();
    let lineage = &state.snapshot.lineage;
    for found in state.findings.loops.all() {
        let (first, last) = (lineage.ordinal(found.first), lineage.ordinal(found.last));
        if last < window.start || first >= window.end {
            continue;
        }
        let from = column(&window, cells, first.max(window.start)).unwrap_or(0);
        let to = column(&window, cells, last.min(window.end.saturating_sub(1))).unwrap_or(cells - 1);
        for cell in from..=to {
            pen.put(area.x + MINIMAP_LEFT + cell, area.y, "L", Role::Notice, 1);
        }
    }
}

/// Weighs the counts for the row of all operations: writes are higher than watch events, and these higher than reads.
fn weight(density: Density) -> u64 {
    density.reads.saturating_add(density.watch_events.saturating_mul(2)).saturating_add(density.writes.saturating_mul(6))
}

/// Returns the role of a bar in the row of all operations.
fn most_important(density: Density) -> Role {
    match density {
        Density { errors: 1.., .. } => Role::Error,
        Density { writes: 1.., .. } => Role::Write,
        Density { watch_events: 1.., .. } => Role::Watch,
        _ => Role::Read,
    }
}

/// Draws a row of bars. Heights are logarithmic, so that a single write next to thousands is visible.
fn bars(pen: &mut Pen<'_>, area: Area, name: &str, role: Role, counts: &[Density], of: impl Fn(Density) -> u64) {
    pen.put(area.x + 1, area.y, name, Role::Muted, MINIMAP_LEFT - 2);
    let most = counts.iter().map(|density| of(*density)).max().unwrap_or(0);
    for (x, density) in (area.x + MINIMAP_LEFT..area.x + area.w.saturating_sub(1)).zip(counts) {
        let levels = if pen.ascii { PLAIN } else { FINE };
        let role = if name == OPS { most_important(*density) } else { role };
        pen.put(x, area.y, levels[level(of(*density), most)], role, 1);
    }
}

/// Returns 0 for no operation, else 1 to 8 on a logarithmic scale.
fn level(count: u64, most: u64) -> usize {
    if count == 0 || most == 0 {
        return 0;
    }
    let bits = |number: u64| u128::from(number.saturating_add(1)).pow(4).ilog2();
    usize::try_from(bits(count) * 8 / bits(most).max(1)).unwrap_or(8).clamp(1, 8)
}

/// Draws the visible rows, the cursor, bookmarks, marks and search matches.
fn view(pen: &mut Pen<'_>, area: Area, cells: u16, state: &State) {
    let zoom = state.zoom_text();
    pen.put(area.x + 1, area.y, if zoom.is_empty() { "view" } else { &zoom }, Role::Muted, MINIMAP_LEFT - 2);
    let left = area.x + MINIMAP_LEFT;
    let line = pen.glyph("─", "-");
    for x in left..left + cells {
        pen.put(x, area.y, line, Role::Faint, 1);
    }
    let window = state.minimap_window();
    let lineage = &state.snapshot.lineage;
    let cell_of = |seq: Seq| column(&window, cells, lineage.ordinal(seq).min(lineage.len().saturating_sub(1)));
    let height = state.layout().inner(Pane::Timeline).map_or(0, |area| u64::from(area.h));
    let index = &state.timeline.index;
    let (top, bottom) = (index.moment(state.timeline.top.max(1)), index.moment(state.timeline.top.saturating_add(height)));
    let thick = pen.glyph("━", "=");
    let (from, to) = (lineage.ordinal(top).max(window.start), lineage.ordinal(bottom).min(window.end.saturating_sub(1)));
    if let (Some(from), Some(to)) = (column(&window, cells, from), column(&window, cells, to)) {
        for cell in from..=to {
            pen.put(left + cell, area.y, thick, Role::Accent, 1);
        }
    }
    hits(pen, area, cells, state);
    let diamond = pen.glyph("◆", "b");
    for cell in state.bookmarked().filter_map(cell_of) {
        pen.put(left + cell, area.y, diamond, Role::Bookmark, 1);
    }
    for (letter, at) in &state.navigation.marks {
        if let Some(cell) = cell_of(*at) {
            pen.put(left + cell, area.y, letter.encode_utf8(&mut [0; 4]), Role::Bookmark, 1);
        }
    }
    if let Some(cell) = cell_of(state.cursor) {
        pen.put(left + cell, area.y, pen.glyph("┃", "^"), Role::Heading, 1);
    }
}

/// Draws the search matches.
fn hits(pen: &mut Pen<'_>, area: Area, cells: u16, state: &State) {
    if state.search.filter.is_none() {
        return;
    }
    let window = state.minimap_window();
    let (len, wide) = (u128::from(window.end - window.start), u128::from(cells));
    let edge = |cell: u16| window.start + u64::try_from(len * u128::from(cell) / wide).unwrap_or(0);
    let found = &state.search.matched.all;
    for cell in (0..cells).filter(|cell| found.between(edge(*cell), edge(cell + 1).max(edge(*cell) + 1)) > 0) {
        pen.put(area.x + MINIMAP_LEFT + cell, area.y, pen.glyph("•", "*"), Role::Match, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::level;

    #[test]
    fn one_operation_is_visible_and_the_maximum_is_full() {
        assert_eq!((level(0, 9), level(1, 100_000), level(100_000, 100_000), level(1, 1)), (0, 1, 8, 8));
        assert!((1..1_000).all(|count| level(count, 1_000) <= level(count + 1, 1_000)));
    }
}
