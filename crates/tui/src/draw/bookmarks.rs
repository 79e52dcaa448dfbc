//! The list of bookmarks and marks. A note that is longer than its row is shown in full below the list.

use crate::action::Action;
use crate::keys::Context;
use crate::layout::Area;
use crate::state::{ListState, MarkedMoment, State};
use crate::theme::Role;
use crate::wrap::breaks;
use kuberewind_text::clean;

use super::pen::Pen;
use super::text::width;

pub(super) fn draw(pen: &mut Pen<'_>, state: &State, list: &ListState) {
    let places = state.marked_moments();
    let w = state.screen.size.0.saturating_sub(4).min(80);
    let note_rows = places.get(list.row).map_or(0, |place| note_below(place, w.saturating_sub(2)).len());
    let rows = u16::try_from(places.len().max(1) + note_rows).unwrap_or(u16::MAX).saturating_add(2);
    let h = rows.clamp(3, state.screen.size.1.saturating_sub(2).max(3));
    let area = Area { x: (state.screen.size.0 - w) / 2, y: state.screen.size.1.saturating_sub(h) / 2, w, h };
    pen.fill(area, Role::Text);
    pen.border(area, Role::Focus);
    pen.put(area.x + 2, area.y, " Bookmarks and marks ", Role::Accent, w.saturating_sub(4));
    let keys = state.hints_in(Context::List, &[(Action::Enter, "jumps"), (Action::Cancel, "closes")]);
    pen.put_right(area.x + w - 2, area.y, &format!(" {keys} "), Role::Muted, w.saturating_sub(26));
    let inner = area.inner();
    let inner = draw_note(pen, inner, places.get(list.row));
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

/// Returns the column of the note in a row.
fn note_column(place: &MarkedMoment) -> u16 {
    12 + u16::try_from(width(&clean(&place.name))).unwrap_or(u16::MAX).min(30) + 2
}

/// Returns the wrapped note of an entry if its row is too short for it.
fn note_below(place: &MarkedMoment, room: u16) -> Vec<String> {
    let note = clean(&place.note);
    if place.elsewhere.is_none() && width(&note) <= usize::from(room.saturating_sub(note_column(place))) {
        return Vec::new();
    }
    breaks(&note, usize::from(room.saturating_sub(2))).into_iter().filter_map(|row| note.get(row).map(str::to_owned)).collect()
}

/// Draws the wrapped note over at most half of the area. Returns the remaining area for the list.
fn draw_note(pen: &mut Pen<'_>, inner: Area, place: Option<&MarkedMoment>) -> Area {
    let rows = place.map(|place| note_below(place, inner.w)).unwrap_or_default();
    let h = u16::try_from(rows.len()).unwrap_or(u16::MAX).min(inner.h - inner.h / 2);
    let left = Area { h: inner.h - h, ..inner };
    for (y, row) in (left.y + left.h..).zip(rows).take(usize::from(h)) {
        pen.put(inner.x + 1, y, &row, Role::Text, inner.w.saturating_sub(1));
    }
    left
}
