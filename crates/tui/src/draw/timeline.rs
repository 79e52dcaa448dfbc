//! The Timeline pane: one operation per row, and the log lines between them.
//!
//! ```text
//! ▶◆ #412 +2.131s  hpa      UPDATE     Deployment/checkout  200   4ms  R88  .spec.replicas 3→5  rv 48213
//! ```

use crate::action::Action;
use crate::layout::Area;
use crate::row::{Row, RowSpan, RowSummary};
use crate::state::{ScreenLine, State, TimeStyle};
use crate::theme::Role;
use crate::view::Pane;
use kuberewind_model::{Duration, Seq, Timestamp, Verb};
use kuberewind_text::{clean, grouped};

use super::changes::changes;
use super::pen::{Pen, Piece};
use super::text::{clock, columns_of, duration, shorten, since, width};

/// The widths of the columns, 0 for a hidden column.
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

/// Shortens `shop-operator/checkout` to `checkout` if there is no room.
fn actor<'a>(state: &State, row: &'a Row, room: u16) -> &'a str {
    if columns_of(&row.actor) <= room { &row.actor } else { state.snapshot.actors.short(&row.actor) }
}

fn columns(area: Area, state: &State) -> Columns {
    let wide = area.w >= 74;
    let last = state.snapshot.lineage.last().to_string();
    let rows = || {
        state.timeline.lines(area.h).filter_map(|line| match line {
            ScreenLine::Row(index) => state.timeline.row(index),
            ScreenLine::Log(..) => None,
        })
    };
    let number = columns_of(&last);
    let times = state.timeline.lines(area.h).filter_map(|line| match line {
        ScreenLine::Row(index) => state.timeline.row(index).map(|row| columns_of(&time(state, index, row))),
        ScreenLine::Log(..) => None,
    });
    let time = times.max().unwrap_or(7).clamp(7, 12);
    let most = if area.w >= 100 { 24 } else { 10 };
    let actor = rows().map(|row| columns_of(actor(state, row, most))).max().unwrap_or(6).clamp(5, most);
    let verb = if wide { 10 } else { 6 };
    let span = rows().filter_map(|row| row.span.as_ref()).map(|span| columns_of(&span.name)).max().unwrap_or(0).min(6);
    let (status, duration) = (3, if wide { 6 } else { 0 });
    let gaps = GUTTER + u16::from(duration > 0) + u16::from(span > 0) + 5;
    let rest = area.w.saturating_sub(number + time + actor + verb + span + status + duration + gaps);
    let sign = u16::from(!state.timeline.pins.is_empty());
    let object =
        rows().map(|row| columns_of(&object(row, area.w)).saturating_add(sign)).max().unwrap_or(12).clamp(12, 44).min(rest);
    let note = rest.saturating_sub(object + 1);
    Columns { number, time, actor, verb, object, status, duration, span, note }.with_room_for_changes()
}

/// From this width on, kinds have their whole names.
const WHOLE_KINDS: u16 = 120;

/// The object of a row, with the short name of its kind where room is scarce.
fn object(row: &Row, width: u16) -> String {
    if width < WHOLE_KINDS { row.short_object_text() } else { row.object_text() }
}

/// The room that a change needs, such as `.spec.replicas 3→5`.
const CHANGE: u16 = 24;

impl Columns {
    /// What changed tells more than the duration and the status of a call that succeeded: they make room for it.
    fn with_room_for_changes(mut self) -> Columns {
        for column in [&mut self.duration, &mut self.status] {
            if self.note < CHANGE && *column > 0 {
                self.note += std::mem::take(column) + 1;
            }
        }
        if self.note < 6 {
            self.note = 0;
        }
        self
    }
}

/// The sign of a note, and its ASCII replacement.
pub(super) const NOTE: (&str, &str) = ("✎", "n");

/// Columns before the number: the cursor, the badge, and the bracket of the current reconcile.
const GUTTER: u16 = 3;

pub(super) fn draw(pen: &mut Pen<'_>, area: Area, state: &State) {
    let columns = columns(area, state);
    let here = state.index();
    let span = state.timeline.row(here).and_then(|row| row.span.clone());
    let index = &state.timeline.index;
    for (line, shows) in (0..area.h).zip(state.timeline.lines(area.h)) {
        let at = Area { y: area.y + line, h: 1, ..area };
        let row = match shows {
            ScreenLine::Log(row, line) => {
                log_line(pen, at, state, row, line, &columns);
                continue;
            }
            ScreenLine::Row(row) => row,
        };
        let seq = index.moment(row);
        if row == here {
            pen.tint(at, if state.panes.focus == Pane::Timeline { Role::Selection } else { Role::Resting });
            pen.put(at.x, at.y, pen.glyph("▶", ">"), Role::Accent, 1);
        } else if is_selected(state, seq) {
            pen.tint(at, Role::Resting);
            pen.put(at.x, at.y, pen.glyph("│", "|"), Role::Accent, 1);
        }
        match state.timeline.row_of(seq) {
            _ if row == 0 => start(pen, at, state),
            _ if index.operations_in(row) > 1 => folded(pen, at, state, seq, index.operations_in(row), &columns),
            None => {
                pen.put_right(at.x + GUTTER + columns.number, at.y, &seq.to_string(), Role::Faint, columns.number);
            }
            Some(of) => {
                let note = state.bookmark_at(seq).map(|bookmark| bookmark.note.as_str());
                badge(pen, at, state, of, note);
                bracket(pen, at, state, row, seq, of.span.as_deref(), span.as_deref());
                cells_of(pen, at, state, (row, of, note.unwrap_or("")), &columns, span.as_deref());
            }
        }
    }
}

/// Draws the row before the first operation. It explains an empty result of the filter.
fn start(pen: &mut Pen<'_>, at: Area, state: &State) {
    let room = at.w.saturating_sub(GUTTER);
    let total = grouped(state.snapshot.lineage.len());
    if state.timeline.index.is_empty() && state.filtering.on {
        let words = match state.filtering.running {
            Some(running) => format!("none of {total} so far, scanning {}%", running.percent),
            None => format!("0 of {total} match. {}", state.hints(&[(Action::Cancel, "clears")])),
        };
        pen.put(at.x + GUTTER, at.y, &words, Role::Notice, room);
    } else {
        pen.put(at.x + GUTTER, at.y, "start", Role::Muted, room);
    }
}

fn is_selected(state: &State, seq: Seq) -> bool {
    state.timeline.selection.is_some_and(|anchor| anchor.min(state.cursor) <= seq && seq <= anchor.max(state.cursor))
}

/// Draws a folded loop: its rounds, period, field and writers.
fn folded(pen: &mut Pen<'_>, at: Area, state: &State, seq: Seq, operations: u64, columns: &Columns) {
    pen.put(at.x + 1, at.y, "L", Role::Notice, 1);
    pen.put_right(at.x + GUTTER + columns.number, at.y, &seq.to_string(), Role::Muted, columns.number);
    let arrow = pen.glyph(" ⇄ ", " <-> ");
    let summary = state
        .findings
        .loops
        .around(seq)
        .map_or_else(|| "folded".to_owned(), |found| found.summary(&state.snapshot.actors, arrow));
    let words = format!("{} {summary}  ({} operations)", pen.glyph("▸", "+"), grouped(operations));
    let x = at.x + GUTTER + columns.number + 1;
    pen.put(x, at.y, &words, Role::Notice, (at.x + at.w).saturating_sub(x));
}

/// Draws a log line of a row.
fn log_line(pen: &mut Pen<'_>, at: Area, state: &State, row: u64, line: usize, columns: &Columns) {
    let Some(text) = state.timeline.row(row).and_then(|row| row.logs.get(line)) else { return };
    let role = match text.level.to_lowercase().as_str() {
        "error" | "fatal" | "panic" => Role::Error,
        "warn" | "warning" => Role::Notice,
        _ => Role::Faint,
    };
    let x = at.x + GUTTER + columns.number + 1;
    let end = at.x + at.w;
    let x = pen.put(x, at.y, pen.glyph("· ", ". "), Role::Faint, end.saturating_sub(x));
    let style = pen.style(role);
    pen.pieces(x, at.y, &[((&*text.text).into(), style)], state.timeline.left, end.saturating_sub(x));
}

/// Draws the sign of a note, bookmark, mark, error, loop, finding, or write without a change. The first that applies
/// counts. `note` is the note of the
/// bookmark at the row.
fn badge(pen: &mut Pen<'_>, at: Area, state: &State, row: &Row, note: Option<&str>) {
    let mark = state.navigation.marks.iter().find(|(_, seq)| **seq == row.seq).map(|(letter, _)| letter.to_string());
    let (sign, role) = if let Some(note) = note {
        let sign = if note.is_empty() { pen.glyph("◆", "b") } else { pen.glyph(NOTE.0, NOTE.1) };
        (sign.to_owned(), Role::Bookmark)
    } else if let Some(letter) = mark {
        (letter, Role::Bookmark)
    } else if row.is_error() {
        (pen.glyph("✖", "!").to_owned(), Role::Error)
    } else if state.findings.loops.holds(row) {
        ("L".to_owned(), Role::Notice)
    } else if state.findings.loops.is_evidence(row.seq) {
        (pen.glyph("•", "*").to_owned(), Role::Notice)
    } else if row.changed_nothing {
        (pen.glyph("∅", "0").to_owned(), Role::Muted)
    } else {
        return;
    };
    pen.put(at.x + 1, at.y, &sign, role, 1);
}

/// Draws a bracket around the reconcile of the current operation. Rows that belong to it have a tick.
fn bracket(pen: &mut Pen<'_>, at: Area, state: &State, row: u64, seq: Seq, own: Option<&RowSpan>, cursor: Option<&RowSpan>) {
    let Some(span) = cursor else { return };
    let end = span.ended_after.unwrap_or(Seq::MAX);
    if seq <= span.started_after || seq > end {
        return;
    }
    let index = &state.timeline.index;
    let first = row == 1 || index.moment(row - 1) <= span.started_after;
    let last = row >= index.len() || index.moment(row + 1) > end;
    let is_own = own.is_some_and(|own| own.id == span.id);
    let sign = match (first, last, is_own) {
        (true, true, _) => pen.glyph("╶", "-"),
        (true, false, _) => pen.glyph("┌", "/"),
        (false, true, _) => pen.glyph("└", "\\"),
        (false, false, true) => pen.glyph("├", "+"),
        (false, false, false) => pen.glyph("│", "|"),
    };
    pen.put(at.x + 2, at.y, sign, Role::Reconcile, 1);
}

/// Formats the time of a row in the current time style.
fn time(state: &State, index: u64, row: &Row) -> String {
    match (state.timeline.times, &state.navigation.time_origin) {
        (TimeStyle::Clock, _) => clock(row.at),
        (TimeStyle::Step, _) => {
            let before = state.timeline.row(index.saturating_sub(1)).map_or(state.snapshot.start, |row| row.at);
            since(before, row.at)
        }
        (TimeStyle::Mark, Some((_, from))) => since(*from, row.at),
        (TimeStyle::Relative | TimeStyle::Mark, _) => since(state.snapshot.start, row.at),
    }
}

fn cells_of(
    pen: &mut Pen<'_>,
    at: Area,
    state: &State,
    (index, row, note): (u64, &Row, &str),
    columns: &Columns,
    same: Option<&RowSpan>,
) {
    let mut x = at.x + GUTTER;
    let end = at.x + at.w;
    let found = state.is_found(row.seq);
    pen.put_right(x + columns.number, at.y, &row.seq.to_string(), if found { Role::Match } else { Role::Muted }, columns.number);
    x += columns.number + 1;
    pen.put_right(x + columns.time, at.y, &time(state, index, row), Role::Muted, columns.time);
    x += columns.time + 1;
    pen.put(x, at.y, actor(state, row, columns.actor), Role::Text, columns.actor);
    x += columns.actor + 1;
    let (word, role) = verb(pen, row, columns.verb);
    pen.put(x, at.y, &word, role, columns.verb);
    x += columns.verb + 1;
    let failed = row.is_error();
    let pinned = row.object.is_some_and(|object| state.timeline.pins.contains(&object));
    let role = match (failed, pinned) {
        (true, _) => Role::Error,
        (false, true) => Role::Accent,
        (false, false) => Role::Text,
    };
    let sign = if pinned { pen.glyph("⚑", "*") } else { "" };
    let room = columns.object.min(end.saturating_sub(x));
    let (object, left) = (object(row, at.w), state.timeline.left);
    // Names of objects with the same owner differ at their ends, so the middle is left out. Scrolling shows the whole name.
    let ellipsis = if left == 0 { pen.glyph("…", "~") } else { "" };
    let object = shorten(&object, usize::from(room.saturating_sub(columns_of(sign))), ellipsis);
    let pieces = [(sign.into(), pen.style(Role::Accent)), (object, pen.style(role))];
    pen.pieces(x, at.y, &pieces, left, room);
    x += columns.object + 1;
    if columns.status > 0 && (row.status != 0 && !row.verb.is_watch_event() || failed) {
        let status = if row.status == 0 { "---".to_owned() } else { row.status.to_string() };
        pen.put(x, at.y, &status, if failed { Role::Error } else { Role::Muted }, columns.status.min(end.saturating_sub(x)));
    }
    // A hidden column leaves no gap.
    x = (x + columns.status).saturating_sub(u16::from(columns.status == 0));
    if columns.duration > 0 {
        x += columns.duration + 1;
        pen.put_right(x, at.y, &duration(row.duration), Role::Muted, columns.duration);
    }
    if let Some(span) = &row.span {
        let role = if same.is_some_and(|same| same.id == span.id) { Role::Reconcile } else { Role::Faint };
        pen.put(x + 1, at.y, &span.name, role, columns.span.min(end.saturating_sub(x + 1)));
    }
    x += 1 + columns.span + u16::from(columns.span > 0);
    let room = columns.note.min(end.saturating_sub(x));
    let summary = state.timeline.summary_of(row.seq);
    let pieces = remarks(pen, row, (note, summary), (room, columns.status == 0));
    pen.pieces(x, at.y, &pieces, state.timeline.left, end.saturating_sub(x));
}

/// Returns the user's note, what changed or why the server refused the write, and the remark of an operation. With little room, a
/// remark that does not fit is left out. `with_status`: an error has no column for its status.
fn remarks<'a>(
    pen: &Pen<'_>,
    row: &'a Row,
    (note, summary): (&str, Option<&'a RowSummary>),
    (room, with_status): (u16, bool),
) -> Vec<Piece<'a>> {
    let mut pieces: Vec<Piece<'a>> = Vec::with_capacity(4);
    if !note.is_empty() {
        pieces.push((format!("{} {note}  ", pen.glyph(NOTE.0, NOTE.1)).into(), pen.style(Role::Bookmark)));
    }
    let taken = |pieces: &[Piece<'_>]| pieces.iter().fold(0, |sum: u16, (text, _)| sum.saturating_add(columns_of(text)));
    if row.is_error() {
        let status = if with_status && row.status != 0 { format!("{} ", row.status) } else { String::new() };
        let words = match summary {
            Some(RowSummary::Refused(words)) if !words.is_empty() => words,
            _ => &*row.note,
        };
        pieces.push((format!("{status}{words}").into(), pen.style(Role::Error)));
        return pieces;
    }
    if let Some(RowSummary::Changed(summary)) = summary.filter(|_| room > 0) {
        let before = pieces.len();
        pieces.extend(changes(pen, summary, room.saturating_sub(taken(&pieces))));
        if pieces.len() > before {
            pieces.push(("  ".into(), pen.style(Role::Muted)));
        }
    }
    let left = room.saturating_sub(taken(&pieces));
    if (pieces.is_empty() && room >= 14) || columns_of(&row.note) <= left {
        pieces.push(((&*row.note).into(), pen.style(Role::Muted)));
    }
    pieces
}

/// Returns the description of the pane: the filter and the number of matches.
pub(super) fn about(state: &State, room: usize) -> String {
    let filtering = &state.filtering;
    let Some(filter) = &filtering.filter else { return String::new() };
    let counts = match (filtering.on, filtering.running) {
        (false, _) => format!("off, {}", state.hints(&[(Action::FilterSwitch, "turns it on")])),
        (true, running) => {
            let (passing, total) = (grouped(state.timeline.index.passing()), grouped(state.snapshot.lineage.len()));
            let percent = running.map_or_else(String::new, |running| format!(" scanning {}%", running.percent));
            format!("({passing}/{total}){percent}")
        }
    };
    let source = clean(filter.source());
    let whole = format!("filter: {source} {counts}");
    if width(&whole) <= room {
        return whole;
    }
    // The counts are always shown, the filter as far as it fits.
    let left = room.saturating_sub(width(&counts) + 10);
    let mut short = String::new();
    for c in source.chars() {
        if width(&short) + kuberewind_text::cells(c) > left {
            break;
        }
        short.push(c);
    }
    let dots = if state.screen.ascii { "~" } else { "…" };
    if left < 4 { counts } else { format!("filter: {short}{dots} {counts}") }
}

/// Formats the time since the mark, for the status line.
pub(super) fn since_mark(state: &State, at: Timestamp) -> Option<String> {
    let (name, from) = state.navigation.time_origin.as_ref().filter(|_| !state.navigation.marks.is_empty())?;
    let (sign, length): (_, Duration) = if at >= *from { ("+", at.since(*from)) } else { ("-", from.since(at)) };
    Some(format!("{sign}{length} from {name}"))
}

/// Returns the verb in capitals. A watch event has an arrow and is shortened if there is no room.
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
