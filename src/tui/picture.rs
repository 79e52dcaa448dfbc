//! A screen as a picture: a ratatui buffer as SVG.
//!
//! Every run of cells of one style is a rectangle and a text of exactly that many cells, so nothing drifts whatever
//! font a viewer has; box-drawing characters are drawn as lines, so that they meet.

use std::fmt::Arguments;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// A cell's width and height, and the size of its text, in SVG units.
const CELL: (u32, u32, u32) = (9, 19, 15);
/// Where the text's baseline is in a cell.
const BASELINE: u32 = 14;
/// The frame around the screen.
const MARGIN: u32 = 12;

/// The terminal's own colours, for cells that name none.
#[derive(Debug, Clone, Copy)]
pub struct Paper {
    /// Default text colour.
    pub ink: (u8, u8, u8),
    /// Default background.
    pub page: (u8, u8, u8),
}

impl Paper {
    /// A dark terminal.
    pub const DARK: Paper = Paper { ink: (0xd4, 0xd7, 0xdd), page: (0x16, 0x19, 0x1f) };
    /// A light terminal.
    pub const LIGHT: Paper = Paper { ink: (0x24, 0x29, 0x30), page: (0xfb, 0xfb, 0xf9) };
}

/// The buffer as an SVG document.
#[must_use]
pub fn svg(buffer: &Buffer, paper: Paper) -> String {
    let (columns, rows) = (buffer.area.width, buffer.area.height);
    let mut out = head(columns, rows, paper);
    for row in 0..rows {
        push_row(&mut out, buffer, row, paper);
    }
    out.push_str("</svg>\n");
    out
}

/// The beginning of a document for so many cells.
pub(super) fn head(columns: u16, rows: u16, paper: Paper) -> String {
    let (width, height) = (u32::from(columns) * CELL.0 + 2 * MARGIN, u32::from(rows) * CELL.1 + 2 * MARGIN);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         xml:space=\"preserve\" font-family=\"'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"{}\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{}\"/>\n",
        CELL.2,
        hex(paper.page),
    )
}

/// One row of cells.
pub(super) fn push_row(out: &mut String, buffer: &Buffer, row: u16, paper: Paper) {
    let mut column = 0;
    while column < buffer.area.width {
        let end = run_end(buffer, column, row);
        push_run(out, buffer, (column, end), row, paper);
        column = end;
    }
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

fn push_run(out: &mut String, buffer: &Buffer, (start, end): (u16, u16), row: u16, paper: Paper) {
    let cell = &buffer[(start, row)];
    let (mut ink, mut page) = (rgb(cell.fg, paper.ink), rgb(cell.bg, paper.page));
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut ink, &mut page);
    }
    let (x, y) = (MARGIN + u32::from(start) * CELL.0, MARGIN + u32::from(row) * CELL.1);
    let wide = u32::from(end - start) * CELL.0;
    if page != paper.page {
        push(out, format_args!("<rect x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{}\" fill=\"{}\"/>", CELL.1, hex(page)));
    }
    let text: String = (start..end).map(|column| buffer[(column, row)].symbol()).collect();
    if text.trim().is_empty() {
        return;
    }
    if let Some(strokes) = strokes(cell.symbol()) {
        for column in 0..u32::from(end - start) {
            push_strokes(out, strokes, (x + column * CELL.0, y), ink);
        }
        return;
    }
    let mut style = String::new();
    for (modifier, attribute) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
        (Modifier::DIM, " opacity=\"0.65\""),
    ] {
        if cell.modifier.contains(modifier) {
            style.push_str(attribute);
        }
    }
    let blanks = text.len() - text.trim_start().len();
    let shown = text.trim();
    let left = x + u32::try_from(blanks).unwrap_or(0) * CELL.0;
    let length = u32::try_from(crate::text::width(shown)).unwrap_or(0) * CELL.0;
    push(
        out,
        format_args!(
            "<text x=\"{left}\" y=\"{}\" textLength=\"{length}\" fill=\"{}\"{style}>{}</text>",
            y + BASELINE,
            hex(ink),
            escape(shown),
        ),
    );
}

/// Which arms a line character has: up, down, left, right.
fn strokes(symbol: &str) -> Option<[bool; 4]> {
    Some(match symbol {
        "─" | "━" | "═" => [false, false, true, true],
        "│" | "┃" => [true, true, false, false],
        "┌" | "╭" => [false, true, false, true],
        "┐" | "╮" => [false, true, true, false],
        "└" | "╰" => [true, false, false, true],
        "┘" | "╯" => [true, false, true, false],
        "├" => [true, true, false, true],
        "┤" => [true, true, true, false],
        "┬" => [false, true, true, true],
        "┴" => [true, false, true, true],
        "┼" => [true, true, true, true],
        _ => return None,
    })
}

fn push_strokes(out: &mut String, [up, down, left, right]: [bool; 4], (x, y): (u32, u32), ink: (u8, u8, u8)) {
    let (middle, centre) = (y + CELL.1 / 2, x + CELL.0 / 2);
    let mut path = String::new();
    for (arm, end) in [(up, (centre, y)), (down, (centre, y + CELL.1)), (left, (x, middle)), (right, (x + CELL.0, middle))] {
        if arm {
            path.push_str(&format!("M{centre} {middle}L{} {}", end.0, end.1));
        }
    }
    push(out, format_args!("<path d=\"{path}\" stroke=\"{}\" fill=\"none\"/>", hex(ink)));
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
    use ratatui::style::{Color, Style};

    use super::{Paper, svg};

    #[test]
    fn a_run_is_one_text_of_its_width() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
        buffer.set_string(0, 0, "a<b", Style::new().fg(Color::Red));
        buffer.set_string(3, 0, "──", Style::new());
        let picture = svg(&buffer, Paper::DARK);
        assert!(picture.contains("textLength=\"27\" fill=\"#d05b5b\">a&lt;b</text>"), "{picture}");
        assert_eq!(picture.matches("<path").count(), 2);
    }
}
