//! The picker: a text input, the matching rows, and a preview of the selected object.

use ratatui::style::Style;

use crate::action::Action;
use crate::keys::Context;
use crate::layout::Area;
use crate::state::{Picker, PickerKind, PickerRow, State};
use crate::theme::Role;
use kuberewind_model::json::lex;
use kuberewind_text::grouped;

use super::pen::{Pen, Piece};
use super::text::width;

pub(super) fn draw(pen: &mut Pen<'_>, state: &State, picker: &Picker) {
    let (w, h) = (state.screen.size.0.saturating_sub(4).min(120), state.screen.size.1.saturating_sub(2).min(36));
    let area = Area { x: (state.screen.size.0 - w) / 2, y: (state.screen.size.1 - h) / 2, w, h };
    pen.fill(area, Role::Text);
    pen.border(area, Role::Focus);
    let title = match picker.kind {
        PickerKind::Objects => " Objects ",
        PickerKind::Commands => " Commands ",
        PickerKind::Jumps => " Jumps, the latest first ",
    };
    pen.put(area.x + 2, area.y, title, Role::Accent, w.saturating_sub(4));
    let keys = state.hints_in(Context::Picker, &[(Action::Enter, "goes there"), (Action::Cancel, "closes")]);
    let words = format!(" type to find, {keys} ");
    pen.put_right(area.x + w - 2, area.y + h - 1, &words, Role::Muted, w.saturating_sub(4));
    let inner = area.inner();
    let (line, rest) = inner.split_top(1);
    draw_input(pen, line, picker);
    let beside = picker.kind == PickerKind::Objects && rest.w >= 70;
    let (rows, preview) = if beside { rest.split_left(rest.w * 11 / 20) } else { (rest, Area::default()) };
    list(pen, rows, picker);
    if beside {
        draw_preview(pen, preview, picker);
    }
}

/// Draws the input and the number of matches.
fn draw_input(pen: &mut Pen<'_>, at: Area, picker: &Picker) {
    let count = if picker.waits { "searching".to_owned() } else { grouped(u64::try_from(picker.total).unwrap_or(0)) };
    let taken = u16::try_from(width(&count)).unwrap_or(0) + 1;
    pen.put_right((at.x + at.w).saturating_sub(1), at.y, &count, Role::Muted, taken);
    let room = at.w.saturating_sub(taken + 4);
    let x = pen.put(at.x + 1, at.y, pen.glyph("› ", "> "), Role::Hint, 2);
    let scrolled = picker.list.filter.visual_scroll(usize::from(room.max(1)));
    let style = pen.style(Role::Text);
    pen.pieces(x, at.y, &[(picker.list.filter.value().into(), style)], u16::try_from(scrolled).unwrap_or(0), room);
    let cursor = u16::try_from(picker.list.filter.visual_cursor().saturating_sub(scrolled)).unwrap_or(0);
    pen.tint(Area { x: (x + cursor).min(at.x + at.w - 1), y: at.y, w: 1, h: 1 }, Role::Live);
}

fn list(pen: &mut Pen<'_>, at: Area, picker: &Picker) {
    if picker.rows.is_empty() && !picker.waits {
        pen.put(at.x + 2, at.y, "nothing matches", Role::Muted, at.w.saturating_sub(2));
    }
    let top = (picker.list.row + 1).saturating_sub(usize::from(at.h.max(1)));
    for ((y, number), row) in (at.y..at.y + at.h).zip(top..).zip(picker.rows.iter().skip(top)) {
        let line = Area { y, h: 1, ..at };
        if number == picker.list.row {
            pen.tint(line, Role::Selection);
            pen.put(line.x, y, pen.glyph("▶", ">"), Role::Accent, 1);
        }
        let taken = u16::try_from(width(&row.detail)).unwrap_or(0);
        pen.put_right((line.x + line.w).saturating_sub(1), y, &row.detail, Role::Hint, taken.min(line.w / 3));
        let pieces = pieces(pen, row);
        pen.pieces(line.x + 2, y, &pieces, 0, line.w.saturating_sub(taken + 4));
    }
}

/// Returns the text of a row with the matching characters marked.
fn pieces<'a>(pen: &Pen<'_>, row: &'a PickerRow) -> Vec<Piece<'a>> {
    let (plain, marked) = (pen.style(Role::Text), pen.style(Role::Match));
    let mut pieces: Vec<Piece<'a>> = Vec::new();
    for (number, (at, c)) in (0..).zip(row.text.char_indices()) {
        let style: Style = if row.marked.binary_search(&number).is_ok() { marked } else { plain };
        pieces.push((row.text[at..at + c.len_utf8()].into(), style));
    }
    pieces
}

/// Draws the state of the selected object at the cursor.
fn draw_preview(pen: &mut Pen<'_>, at: Area, picker: &Picker) {
    for y in at.y..at.y + at.h {
        pen.put(at.x, y, pen.glyph("│", "|"), Role::Border, 1);
    }
    let Some((_, lines)) = &picker.preview else { return };
    for (y, line) in (at.y..at.y + at.h).zip(lines) {
        let pieces: Vec<Piece<'_>> = lex::line(line)
            .into_iter()
            .filter_map(|(token, range)| Some((line.get(range)?.into(), pen.style(super::line::role_of_token(token)))))
            .collect();
        pen.pieces(at.x + 2, y, &pieces, 0, at.w.saturating_sub(3));
    }
}
