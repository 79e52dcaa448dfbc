//! The list of bookmarks and marks.

use crate::tui::action::Action;
use crate::tui::keys::Context;
use crate::tui::layout::Area;
use crate::tui::state::{ListState, State};
use crate::tui::theme::Role;

use super::pen::Pen;
use super::slot;

pub(super) fn draw(pen: &mut Pen<'_>, state: &State, list: &ListState) {
    let places = state.places();
    let rows = u16::try_from(places.len().max(1)).unwrap_or(u16::MAX).saturating_add(2);
    let (w, h) = (state.size.0.saturating_sub(4).min(80), rows.clamp(3, state.size.1.saturating_sub(2).max(3)));
    let area = Area { x: (state.size.0 - w) / 2, y: state.size.1.saturating_sub(h) / 2, w, h };
    pen.fill(area, Role::Text);
    slot::edges(pen, area, Role::Focus);
    pen.put(area.x + 2, area.y, " Bookmarks and marks ", Role::Accent, w.saturating_sub(4));
    let keys = state.hints_in(Context::List, &[(Action::Enter, "jumps"), (Action::Cancel, "closes")]);
    pen.put_right(area.x + w - 2, area.y, &format!(" {keys} "), Role::Muted, w.saturating_sub(26));
    let inner = area.inner();
    if places.is_empty() {
        let sets = state.hints(&[
            (Action::Bookmark, "sets a bookmark"),
            (Action::Note, "writes a note"),
            (Action::SetMark, "sets a mark"),
        ]);
        pen.put(inner.x + 1, inner.y, &format!("none yet: {sets}"), Role::Muted, inner.w.saturating_sub(2));
    }
    let top = (list.row + 1).saturating_sub(usize::from(inner.h));
    for ((row, line), place) in (0..inner.h).zip(top..).zip(places.iter().skip(top)) {
        let at = Area { y: inner.y + row, h: 1, ..inner };
        if line == list.row {
            pen.tint(at, Role::Selection);
            pen.put(at.x, at.y, pen.glyph("▶", ">"), Role::Accent, 1);
        }
        let end = at.x + at.w;
        pen.put_right(at.x + 11, at.y, &place.at.to_string(), Role::Muted, 9);
        let x = pen.put(at.x + 12, at.y, &place.name, Role::Bookmark, 30.min(at.w.saturating_sub(12))) + 2;
        let elsewhere = if place.elsewhere.is_some() { "in another session  " } else { "" };
        let x = pen.put(x, at.y, elsewhere, Role::Muted, end.saturating_sub(x));
        pen.put(x, at.y, &place.note, Role::Text, end.saturating_sub(x));
    }
}
