//! The rows of the timeline.
//!
//! ```text
//! ▶◆ #412 +2.131s  hpa      UPDATE     Deployment/checkout  200   4ms  R88  rv 48213
//! ```

use std::collections::BTreeSet;

use crate::model::{Seq, SpanId, Verb};
use crate::tui::layout::{Area, Pane};
use crate::tui::row::Row;
use crate::tui::state::{State, moment_of};
use crate::tui::theme::Role;

use super::pen::Pen;
use super::text::{clean, clock, length, since, width};

/// The widths of the columns; 0 leaves one out.
struct Columns {
    number: u16,
    time: u16,
    actor: u16,
    verb: u16,
    object: u16,
    status: u16,
    duration: u16,
    span: u16,
    note: u16,
}

fn cells(text: &str) -> u16 {
    u16::try_from(width(&clean(text))).unwrap_or(u16::MAX)
}

/// `checkout` of `shop-operator/checkout` where there is no room for all of it.
fn actor(row: &Row, room: u16) -> &str {
    if cells(&row.actor) <= room { &row.actor } else { row.actor.rsplit('/').next().unwrap_or(&row.actor) }
}

fn columns(area: Area, state: &State) -> Columns {
    let wide = area.w >= 74;
    let last = state.snapshot.lineage.last().to_string();
    let rows = || (0..u64::from(area.h)).filter_map(|row| state.timeline.row(state.timeline.top + row));
    let number = cells(&last);
    let time = if state.timeline.clock { 12 } else { 9 };
    let most = if area.w >= 100 { 24 } else { 10 };
    let actor = rows().map(|row| cells(actor(row, most))).max().unwrap_or(6).clamp(5, most);
    let verb = if wide { 10 } else { 6 };
    let span = rows().filter_map(|row| row.span.as_ref()).map(|(_, name)| cells(name)).max().unwrap_or(0).min(6);
    let (status, duration) = (3, if wide { 6 } else { 0 });
    let gaps = 2 + u16::from(duration > 0) + u16::from(span > 0) + 4;
    let rest = area.w.saturating_sub(number + time + actor + verb + span + status + duration + gaps);
    let object = rows().map(|row| cells(&row.object_text())).max().unwrap_or(12).clamp(12, 44).min(rest);
    let note = rest.saturating_sub(object + 1);
    Columns { number, time, actor, verb, object, status, duration, span, note: if note < 6 { 0 } else { note } }
}

pub(super) fn draw(pen: &mut Pen<'_>, area: Area, state: &State) {
    let columns = columns(area, state);
    let bookmarked: BTreeSet<Seq> = state.bookmarked().collect();
    let len = state.snapshot.lineage.len();
    let here = state.index();
    let span = state.timeline.row(here).and_then(|row| row.span.as_ref()).map(|(span, _)| *span);
    for line in 0..area.h {
        let index = state.timeline.top + u64::from(line);
        if index > len {
            break;
        }
        let at = Area { y: area.y + line, h: 1, ..area };
        if index == here {
            pen.tint(at, if state.focus == Pane::Timeline { Role::Selection } else { Role::Resting });
            pen.put(at.x, at.y, pen.glyph("▶", ">"), Role::Accent, 1);
        }
        let seq = moment_of(&state.snapshot.lineage, index);
        match state.timeline.row(index) {
            _ if index == 0 => drop(pen.put(at.x + 2, at.y, "start", Role::Muted, at.w.saturating_sub(2))),
            None => {
                pen.put_right(at.x + 2 + columns.number, at.y, &seq.to_string(), Role::Faint, columns.number);
            }
            Some(row) => {
                badge(pen, at, state, row, bookmarked.contains(&seq));
                cells_of(pen, at, state, row, &columns, span);
            }
        }
    }
}

/// Bookmark, mark or error, in this order.
fn badge(pen: &mut Pen<'_>, at: Area, state: &State, row: &Row, bookmarked: bool) {
    let mark = state.marks.iter().find(|(_, seq)| **seq == row.seq).map(|(letter, _)| letter.to_string());
    if bookmarked {
        pen.put(at.x + 1, at.y, pen.glyph("◆", "b"), Role::Bookmark, 1);
    } else if let Some(letter) = mark {
        pen.put(at.x + 1, at.y, &letter, Role::Bookmark, 1);
    } else if row.is_error() {
        pen.put(at.x + 1, at.y, pen.glyph("✖", "!"), Role::Error, 1);
    }
}

fn cells_of(pen: &mut Pen<'_>, at: Area, state: &State, row: &Row, columns: &Columns, same: Option<SpanId>) {
    let mut x = at.x + 2;
    let end = at.x + at.w;
    let found = !state.search.pattern.is_empty() && row.haystack().contains(&state.search.pattern);
    pen.put_right(x + columns.number, at.y, &row.seq.to_string(), if found { Role::Match } else { Role::Muted }, columns.number);
    x += columns.number + 1;
    let time = if state.timeline.clock { clock(row.at) } else { since(state.snapshot.start, row.at) };
    pen.put_right(x + columns.time, at.y, &time, Role::Muted, columns.time);
    x += columns.time + 1;
    pen.put(x, at.y, actor(row, columns.actor), Role::Text, columns.actor);
    x += columns.actor + 1;
    let (word, role) = verb(pen, row, columns.verb);
    pen.put(x, at.y, &word, role, columns.verb);
    x += columns.verb + 1;
    let failed = row.is_error();
    let style = (pen.style(if failed { Role::Error } else { Role::Text }), columns.object);
    pen.pieces(x, at.y, &[(row.object_text().into(), style.0)], state.timeline.left, style.1.min(end.saturating_sub(x)));
    x += columns.object + 1;
    if row.status != 0 && !row.verb.is_watch_event() || failed {
        let status = if row.status == 0 { "---".to_owned() } else { row.status.to_string() };
        pen.put(x, at.y, &status, if failed { Role::Error } else { Role::Muted }, columns.status.min(end.saturating_sub(x)));
    }
    x += columns.status;
    if columns.duration > 0 {
        x += columns.duration + 1;
        pen.put_right(x, at.y, &length(row.duration), Role::Muted, columns.duration);
    }
    if let Some((id, name)) = &row.span {
        let role = if Some(*id) == same { Role::Reconcile } else { Role::Faint };
        pen.put(x + 1, at.y, name, role, columns.span.min(end.saturating_sub(x + 1)));
    }
    x += 1 + columns.span + u16::from(columns.span > 0);
    // Where there is little room, a note is shown whole or not at all.
    if columns.note >= 14 || cells(&row.note) <= columns.note {
        let style = pen.style(if failed { Role::Error } else { Role::Muted });
        pen.pieces(x, at.y, &[((&*row.note).into(), style)], state.timeline.left, end.saturating_sub(x));
    }
}

/// The verb in capitals; a delivery has an arrow, and is short where there is no room.
fn verb(pen: &Pen<'_>, row: &Row, room: u16) -> (String, Role) {
    let word = row.verb.as_str().to_uppercase();
    if row.verb.is_watch_event() {
        let arrow = pen.glyph("◂", "<");
        let word = if room < 10 { word.get(..3).unwrap_or("") } else { &word };
        let role = if row.verb == Verb::Error { Role::Error } else { Role::Watch };
        return (format!("{arrow} {word}"), role);
    }
    let word = if row.verb == Verb::DeleteCollection { "DELETE *".to_owned() } else { word };
    (word, if row.verb.is_write() { Role::Write } else { Role::Read })
}
