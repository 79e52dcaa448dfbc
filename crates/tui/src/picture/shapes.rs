//! Box-drawing and block characters as SVG shapes, so that they meet those of the neighbouring cells.

use super::color::hex;
use super::geometry::{CELL_HEIGHT, CELL_WIDTH};
use super::markup;

/// Appends `cells` cells of a character. Returns false for a character that is not a shape.
pub(super) fn push(out: &mut String, symbol: &str, cells: u32, at: (u32, u32), ink: (u8, u8, u8)) -> bool {
    if let Some(eighths) = bar(symbol) {
        push_bar(out, eighths, cells, at, ink);
    } else if let Some(line) = line(symbol) {
        push_lines(out, line, cells, at, ink);
    } else {
        return false;
    }
    true
}

/// Returns the height of a bar character in eighths of a cell.
fn bar(symbol: &str) -> Option<u32> {
    let mut characters = symbol.chars();
    let only = characters.next().filter(|_| characters.next().is_none())?;
    ('\u{2581}'..='\u{2588}').contains(&only).then(|| u32::from(only) - 0x2580)
}

fn push_bar(out: &mut String, eighths: u32, cells: u32, (x, y): (u32, u32), ink: (u8, u8, u8)) {
    let high = f64::from(CELL_HEIGHT * eighths) / 8.0;
    let top = f64::from(y + CELL_HEIGHT) - high;
    let (wide, ink) = (cells * CELL_WIDTH, hex(ink));
    markup::push(out, format_args!("<rect x=\"{x}\" y=\"{top}\" width=\"{wide}\" height=\"{high}\" fill=\"{ink}\"/>"));
}

/// A line character.
#[derive(Clone, Copy)]
struct Line {
    /// True if a line leads up, down, left and right from the centre.
    arms: [bool; 4],
    /// The stroke width.
    width: u32,
    /// True for a rounded corner.
    round: bool,
}

fn line(symbol: &str) -> Option<Line> {
    let arms = match symbol {
        "─" | "━" | "═" => [false, false, true, true],
        "│" | "┃" => [true, true, false, false],
        "╶" => [false, false, false, true],
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
    };
    let width = if matches!(symbol, "━" | "┃") { 3 } else { 1 };
    Some(Line { arms, width, round: matches!(symbol, "╭" | "╮" | "╰" | "╯") })
}

fn push_lines(out: &mut String, line: Line, cells: u32, (x, y): (u32, u32), ink: (u8, u8, u8)) {
    let mut path = String::new();
    if line.arms == [false, false, true, true] {
        path = format!("M{x} {}h{}", middle(y, CELL_HEIGHT), cells * CELL_WIDTH);
    } else {
        for cell in 0..cells {
            push_cell(&mut path, line, (x + cell * CELL_WIDTH, y));
        }
    }
    let (width, ink) = (line.width, hex(ink));
    let width = if width == 1 { String::new() } else { format!(" stroke-width=\"{width}\"") };
    markup::push(out, format_args!("<path d=\"{path}\" stroke=\"{ink}\"{width} fill=\"none\"/>"));
}

/// Appends the lines of one cell.
fn push_cell(path: &mut String, line: Line, (x, y): (u32, u32)) {
    let (centre, middle) = (middle(x, CELL_WIDTH), middle(y, CELL_HEIGHT));
    let [up, down, left, right] = line.arms;
    if line.round {
        let (vertical, horizontal) = (if up { y } else { y + CELL_HEIGHT }, if left { x } else { x + CELL_WIDTH });
        return path.push_str(&format!("M{centre} {vertical}Q{centre} {middle} {horizontal} {middle}"));
    }
    for (arm, to) in [(up, format!("V{y}")), (down, format!("V{}", y + CELL_HEIGHT))] {
        if arm {
            path.push_str(&format!("M{centre} {middle}{to}"));
        }
    }
    for (arm, to) in [(left, format!("H{x}")), (right, format!("H{}", x + CELL_WIDTH))] {
        if arm {
            path.push_str(&format!("M{centre} {middle}{to}"));
        }
    }
}

/// Returns the middle of a cell's side. Sides are odd, so that a line of width 1 is on whole units and therefore sharp.
fn middle(from: u32, side: u32) -> f64 {
    f64::from(from) + f64::from(side) / 2.0
}
