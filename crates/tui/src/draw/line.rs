//! Drawing of a line of a document.
//!
//! ```text
//! ~   replicas: 3 → 5                                                 hpa #412 exact
//! -   image: web:1              │ +   image: web:2                    (side by side)
//! ```

use std::ops::Range;

use ratatui::style::Style;

use crate::actors::ActorNames;
use crate::doc::{DocLine, LineKind, Tone};
use crate::layout::Area;
use crate::protocol::FieldAuthors;
use crate::state::{Detail, DocOptions};
use crate::theme::Role;
use crate::wrap;
use kuberewind_analysis::queries::Author;
use kuberewind_model::Certainty;
use kuberewind_model::json::lex::{self, Token};
use kuberewind_render::document::{Line, Sign};
use kuberewind_text::clean;

use super::pen::{Pen, Piece};
use super::text::width;

/// Columns before the text: the sign of the diff and a space.
const GUTTER: u16 = 2;
/// The least room for a text, however deep its indentation.
const MIN_ROOM: u16 = 8;

/// A document and the options for drawing its lines.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    pub(super) detail: &'a Detail,
    pub(super) beside: bool,
    pub(super) look: DocOptions,
    pub(super) gutter: u16,
    pub(super) blames: Option<&'a FieldAuthors>,
    pub(super) actors: &'a ActorNames,
}

/// A line on one side of a diff.
struct Side<'a> {
    line: &'a Line,
    text: &'a str,
    cut: Option<Range<usize>>,
    emphasis: &'a [Range<usize>],
    role: Option<Role>,
    sign: &'static str,
}

/// Draws a line. Returns the number of rows that it takes, or `None` after the last line.
pub(super) fn draw(pen: &mut Pen<'_>, at: Area, lines: &Lines<'_>, index: usize) -> Option<u16> {
    let line = lines.detail.line_at(index)?;
    Some(match line.kind {
        LineKind::Tree if lines.beside => beside(pen, at, lines, line, lines.detail.before_at(index)),
        LineKind::Tree => {
            let room = Area { w: at.w.saturating_sub(lines.gutter), ..at };
            let taken = side(pen, room, lines, &whole(&line.line));
            writer(pen, at, lines, &line.line);
            taken
        }
        LineKind::Words(tone) | LineKind::Log(_, tone) => words(pen, at, lines, line, tone),
        LineKind::Row(_) | LineKind::Session(_) => words(pen, at, lines, line, Tone::Plain),
        LineKind::Link(..) => link(pen, at, lines, line),
    })
}

/// Returns true for a line that matches the search.
pub(super) fn matches(detail: &Detail, index: usize) -> bool {
    let matches = |line: &DocLine| line.line.text.to_lowercase().contains(&detail.pattern);
    !detail.pattern.is_empty() && (detail.line_at(index).is_some_and(matches) || detail.before_at(index).is_some_and(matches))
}

/// Draws a parent that stays at the top of the pane.
pub(super) fn parent(pen: &mut Pen<'_>, at: Area, lines: &Lines<'_>, line: usize) {
    let line = lines.detail.doc.as_ref().and_then(|doc| doc.lines.get(line));
    if let Some(line) = line {
        let once = Lines { look: DocOptions { wrap: false, ..lines.look }, ..*lines };
        side(pen, at, &once, &whole(&line.line));
    }
}

/// Returns the number of rows that a line takes when it wraps.
pub(super) fn rows(lines: &Lines<'_>, index: usize, width: u16) -> usize {
    let Some(line) = lines.detail.line_at(index) else { return 1 };
    let taken = |line: &Line, text: &str, width: u16| wrap::rows(text, usize::from(room(line, width).1));
    match line.kind {
        LineKind::Tree if lines.beside => {
            let half = halves(width, lines.gutter).0;
            let before = lines.detail.before_at(index).map_or(1, |before| taken(&before.line, &before.line.text, half));
            taken(&line.line, &line.line.text, half).max(before)
        }
        LineKind::Tree => taken(&line.line, &line.line.text, width.saturating_sub(lines.gutter)),
        LineKind::Words(_) | LineKind::Log(..) | LineKind::Row(_) | LineKind::Session(_) => {
            taken(&line.line, &line.line.text, width)
        }
        LineKind::Link(..) => {
            let right = if line.right.is_empty() { 0 } else { width_of(&line.right).min(width / 2) + 2 };
            let indent = line.line.depth.saturating_mul(2).min(width / 3);
            wrap::rows(&line.line.text, usize::from(width.saturating_sub(2 + indent + right).max(1)))
        }
    }
}

fn width_of(text: &str) -> u16 {
    u16::try_from(width(&clean(text))).unwrap_or(u16::MAX)
}

/// Returns the first column of a line's text, and its room in cells.
fn room(line: &Line, width: u16) -> (u16, u16) {
    let indent = line.depth.saturating_mul(2).min(width.saturating_sub(GUTTER + MIN_ROOM));
    (GUTTER + indent, width.saturating_sub(GUTTER + indent).max(1))
}

/// Returns the widths of the left and the right half.
fn halves(width: u16, gutter: u16) -> (u16, u16) {
    let half = width.saturating_sub(gutter).saturating_sub(1) / 2;
    (half, width.saturating_sub(gutter).saturating_sub(half + 1))
}

fn role_of(sign: Sign) -> (&'static str, Option<Role>) {
    match sign {
        Sign::Same => (" ", None),
        Sign::Added => ("+", Some(Role::Added)),
        Sign::Removed => ("-", Some(Role::Removed)),
        Sign::Changed => ("~", Some(Role::Changed)),
    }
}

fn whole(line: &Line) -> Side<'_> {
    let (sign, role) = role_of(line.sign);
    Side { line, text: &line.text, cut: None, emphasis: &line.emphasis, role, sign }
}

/// Draws one side of a line. Returns the number of rows that it takes.
fn side(pen: &mut Pen<'_>, at: Area, lines: &Lines<'_>, side: &Side<'_>) -> u16 {
    let (indent, room) = room(side.line, at.w);
    let pieces = pieces(pen, lines, side);
    let taken = if lines.look.wrap { pen.rows(&pieces, room) } else { 1 };
    if let Some(role) = side.role {
        pen.tint(Area { h: taken.min(at.h), ..at }, role);
        pen.put(at.x, at.y, side.sign, role, 1);
    }
    if lines.look.wrap {
        pen.flow(at.x + indent, at.y, &pieces, room, at.h)
    } else {
        pen.pieces(at.x + indent, at.y, &pieces, lines.detail.left, room);
        1
    }
}

fn pieces<'a>(pen: &Pen<'_>, lines: &Lines<'_>, side: &Side<'a>) -> Vec<Piece<'a>> {
    let line = side.line;
    let closed = lines.detail.is_closed(line);
    let mut pieces: Vec<Piece<'a>> = Vec::with_capacity(6);
    if line.elision {
        let dots = if closed { pen.glyph("⋯ ", ".. ") } else { pen.glyph("▾ ", "v ") };
        pieces.push((dots.into(), pen.style(Role::Muted)));
        pieces.push((side.text.into(), pen.style(Role::Muted)));
    } else if let Some(role) = side.role {
        changed(pen, &mut pieces, side, role, lines.look.words);
    } else {
        coloured(pen, &mut pieces, line);
    }
    if closed {
        let unit = if line.fold == 1 { "line" } else { "lines" };
        let dots = if line.elision { "" } else { pen.glyph("⋯ ", ".. ") };
        pieces.push((format!("  {dots}{} {unit}", line.fold).into(), pen.style(Role::Faint)));
    }
    pieces
}

/// Adds the pieces of a changed line, with its differing words marked.
fn changed<'a>(pen: &Pen<'_>, pieces: &mut Vec<Piece<'a>>, side: &Side<'a>, role: Role, words: bool) {
    let (plain, marked) = (pen.style(role), pen.style(role).patch(pen.style(Role::Emphasis)));
    let skipped = side.cut.clone().unwrap_or(0..0);
    let mut at = 0;
    let mut push = |from: usize, to: usize, style: Style| {
        // A side of `old → new` shows only its own value.
        for part in [from..to.min(skipped.start).max(from), from.max(skipped.end)..to] {
            if part.start < part.end
                && let Some(text) = side.text.get(part)
            {
                pieces.push((text.into(), style));
            }
        }
    };
    for range in side.emphasis.iter().filter(|_| words) {
        push(at, range.start, plain);
        push(range.start.max(at), range.end, marked);
        at = range.end;
    }
    push(at, side.text.len(), plain);
}

/// Adds the pieces of an unchanged line, coloured by its tokens.
fn coloured<'a>(pen: &Pen<'_>, pieces: &mut Vec<Piece<'a>>, line: &'a Line) {
    let lexed = if line.tokens.is_empty() { lex::line(&line.text) } else { line.tokens.clone() };
    for (token, range) in lexed {
        if let Some(text) = line.text.get(range) {
            pieces.push((text.into(), pen.style(role_of_token(token))));
        }
    }
}

pub(super) fn role_of_token(token: Token) -> Role {
    match token {
        Token::Punctuation | Token::Comment => Role::Muted,
        Token::Plain => Role::Text,
        Token::Key => Role::Key,
        Token::Text => Role::String,
        Token::Number => Role::Number,
        Token::Word => Role::Word,
    }
}

/// Draws the old text on the left and the new text on the right. Returns the number of rows.
fn beside(pen: &mut Pen<'_>, at: Area, lines: &Lines<'_>, line: &DocLine, before: Option<&DocLine>) -> u16 {
    let (half, other) = halves(at.w, lines.gutter);
    let left = Area { w: half, ..at };
    let right = Area { x: at.x + half + 1, w: other, ..at };
    let (old, new) = sides(&line.line, before.map(|before| &before.line));
    let rows = [(left, old), (right, new)].into_iter().filter_map(|(area, one)| one.map(|one| side(pen, area, lines, &one)));
    let taken = rows.max().unwrap_or(1);
    for row in 0..taken.min(at.h) {
        pen.put(at.x + half, at.y + row, pen.glyph("│", "|"), Role::Border, 1);
    }
    writer(pen, at, lines, &line.line);
    taken
}

/// Returns the left and the right side of a line.
fn sides<'a>(line: &'a Line, before: Option<&'a Line>) -> (Option<Side<'a>>, Option<Side<'a>>) {
    if let Some(before) = before {
        return (Some(whole(before)), Some(whole(line)));
    }
    match line.sign {
        Sign::Same => (Some(whole(line)), Some(whole(line))),
        Sign::Removed => (Some(whole(line)), None),
        Sign::Added => (None, Some(whole(line))),
        // In `key: old → new` the first range is the old value, the second the new one.
        Sign::Changed => match line.emphasis.as_slice() {
            [old, new] => {
                let to_the_end = Some(old.end..line.text.len());
                let (removed, added) = (role_of(Sign::Removed), role_of(Sign::Added));
                let left = Side { cut: to_the_end, role: removed.1, sign: removed.0, ..whole(line) };
                let right = Side { cut: Some(old.start..new.start), role: added.1, sign: added.0, ..whole(line) };
                (Some(left), Some(right))
            }
            _ => (Some(whole(line)), Some(whole(line))),
        },
    }
}

/// Draws the writer of the value of a line.
fn writer(pen: &mut Pen<'_>, at: Area, lines: &Lines<'_>, line: &Line) {
    if lines.gutter == 0 || line.elision {
        return;
    }
    let Some(blamed) = lines.blames.and_then(|blames| blames.of(line)) else { return };
    let role = if blamed.certainty == Certainty::Exact { Role::Muted } else { Role::Notice };
    let room = lines.gutter.saturating_sub(1);
    pen.put_right(at.x + at.w, at.y, &by(blamed, lines.actors, usize::from(room)), role, room);
}

/// Formats a writer as `hpa #412 exact`, or as `#412 hpa` if there is less room.
fn by(blamed: &Author, names: &ActorNames, room: usize) -> String {
    let place = match (blamed.operation, blamed.between) {
        (Some(seq), _) => seq.to_string(),
        (None, (from, to)) => format!("{from}–{to}"),
    };
    let actor = blamed.actor.as_deref().map_or("unknown", |actor| names.short(actor));
    let certainty = blamed.certainty.as_str();
    let long = format!("{actor} {place} {certainty}");
    if width(&clean(&long)) <= room {
        return long;
    }
    let sign = match blamed.certainty {
        Certainty::Exact => "",
        Certainty::Likely => "~",
        Certainty::Guess => "?",
    };
    format!("{place}{sign} {actor}")
}

fn indent(line: &Line) -> String {
    "  ".repeat(usize::from(line.depth))
}

fn words(pen: &mut Pen<'_>, at: Area, lines: &Lines<'_>, line: &DocLine, tone: Tone) -> u16 {
    let style = pen.style(role_of_tone(tone));
    let text = line.line.text.as_str();
    let mut pieces: Vec<Piece<'_>> = Vec::with_capacity(4);
    // In a log line, the time and the level have their own styles.
    let mut begin = 0;
    for (token, range) in &line.line.tokens {
        let role = if *token == Token::Comment { Role::Faint } else { role_of_tone(tone) };
        if let Some(part) = text.get(range.clone()) {
            pieces.push((part.into(), pen.style(role)));
            begin = range.end;
        }
    }
    pieces.push((text.get(begin..).unwrap_or("").into(), style));
    if lines.look.wrap {
        let (indent, room) = room(&line.line, at.w);
        return pen.flow(at.x + indent - 1, at.y, &pieces, room, at.h);
    }
    pieces.insert(0, (indent(&line.line).into(), style));
    let right = right(pen, at, line);
    pen.pieces(at.x + 1, at.y, &pieces, lines.detail.left, at.w.saturating_sub(1 + right));
    1
}

/// Draws the text at the right edge. Returns the number of columns that it takes.
fn right(pen: &mut Pen<'_>, at: Area, line: &DocLine) -> u16 {
    if line.right.is_empty() {
        return 0;
    }
    let taken = u16::try_from(width(&clean(&line.right))).unwrap_or(0).min(at.w / 2);
    let is_guess = line.right == Certainty::Guess.as_str();
    pen.put_right((at.x + at.w).saturating_sub(1), at.y, &line.right, if is_guess { Role::Notice } else { Role::Muted }, taken);
    taken + 2
}

fn role_of_tone(tone: Tone) -> Role {
    match tone {
        Tone::Plain => Role::Text,
        Tone::Muted => Role::Muted,
        Tone::Heading => Role::Heading,
        Tone::Notice => Role::Notice,
        Tone::Bad => Role::Error,
    }
}

fn link(pen: &mut Pen<'_>, at: Area, lines: &Lines<'_>, line: &DocLine) -> u16 {
    let text = line.line.text.as_str();
    // `← #412 hpa UPDATE …` has an arrow, a number and the rest; a finding has a sign and a sentence.
    let number = if text.starts_with(['#', '←', '→']) { text.find('#').unwrap_or(0) } else { 0 };
    let end = text[number..].find(' ').map_or(text.len(), |at| number + at);
    let mut pieces: Vec<Piece<'_>> = vec![
        (indent(&line.line).into(), Style::default()),
        (text[..number].into(), pen.style(Role::Muted)),
        (text[number..end].into(), pen.style(Role::Accent)),
        (text[end..].into(), pen.style(Role::Text)),
    ];
    if lines.detail.is_closed(&line.line) {
        pieces.push((pen.glyph("  ⋯", "  ..").into(), pen.style(Role::Faint)));
    }
    let right = right(pen, at, line);
    if lines.look.wrap {
        let indent = line.line.depth.saturating_mul(2).min(at.w / 3);
        let room = at.w.saturating_sub(2 + indent + right).max(1);
        return pen.flow(at.x + 1 + indent, at.y, pieces.get(1..).unwrap_or_default(), room, at.h);
    }
    pen.pieces(at.x + 1, at.y, &pieces, lines.detail.left, at.w.saturating_sub(2 + right));
    1
}
