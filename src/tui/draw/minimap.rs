//! The whole recording in a few rows: where things happen, where one is.

use crate::model::Density;
use crate::tui::layout::{Area, Pane};
use crate::tui::state::{State, index_of};
use crate::tui::theme::Role;

use super::pen::Pen;
use super::{MINIMAP_LEFT, MINIMAP_MARGIN};

const FINE: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const PLAIN: [&str; 9] = [" ", ".", ".", ":", ":", "|", "|", "#", "#"];

pub(super) fn draw(pen: &mut Pen<'_>, area: Area, state: &State) {
    let cells = area.w.saturating_sub(MINIMAP_MARGIN);
    if cells == 0 {
        return;
    }
    let first = Area { h: 1, ..area };
    let below = |rows: u16| Area { y: area.y + rows, h: 1, ..area };
    match area.h {
        0 => {}
        1 => view(pen, first, cells, state),
        2 | 3 => {
            bars(pen, first, OPS, Role::Watch, state, weight);
            view(pen, below(1), cells, state);
        }
        _ => {
            bars(pen, first, "writes", Role::Write, state, |density| density.writes);
            bars(pen, below(1), "watch", Role::Watch, state, |density| density.watch_events);
            bars(pen, below(2), "errors", Role::Error, state, |density| density.errors);
            view(pen, below(3), cells, state);
        }
    }
}

/// The row for everything, where there is no room for a row each.
const OPS: &str = "ops";

/// In the one row a write stands out from what it leads to, and that from reads.
fn weight(density: Density) -> u64 {
    density.reads.saturating_add(density.watch_events.saturating_mul(2)).saturating_add(density.writes.saturating_mul(6))
}

/// What a bar of the one row is coloured as.
fn loudest(density: Density) -> Role {
    match density {
        Density { errors: 1.., .. } => Role::Error,
        Density { writes: 1.., .. } => Role::Write,
        Density { watch_events: 1.., .. } => Role::Watch,
        _ => Role::Read,
    }
}

/// One row of bars. Heights grow with the logarithm: a single write beside a storm can still be seen.
fn bars(pen: &mut Pen<'_>, area: Area, name: &str, role: Role, state: &State, of: impl Fn(Density) -> u64) {
    pen.put(area.x + 1, area.y, name, Role::Muted, MINIMAP_LEFT - 2);
    let most = state.minimap.density.iter().map(|density| of(*density)).max().unwrap_or(0);
    let cells = usize::from(area.w.saturating_sub(MINIMAP_MARGIN)).max(1);
    for (x, cell) in (area.x + MINIMAP_LEFT..area.x + area.w.saturating_sub(1)).zip(0..cells) {
        let Some(density) = state.minimap.density.get(cell * state.minimap.density.len() / cells) else { break };
        let levels = if pen.ascii { PLAIN } else { FINE };
        let role = if name == OPS { loudest(*density) } else { role };
        pen.put(x, area.y, levels[level(of(*density), most)], role, 1);
    }
}

/// 0 for none, 1 to 8 by logarithm.
fn level(count: u64, most: u64) -> usize {
    if count == 0 || most == 0 {
        return 0;
    }
    let bits = |number: u64| u128::from(number.saturating_add(1)).pow(4).ilog2();
    usize::try_from(bits(count) * 8 / bits(most).max(1)).unwrap_or(8).clamp(1, 8)
}

/// The row that says where one is: the window, the cursor, bookmarks, marks and errors.
fn view(pen: &mut Pen<'_>, area: Area, cells: u16, state: &State) {
    pen.put(area.x + 1, area.y, "view", Role::Muted, MINIMAP_LEFT - 2);
    let left = area.x + MINIMAP_LEFT;
    let line = pen.glyph("─", "-");
    for x in left..left + cells {
        pen.put(x, area.y, line, Role::Faint, 1);
    }
    let len = state.snapshot.lineage.len().max(1);
    let column = |index: u64| {
        let at = u128::from(index.saturating_sub(1).min(len - 1)) * u128::from(cells) / u128::from(len);
        left + u16::try_from(at).unwrap_or(0).min(cells - 1)
    };
    let height = state.layout().inner(Pane::Timeline).map_or(0, |area| u64::from(area.h));
    let thick = pen.glyph("━", "=");
    for x in column(state.timeline.top)..=column(state.timeline.top.saturating_add(height).saturating_sub(1)) {
        pen.put(x, area.y, thick, Role::Accent, 1);
    }
    let lineage = &state.snapshot.lineage;
    let diamond = pen.glyph("◆", "b");
    for at in state.bookmarked() {
        pen.put(column(index_of(lineage, at)), area.y, diamond, Role::Bookmark, 1);
    }
    for (letter, at) in &state.marks {
        pen.put(column(index_of(lineage, *at)), area.y, letter.encode_utf8(&mut [0; 4]), Role::Bookmark, 1);
    }
    pen.put(column(state.index()), area.y, pen.glyph("┃", "^"), Role::Heading, 1);
}

#[cfg(test)]
mod tests {
    use super::level;

    #[test]
    fn one_beside_a_storm_is_seen_and_the_storm_is_full() {
        assert_eq!((level(0, 9), level(1, 100_000), level(100_000, 100_000), level(1, 1)), (0, 1, 8, 8));
        assert!((1..1_000).all(|count| level(count, 1_000) <= level(count + 1, 1_000)));
    }
}
