//! A screen as an HTML page with its colours. Its text can be searched and copied.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Modifier;

use crate::picture::{Paper, escape, hex, rgb};
use kuberewind_text::clean;

pub(super) fn page(screen: &Buffer, paper: Paper, title: &str, redacted: usize) -> String {
    let mut rows = String::new();
    for y in 0..screen.area.height {
        row(&mut rows, screen, y, paper);
    }
    let remark =
        if redacted == 0 { String::new() } else { format!("<p>{redacted} redacted: a keyed hash replaces the value.</p>\n") };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{}</title>\n<style>\nbody {{ background: {page}; color: {ink}; }}\n\
         pre {{ font: 15px/1.27 'JetBrains Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace; }}\n</style>\n\
         <pre>\n{rows}</pre>\n{remark}</html>\n",
        escape(&clean(title)),
        page = hex(paper.page),
        ink = hex(paper.ink),
    )
}

/// Appends a row, with a span for each run of cells with the same style.
fn row(out: &mut String, screen: &Buffer, y: u16, paper: Paper) {
    let cells: Vec<&Cell> = (0..screen.area.width).filter_map(|x| screen.cell((x, y))).collect();
    for run in cells.chunk_by(|one, other| one.style() == other.style()) {
        let text: String = run.iter().map(|cell| cell.symbol()).collect();
        let style = run.first().map(|cell| css(cell, paper)).unwrap_or_default();
        if style.is_empty() {
            out.push_str(&escape(&text));
        } else {
            out.push_str(&format!("<span style=\"{style}\">{}</span>", escape(&text)));
        }
    }
    out.push('\n');
}

fn css(cell: &Cell, paper: Paper) -> String {
    let (mut ink, mut page) = (rgb(cell.fg, paper.ink), rgb(cell.bg, paper.page));
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut ink, &mut page);
    }
    let mut style = String::new();
    if ink != paper.ink {
        style.push_str(&format!("color:{};", hex(ink)));
    }
    if page != paper.page {
        style.push_str(&format!("background:{};", hex(page)));
    }
    for (modifier, rule) in [
        (Modifier::BOLD, "font-weight:bold;"),
        (Modifier::ITALIC, "font-style:italic;"),
        (Modifier::UNDERLINED, "text-decoration:underline;"),
        (Modifier::DIM, "opacity:0.65;"),
    ] {
        if cell.modifier.contains(modifier) {
            style.push_str(rule);
        }
    }
    style
}
