//! A screen as a picture: a ratatui buffer as SVG.
//!
//! Every run of cells of one style is a rectangle and its letters at their cells, so nothing drifts. Lines, corners and
//! bars are drawn, not written, so that they meet whatever font there is.
//!
//! Letters are text in a font of the viewer's, or, where [`Paper::outlines`] has a font, that font's outlines: each
//! character that a picture has is in it once, as a path that its places use. Then every viewer shows the same picture,
//! bold and slanted letters as well, and also one that loads no fonts: an embedded font is left out by `rsvg-convert`, and
//! by browsers where a page forbids fonts, as GitHub's raw files do.

use std::collections::BTreeSet;
use std::fmt::Arguments;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

mod shapes;

/// A cell's width and height, and the size of its text, in SVG units.
const CELL: (u32, u32, u32) = (9, 19, 15);
/// Where the text's baseline is in a cell.
const BASELINE: u32 = 14;
/// The frame around the screen.
const MARGIN: u32 = 12;

/// A cell's width in the units of [`Outlines`], which are hundredths of a picture's.
pub const ADVANCE: u16 = 900;
/// What bold letters are thicker by, in the same units.
const BOLDER: u32 = 55;

/// A font whose characters are all as wide as a cell.
pub trait Outlines: std::fmt::Debug + Sync {
    /// A character's outline as SVG path data, from the left end of its baseline, [`ADVANCE`] wide, y downwards. `None`
    /// where the font has no such character.
    fn outline(&self, character: char) -> Option<String>;
}

/// The terminal's own colours, for cells that name none, and the font.
#[derive(Debug, Clone, Copy)]
pub struct Paper {
    /// Default text colour.
    pub ink: (u8, u8, u8),
    /// Default background.
    pub page: (u8, u8, u8),
    /// The font that letters are drawn in. Without one, and for characters that it has not, they are text.
    pub outlines: Option<&'static dyn Outlines>,
}

impl Paper {
    /// A dark terminal.
    pub const DARK: Paper = Paper { ink: (0xd4, 0xd7, 0xdd), page: (0x16, 0x19, 0x1f), outlines: None };
    /// A light terminal.
    pub const LIGHT: Paper = Paper { ink: (0x24, 0x29, 0x30), page: (0xfb, 0xfb, 0xf9), outlines: None };

    /// With a font.
    #[must_use]
    pub fn drawn_with(self, outlines: &'static dyn Outlines) -> Paper {
        Paper { outlines: Some(outlines), ..self }
    }
}

/// The buffer as an SVG document.
#[must_use]
pub fn svg(buffer: &Buffer, paper: Paper) -> String {
    let mut sheet = Sheet::new(paper);
    let rows: String = (0..buffer.area.height).map(|row| sheet.row(buffer, row)).collect();
    sheet.document(buffer.area.width, buffer.area.height, &rows)
}

/// What is drawn on.
pub(super) struct Sheet {
    paper: Paper,
    /// The characters whose outlines are used.
    used: BTreeSet<char>,
}

impl Sheet {
    pub(super) fn new(paper: Paper) -> Sheet {
        Sheet { paper, used: BTreeSet::new() }
    }

    /// A document for so many cells, with rows that this sheet has drawn.
    pub(super) fn document(&self, columns: u16, rows: u16, drawn: &str) -> String {
        let (width, height) = (u32::from(columns) * CELL.0 + 2 * MARGIN, u32::from(rows) * CELL.1 + 2 * MARGIN);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             xml:space=\"preserve\" font-family=\"'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"{}\">\n",
            CELL.2,
        );
        if let Some(outlines) = self.paper.outlines {
            out.push_str("<defs>\n");
            for (character, path) in self.used.iter().filter_map(|used| Some((*used, outlines.outline(*used)?))) {
                push(&mut out, format_args!("<path id=\"{}\" transform=\"scale(.01)\" d=\"{path}\"/>", id(character)));
            }
            out.push_str("</defs>\n");
        }
        push(&mut out, format_args!("<rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{}\"/>", hex(self.paper.page)));
        out.push_str(drawn);
        out.push_str("</svg>\n");
        out
    }

    /// One row of cells.
    pub(super) fn row(&mut self, buffer: &Buffer, row: u16) -> String {
        let (mut out, mut column) = (String::new(), 0);
        while column < buffer.area.width {
            let end = run_end(buffer, column, row);
            self.push_run(&mut out, buffer, (column, end), row);
            column = end;
        }
        out
    }

    fn push_run(&mut self, out: &mut String, buffer: &Buffer, (start, end): (u16, u16), row: u16) {
        let cell = &buffer[(start, row)];
        let (mut ink, mut page) = (rgb(cell.fg, self.paper.ink), rgb(cell.bg, self.paper.page));
        if cell.modifier.contains(Modifier::REVERSED) {
            std::mem::swap(&mut ink, &mut page);
        }
        let (x, y) = (MARGIN + u32::from(start) * CELL.0, MARGIN + u32::from(row) * CELL.1);
        let cells = u32::from(end - start);
        if page != self.paper.page {
            let (wide, high) = (cells * CELL.0, CELL.1);
            push(out, format_args!("<rect x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{high}\" fill=\"{}\"/>", hex(page)));
        }
        if shapes::push(out, cell.symbol(), cells, (x, y), ink) {
            return;
        }
        let text: String = (start..end).map(|column| buffer[(column, row)].symbol()).collect();
        let shown = text.trim();
        if shown.is_empty() {
            return;
        }
        let blanks = u32::try_from(text.len() - text.trim_start().len()).unwrap_or(0);
        let run = Run { left: x + blanks * CELL.0, baseline: y + BASELINE, text: shown, ink, modifier: cell.modifier };
        if self.has(shown) { self.draw(out, &run) } else { run.write(out) }
    }

    /// Whether every character can be drawn; those that can are used.
    fn has(&mut self, text: &str) -> bool {
        let Some(outlines) = self.paper.outlines else { return false };
        let mut letters = text.chars().filter(|c| *c != ' ');
        letters.all(|c| self.used.contains(&c) || outlines.outline(c).is_some_and(|_| self.used.insert(c)))
    }

    /// The run's letters at their cells.
    fn draw(&self, out: &mut String, run: &Run<'_>) {
        let ink = hex(run.ink);
        let mut style = format!("fill=\"{ink}\"");
        if run.modifier.contains(Modifier::BOLD) {
            style.push_str(&format!(" stroke=\"{ink}\" stroke-width=\"{BOLDER}\""));
        }
        if run.modifier.contains(Modifier::DIM) {
            style.push_str(" opacity=\"0.65\"");
        }
        let slant = if run.modifier.contains(Modifier::ITALIC) { "skewX(-10)" } else { "" };
        let mut letters: String = (0_u32..)
            .zip(run.text.chars())
            .filter(|(_, letter)| *letter != ' ')
            .map(|(cell, letter)| match cell * CELL.0 {
                0 => format!("<use href=\"#{}\"/>", id(letter)),
                at => format!("<use href=\"#{}\" x=\"{at}\"/>", id(letter)),
            })
            .collect();
        if run.modifier.contains(Modifier::UNDERLINED) {
            letters.push_str(&format!("<rect y=\"2\" width=\"{}\" height=\"1\" stroke=\"none\"/>", run.width()));
        }
        push(out, format_args!("<g transform=\"translate({} {}){slant}\" {style}>{letters}</g>", run.left, run.baseline));
    }
}

/// The name of a character's outline in the document.
fn id(character: char) -> String {
    if character.is_ascii_alphanumeric() { character.to_string() } else { format!("u{:x}", u32::from(character)) }
}

/// The end of the run of cells that are drawn as one: the same style, all plain text or one line character.
fn run_end(buffer: &Buffer, start: u16, row: u16) -> u16 {
    let first = &buffer[(start, row)];
    let alone = |cell: &Cell| !cell.symbol().is_ascii();
    let mut end = start + 1;
    while end < buffer.area.width {
        let cell = &buffer[(end, row)];
        if cell.style() != first.style() || alone(first) != alone(cell) || (alone(first) && cell.symbol() != first.symbol()) {
            break;
        }
        end += 1;
    }
    end
}

/// Letters of one style.
struct Run<'a> {
    left: u32,
    baseline: u32,
    text: &'a str,
    ink: (u8, u8, u8),
    modifier: Modifier,
}

impl Run<'_> {
    fn width(&self) -> u32 {
        u32::try_from(crate::text::width(self.text)).unwrap_or(0) * CELL.0
    }

    /// As text of exactly its cells' width.
    fn write(&self, out: &mut String) {
        let mut style = String::new();
        for (modifier, attribute) in [
            (Modifier::BOLD, " font-weight=\"bold\""),
            (Modifier::ITALIC, " font-style=\"italic\""),
            (Modifier::UNDERLINED, " text-decoration=\"underline\""),
            (Modifier::DIM, " opacity=\"0.65\""),
        ] {
            if self.modifier.contains(modifier) {
                style.push_str(attribute);
            }
        }
        let (left, baseline, length, ink) = (self.left, self.baseline, self.width(), hex(self.ink));
        push(
            out,
            format_args!(
                "<text x=\"{left}\" y=\"{baseline}\" textLength=\"{length}\" fill=\"{ink}\"{style}>{}</text>",
                escape(self.text),
            ),
        );
    }
}

/// Adds a line.
fn push(out: &mut String, line: Arguments<'_>) {
    out.push_str(&line.to_string());
    out.push('\n');
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

pub(super) fn hex((red, green, blue): (u8, u8, u8)) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// The sixteen named colours: xterm's, softened.
const NAMED: [(u8, u8, u8); 16] = [
    (0x1c, 0x1f, 0x26),
    (0xd0, 0x5b, 0x5b),
    (0x6f, 0xa8, 0x6a),
    (0xc9, 0xa2, 0x4d),
    (0x5b, 0x8f, 0xd0),
    (0xa9, 0x75, 0xc4),
    (0x54, 0xa9, 0xad),
    (0xb4, 0xb8, 0xc0),
    (0x6b, 0x70, 0x7a),
    (0xec, 0x7f, 0x7f),
    (0x93, 0xcb, 0x8d),
    (0xe6, 0xc4, 0x75),
    (0x85, 0xb2, 0xec),
    (0xcb, 0x9a, 0xe2),
    (0x7d, 0xcc, 0xd0),
    (0xee, 0xf0, 0xf3),
];

/// A colour in numbers.
pub(super) fn rgb(color: Color, default: (u8, u8, u8)) -> (u8, u8, u8) {
    let named = match color {
        Color::Reset => return default,
        Color::Rgb(red, green, blue) => return (red, green, blue),
        Color::Indexed(index) => return indexed(index),
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    };
    NAMED[named]
}

/// xterm's 256 colours: the named ones, a cube of six levels, 24 greys.
fn indexed(index: u8) -> (u8, u8, u8) {
    let level = |step: u8| if step == 0 { 0 } else { 55 + step * 40 };
    match index {
        0..=15 => NAMED[usize::from(index)],
        16..=231 => {
            let cube = index - 16;
            (level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        grey => {
            let value = 8 + (grey - 232) * 10;
            (value, value, value)
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Modifier, Style};

    use super::{Outlines, Paper, svg};

    /// Knows two letters.
    #[derive(Debug)]
    struct Two;

    impl Outlines for Two {
        fn outline(&self, character: char) -> Option<String> {
            matches!(character, 'a' | '<').then(|| "M0 0h9".to_owned())
        }
    }

    fn painted() -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 9, 1));
        buffer.set_string(0, 0, "a <", Style::new().fg(Color::Red));
        buffer.set_string(3, 0, "──", Style::new());
        buffer.set_string(5, 0, "▄▄▄", Style::new());
        buffer.set_string(8, 0, "b", Style::new().add_modifier(Modifier::BOLD));
        buffer
    }

    #[test]
    fn a_run_is_one_text_of_its_width_and_one_line_or_bar() {
        let picture = svg(&painted(), Paper::DARK);
        assert!(picture.contains("textLength=\"27\" fill=\"#d05b5b\">a &lt;</text>"), "{picture}");
        assert_eq!(picture.matches("<path").count(), 1, "{picture}");
        assert!(picture.contains("<rect x=\"57\" y=\"21.5\" width=\"27\" height=\"9.5\""), "{picture}");
        assert!(!picture.contains("<use"));
    }

    #[test]
    fn with_a_font_letters_are_its_outlines_and_what_it_has_not_is_text() {
        let picture = svg(&painted(), Paper::DARK.drawn_with(&Two));
        let letters = "fill=\"#d05b5b\"><use href=\"#a\"/><use href=\"#u3c\" x=\"18\"/></g>";
        assert!(picture.contains(letters), "{picture}");
        assert_eq!(picture.matches("d=\"M0 0h9\"").count(), 2, "each character once: {picture}");
        assert_eq!(picture.matches("<text").count(), 1, "{picture}");
        assert!(picture.contains("font-weight=\"bold\">b</text>"), "{picture}");
    }
}
