//! The characters that are drawn as what they stand for: lines, corners and bars, which have to meet those of the cells
//! beside them.

use super::{CELL, hex, push as push_line};

/// Draws so many cells of one character; `false` for one that is to be written.
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

/// How many eighths of its cell a bar fills, from below.
fn bar(symbol: &str) -> Option<u32> {
    let mut characters = symbol.chars();
    let only = characters.next().filter(|_| characters.next().is_none())?;
    ('\u{2581}'..='\u{2588}').contains(&only).then(|| u32::from(only) - 0x2580)
}

fn push_bar(out: &mut String, eighths: u32, cells: u32, (x, y): (u32, u32), ink: (u8, u8, u8)) {
    let high = f64::from(CELL.1 * eighths) / 8.0;
    let top = f64::from(y + CELL.1) - high;
    let (wide, ink) = (cells * CELL.0, hex(ink));
    push_line(out, format_args!("<rect x=\"{x}\" y=\"{top}\" width=\"{wide}\" height=\"{high}\" fill=\"{ink}\"/>"));
}

/// A line character.
#[derive(Clone, Copy)]
struct Line {
    /// Which arms it has: up, down, left, right.
    arms: [bool; 4],
    /// How wide it is.
    width: u32,
    /// Whether its two arms meet in a bend.
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
        path = format!("M{x} {}h{}", middle(y, CELL.1), cells * CELL.0);
    } else {
        for cell in 0..cells {
            push_cell(&mut path, line, (x + cell * CELL.0, y));
        }
    }
    let (width, ink) = (line.width, hex(ink));
    let width = if width == 1 { String::new() } else { format!(" stroke-width=\"{width}\"") };
    push_line(out, format_args!("<path d=\"{path}\" stroke=\"{ink}\"{width} fill=\"none\"/>"));
}

/// The lines of one cell.
fn push_cell(path: &mut String, line: Line, (x, y): (u32, u32)) {
    let (centre, middle) = (middle(x, CELL.0), middle(y, CELL.1));
    let [up, down, left, right] = line.arms;
    if line.round {
        let (vertical, horizontal) = (if up { y } else { y + CELL.1 }, if left { x } else { x + CELL.0 });
        return path.push_str(&format!("M{centre} {vertical}Q{centre} {middle} {horizontal} {middle}"));
    }
    for (arm, to) in [(up, format!("V{y}")), (down, format!("V{}", y + CELL.1))] {
        if arm {
            path.push_str(&format!("M{centre} {middle}{to}"));
        }
    }
    for (arm, to) in [(left, format!("H{x}")), (right, format!("H{}", x + CELL.0))] {
        if arm {
            path.push_str(&format!("M{centre} {middle}{to}"));
        }
    }
}

/// The middle of a cell's side. Cells have odd sides, so that a line of one unit lies on whole ones and is sharp.
fn middle(from: u32, side: u32) -> f64 {
    f64::from(from) + f64::from(side) / 2.0
}
