//! A pane with a document: its visible lines, and the parents of the first line, which stay at the top.

use crate::layout::Area;
use crate::state::{Detail, DocOptions, State};
use crate::theme::Role;
use crate::view::DocKind;
use crate::view::Pane;

use super::line::{self, Lines};
use super::pen::Pen;

/// Returns the width of the column with the writer of each line.
fn gutter(state: &State, kind: DocKind, width: u16) -> u16 {
    let blamed = state.details.options.authors && matches!(kind, DocKind::Diff | DocKind::State);
    if blamed { (width / 3).clamp(12, 30).min(width) } else { 0 }
}

fn wraps(state: &State, kind: DocKind) -> bool {
    state.details.options.wrap || kind == DocKind::Findings
}

fn lines<'a>(state: &'a State, kind: DocKind, width: u16) -> Lines<'a> {
    let blames = state.details.authors.found.as_deref().filter(|found| found.at == state.cursor);
    Lines {
        detail: &state.details[kind],
        beside: state.details.options.side_by_side && kind == DocKind::Diff,
        // The sentences of findings always wrap.
        look: DocOptions { wrap: wraps(state, kind), ..state.details.options },
        gutter: gutter(state, kind, width),
        blames,
        actors: &state.snapshot.actors,
    }
}

/// Returns the number of rows that a line of a document takes in a pane of `width` columns.
#[must_use]
pub fn rows_of(state: &State, kind: DocKind, detail: &Detail, at: usize, width: u16) -> usize {
    if !wraps(state, kind) {
        return 1;
    }
    line::rows(&Lines { detail, ..lines(state, kind, width) }, at, width)
}

pub(super) fn draw(pen: &mut Pen<'_>, area: Area, state: &State, kind: DocKind) {
    let lines = lines(state, kind, area.w);
    let detail = lines.detail;
    if detail.doc.is_none() {
        pen.put(area.x + 1, area.y, "loading", Role::Muted, area.w.saturating_sub(1));
        return;
    }
    let (mut row, mut at) = (0, detail.top);
    while row < area.h {
        let place = Area { y: area.y + row, h: area.h - row, ..area };
        let Some(taken) = line::draw(pen, place, &lines, at) else { break };
        if at == detail.line && state.panes.focus == Pane::Detail(kind) {
            pen.tint(Area { h: taken.min(place.h), ..place }, Role::Selection);
        }
        if line::matches(detail, at) {
            pen.put(place.x, place.y, pen.glyph("‣", "/"), Role::Match, 1);
        }
        row += taken;
        at += 1;
    }
    for (row, parent) in (0..area.h).zip(detail.sticky(area.h)) {
        let place = Area { y: area.y + row, h: 1, ..area };
        pen.fill(place, Role::Text);
        line::parent(pen, place, &lines, parent);
        pen.tint(place, Role::Resting);
    }
}
