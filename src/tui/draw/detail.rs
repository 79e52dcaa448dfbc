//! Diff, state and causes.

use ratatui::style::Style;

use crate::json::document::{Line, Sign};
use crate::json::lex::{self, Token};
use crate::model::Certainty;
use crate::tui::doc::{DocLine, LineKind, Tone};
use crate::tui::layout::{Area, Pane};
use crate::tui::state::{Detail, State};
use crate::tui::theme::Role;
use crate::tui::worker::DocKind;

use super::pen::{Pen, Piece};
use super::text::{clean, width};

/// Columns before the text: the sign and the fold.
const GUTTER: u16 = 2;

pub(super) fn draw(pen: &mut Pen<'_>, area: Area, state: &State, kind: DocKind) {
    let detail = &state.details[kind];
    for row in 0..area.h {
        let at = detail.top + usize::from(row);
        let Some(line) = detail.line_at(at) else { break };
        let place = Area { y: area.y + row, h: 1, ..area };
        draw_line(pen, place, detail, line);
        if at == detail.line && state.focus == Pane::Detail(kind) {
            pen.tint(place, Role::Selection);
        }
    }
}

fn draw_line(pen: &mut Pen<'_>, at: Area, detail: &Detail, line: &DocLine) {
    match line.kind {
        LineKind::Tree => tree(pen, at, detail, &line.line),
        LineKind::Words(tone) => words(pen, at, detail, &line.line, tone),
        LineKind::Link(_, certainty) => link(pen, at, detail, line, certainty),
    }
}

fn indent(line: &Line) -> String {
    "  ".repeat(usize::from(line.depth))
}

fn words(pen: &mut Pen<'_>, at: Area, detail: &Detail, line: &Line, tone: Tone) {
    let role = match tone {
        Tone::Plain => Role::Text,
        Tone::Muted => Role::Muted,
        Tone::Heading => Role::Heading,
        Tone::Notice => Role::Notice,
        Tone::Bad => Role::Error,
    };
    let style = pen.style(role);
    let pieces: [Piece<'_>; 2] = [(indent(line).into(), style), (line.text.as_str().into(), style)];
    pen.pieces(at.x + 1, at.y, &pieces, detail.left, at.w.saturating_sub(1));
}

fn link(pen: &mut Pen<'_>, at: Area, detail: &Detail, line: &DocLine, certainty: Option<Certainty>) {
    let (number, rest) = line.line.text.split_once(' ').unwrap_or((&line.line.text, ""));
    let pieces: [Piece<'_>; 4] = [
        (indent(&line.line).into(), Style::default()),
        (number.into(), pen.style(Role::Accent)),
        (" ".into(), Style::default()),
        (rest.into(), pen.style(Role::Text)),
    ];
    let right = u16::try_from(width(&line.right)).unwrap_or(0);
    let room = at.w.saturating_sub(right + 4);
    pen.pieces(at.x + 1, at.y, &pieces, detail.left, room);
    let role = if certainty == Some(Certainty::Guess) { Role::Notice } else { Role::Muted };
    pen.put_right((at.x + at.w).saturating_sub(1), at.y, &line.right, role, right);
}

fn tree(pen: &mut Pen<'_>, at: Area, detail: &Detail, line: &Line) {
    let (sign, role) = match line.sign {
        Sign::Same => (" ", None),
        Sign::Added => ("+", Some(Role::Added)),
        Sign::Removed => ("-", Some(Role::Removed)),
        Sign::Changed => ("~", Some(Role::Changed)),
    };
    if let Some(role) = role {
        pen.tint(at, role);
        pen.put(at.x, at.y, sign, role, 1);
    }
    let closed = detail.is_closed(line);
    let mut pieces: Vec<Piece<'_>> = vec![(indent(line).into(), Style::default())];
    if line.elision {
        let dots = pen.glyph("⋯ ", ".. ");
        pieces.push((if closed { dots } else { pen.glyph("▾ ", "v ") }.into(), pen.style(Role::Muted)));
        pieces.push((line.text.as_str().into(), pen.style(Role::Muted)));
    } else if let Some(role) = role {
        changed(pen, &mut pieces, line, role);
    } else {
        coloured(pen, &mut pieces, line);
    }
    if closed {
        let unit = if line.fold == 1 { "line" } else { "lines" };
        let dots = if line.elision { "" } else { pen.glyph("⋯ ", ".. ") };
        pieces.push((format!("  {dots}{} {unit}", line.fold).into(), pen.style(Role::Faint)));
    }
    pen.pieces(at.x + GUTTER, at.y, &pieces, detail.left, at.w.saturating_sub(GUTTER));
}

/// A line that changed: in its role, the words that differ marked.
fn changed<'a>(pen: &Pen<'_>, pieces: &mut Vec<Piece<'a>>, line: &'a Line, role: Role) {
    let (plain, marked) = (pen.style(role), pen.style(role).patch(pen.style(Role::Emphasis)));
    let mut at = 0;
    for range in &line.emphasis {
        if let (Some(before), Some(inside)) = (line.text.get(at..range.start), line.text.get(range.clone())) {
            pieces.push((before.into(), plain));
            pieces.push((inside.into(), marked));
            at = range.end;
        }
    }
    pieces.push((line.text.get(at..).unwrap_or("").into(), plain));
}

/// A line that did not change: coloured by what its parts are.
fn coloured<'a>(pen: &Pen<'_>, pieces: &mut Vec<Piece<'a>>, line: &'a Line) {
    let lexed = if line.tokens.is_empty() { lex::line(&line.text) } else { line.tokens.clone() };
    for (token, range) in lexed {
        pieces.push((clean(&line.text[range]), pen.style(role_of(token))));
    }
}

/// The role of a part of a line.
pub(super) fn role_of(token: Token) -> Role {
    match token {
        Token::Punctuation | Token::Comment => Role::Muted,
        Token::Plain => Role::Text,
        Token::Key => Role::Key,
        Token::Text => Role::String,
        Token::Number => Role::Number,
        Token::Word => Role::Word,
    }
}
