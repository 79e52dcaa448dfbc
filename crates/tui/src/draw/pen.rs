//! Writing of text into the cells of a frame: escaped and clipped.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::border;
use ratatui::text::Span;
use ratatui::widgets::{Block, Clear, Paragraph, Widget, Wrap};

use crate::layout::Area;
use crate::theme::{Role, Theme, readable};
use crate::wrap;
use kuberewind_text::{cells, clean};

use super::text::width;

/// A border of ASCII characters.
const ASCII_BORDER: border::Set<'_> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

fn rect(area: Area) -> Rect {
    Rect { x: area.x, y: area.y, width: area.w, height: area.h }
}

/// Text in one style.
pub(super) type Piece<'a> = (Cow<'a, str>, Style);

/// The buffer of a frame, with the area and the theme to draw with.
pub(super) struct Pen<'a> {
    cells: &'a mut Buffer,
    clip: Rect,
    theme: &'a Theme,
    /// The selected rows.
    selected: Vec<Rect>,
    /// True if only ASCII characters are drawn.
    pub(super) ascii: bool,
}

impl<'a> Pen<'a> {
    pub(super) fn new(cells: &'a mut Buffer, area: Rect, theme: &'a Theme, ascii: bool) -> Pen<'a> {
        let clip = area.intersection(cells.area);
        Pen { cells, clip, theme, selected: Vec::new(), ascii }
    }

    pub(super) fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// Returns `fine`, or `plain` if only ASCII characters are drawn.
    pub(super) fn glyph(&self, fine: &'static str, plain: &'static str) -> &'static str {
        if self.ascii { plain } else { fine }
    }

    /// Clears an area.
    pub(super) fn fill(&mut self, area: Area, role: Role) {
        let rect = rect(area).intersection(self.cells.area);
        Clear.render(rect, self.cells);
        self.cells.set_style(rect, self.style(role));
    }

    /// Draws a rounded border.
    pub(super) fn border(&mut self, area: Area, role: Role) {
        if area.w < 2 || area.h < 2 {
            return;
        }
        let set = if self.ascii { ASCII_BORDER } else { border::ROUNDED };
        let block = Block::bordered().border_set(set).border_style(self.style(role));
        block.render(rect(area).intersection(self.clip), self.cells);
    }

    /// Changes the style of an area.
    pub(super) fn tint(&mut self, area: Area, role: Role) {
        let area = rect(area).intersection(self.clip);
        self.cells.set_style(area, self.style(role));
        if matches!(role, Role::Selection | Role::Resting) {
            self.selected.push(area);
        }
    }

    /// Makes the text of selected rows readable. Call it once, after everything is drawn.
    pub(super) fn finish(self) {
        let text = self.style(Role::Text).fg;
        // Most cells have the style of the one before.
        let mut last = (Style::default(), readable(Style::default(), text));
        for area in self.selected {
            for position in area.positions() {
                if let Some(cell) = self.cells.cell_mut(position) {
                    let drawn = cell.style();
                    if drawn != last.0 {
                        last = (drawn, readable(drawn, text));
                    }
                    let style = last.1;
                    cell.modifier = style.add_modifier.difference(style.sub_modifier);
                    cell.fg = style.fg.unwrap_or(cell.fg);
                    cell.bg = style.bg.unwrap_or(cell.bg);
                }
            }
        }
    }

    /// Writes a text in at most `max` cells. Returns the column after it.
    pub(super) fn put(&mut self, x: u16, y: u16, text: &str, role: Role, max: u16) -> u16 {
        let style = self.style(role);
        self.pieces(x, y, &[(text.into(), style)], 0, max)
    }

    /// Writes a text that ends before column `end`.
    pub(super) fn put_right(&mut self, end: u16, y: u16, text: &str, role: Role, max: u16) {
        let taken = u16::try_from(width(&clean(text))).unwrap_or(u16::MAX).min(max);
        self.put(end.saturating_sub(taken), y, text, role, taken);
    }

    /// Writes pieces one after the other without their first `skip` cells. Truncated text ends with an ellipsis. Returns the
    /// column after it.
    pub(super) fn pieces(&mut self, x: u16, y: u16, pieces: &[Piece<'_>], skip: u16, max: u16) -> u16 {
        let max = max.min(self.clip.right().saturating_sub(x));
        if max == 0 || y < self.clip.y || y >= self.clip.bottom() || x < self.clip.x {
            return x;
        }
        let (mut at, end) = (x, x + max);
        let mut skip = usize::from(skip);
        for (text, style) in pieces {
            let text = self.plain(clean(text));
            let mut rest: &str = &text;
            while skip > 0 {
                let Some(c) = rest.chars().next() else { break };
                skip = skip.saturating_sub(cells(c));
                rest = &rest[c.len_utf8()..];
            }
            if at >= end {
                if !rest.is_empty() {
                    self.ellipsis(end - 1, y);
                }
                return end;
            }
            let room = usize::from(end - at);
            let fits = width(rest) <= room;
            at = self.cells.set_stringn(at, y, rest, room, *style).0;
            if !fits {
                self.ellipsis(end - 1, y);
                return end;
            }
        }
        at
    }

    /// Writes pieces one after the other, wrapped to rows of `room` cells, and stops after `most` rows. Returns the number of rows
    /// that the whole text takes.
    pub(super) fn flow(&mut self, x: u16, y: u16, pieces: &[Piece<'_>], room: u16, most: u16) -> u16 {
        let cleaned: Vec<(Cow<'_, str>, Style)> = pieces.iter().map(|(text, style)| (self.plain(clean(text)), *style)).collect();
        let whole: String = cleaned.iter().map(|(text, _)| &**text).collect();
        let rows = wrap::breaks(&whole, usize::from(room));
        for (row, range) in (0..most).zip(&rows) {
            let y = y.saturating_add(row);
            if y >= self.clip.bottom() || x >= self.clip.right() {
                break;
            }
            let (mut at, mut begin) = (x, 0);
            for (text, style) in &cleaned {
                let part = range.start.max(begin)..range.end.min(begin + text.len());
                if let Some(part) = whole.get(part).filter(|part| !part.is_empty()) {
                    let left = usize::from(self.clip.right().saturating_sub(at));
                    at = self.cells.set_stringn(at, y, part, left, *style).0;
                }
                begin += text.len();
            }
        }
        u16::try_from(rows.len()).unwrap_or(u16::MAX)
    }

    /// Returns the number of rows of `room` cells that the pieces take.
    pub(super) fn rows(&mut self, pieces: &[Piece<'_>], room: u16) -> u16 {
        self.flow(0, 0, pieces, room, 0)
    }

    /// Replaces the typographic characters of our own sentences, if only ASCII characters are drawn.
    fn plain<'t>(&self, text: Cow<'t, str>) -> Cow<'t, str> {
        if !self.ascii || text.is_ascii() {
            return text;
        }
        const PLAIN: &[(char, &str)] = &[
            ('→', "->"),
            ('←', "<-"),
            ('↔', "<->"),
            ('“', "\""),
            ('”', "\""),
            ('µ', "u"),
            ('–', "-"),
            ('…', ".."),
            ('■', "#"),
            ('·', "-"),
            ('×', "x"),
        ];
        let mut plain = String::with_capacity(text.len());
        for c in text.chars() {
            match PLAIN.iter().find(|(fine, _)| *fine == c) {
                Some((_, instead)) => plain.push_str(instead),
                None => plain.push(c),
            }
        }
        Cow::Owned(plain)
    }

    fn ellipsis(&mut self, x: u16, y: u16) {
        let (glyph, style) = (self.glyph("…", "~"), self.style(Role::Faint));
        self.cells.set_stringn(x, y, glyph, 1, style);
    }

    /// Writes a text over several rows, wrapped at spaces.
    pub(super) fn wrapped(&mut self, area: Area, text: &str, role: Role) {
        let paragraph = Paragraph::new(Span::styled(text, self.style(role))).wrap(Wrap { trim: true });
        paragraph.render(rect(area).intersection(self.clip), self.cells);
    }
}
