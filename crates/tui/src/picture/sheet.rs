//! Drawing of cells as SVG elements.

use std::collections::BTreeSet;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Modifier;

use super::color::{hex, rgb};
use super::geometry::{BASELINE, CELL_HEIGHT, CELL_WIDTH, FONT_SIZE, MARGIN};
use super::markup::{escape, push};
use super::paper::Paper;
use super::shapes;

/// The stroke that makes letters bold, in the units of outlines.
const BOLD_STROKE: u32 = 55;

/// Returns the buffer as an SVG document.
#[must_use]
pub fn svg(buffer: &Buffer, paper: Paper) -> String {
    let mut sheet = Sheet::new(paper);
    let rows: String = (0..buffer.area.height).map(|row| sheet.row(buffer, row)).collect();
    sheet.document(buffer.area.width, buffer.area.height, &rows)
}

/// A picture in progress. All rows of a document are drawn by the same sheet.
pub(crate) struct Sheet {
    paper: Paper,
    /// Characters with an outline in the document. Each outline is defined once and referenced by its uses.
    used: BTreeSet<char>,
}

impl Sheet {
    pub(crate) fn new(paper: Paper) -> Sheet {
        Sheet { paper, used: BTreeSet::new() }
    }

    /// Returns a document of `columns` by `rows` cells around the markup of rows that this sheet has drawn.
    pub(crate) fn document(&self, columns: u16, rows: u16, drawn: &str) -> String {
        let (width, height) = (u32::from(columns) * CELL_WIDTH + 2 * MARGIN, u32::from(rows) * CELL_HEIGHT + 2 * MARGIN);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             xml:space=\"preserve\" font-family=\"'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"{FONT_SIZE}\">\n"
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

    /// Returns the markup of one row.
    pub(crate) fn row(&mut self, buffer: &Buffer, row: u16) -> String {
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
        let (x, y) = (MARGIN + u32::from(start) * CELL_WIDTH, MARGIN + u32::from(row) * CELL_HEIGHT);
        let cells = u32::from(end - start);
        if page != self.paper.page {
            let (wide, high) = (cells * CELL_WIDTH, CELL_HEIGHT);
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
        let run = Run { left: x + blanks * CELL_WIDTH, baseline: y + BASELINE, text: shown, ink, modifier: cell.modifier };
        if self.has_outlines(shown) { self.push_outlines(out, &run) } else { run.push_text(out) }
    }

    /// Returns true if the font has every character, and marks the characters as used.
    fn has_outlines(&mut self, text: &str) -> bool {
        let Some(outlines) = self.paper.outlines else { return false };
        let mut letters = text.chars().filter(|c| *c != ' ');
        letters.all(|c| self.used.contains(&c) || outlines.outline(c).is_some_and(|_| self.used.insert(c)))
    }

    /// Appends each letter as a reference to its outline.
    fn push_outlines(&self, out: &mut String, run: &Run<'_>) {
        let ink = hex(run.ink);
        let mut style = format!("fill=\"{ink}\"");
        if run.modifier.contains(Modifier::BOLD) {
            style.push_str(&format!(" stroke=\"{ink}\" stroke-width=\"{BOLD_STROKE}\""));
        }
        if run.modifier.contains(Modifier::DIM) {
            style.push_str(" opacity=\"0.65\"");
        }
        let slant = if run.modifier.contains(Modifier::ITALIC) { "skewX(-10)" } else { "" };
        let mut letters: String = (0_u32..)
            .zip(run.text.chars())
            .filter(|(_, letter)| *letter != ' ')
            .map(|(cell, letter)| match cell * CELL_WIDTH {
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

/// Returns the id of a character's outline.
fn id(character: char) -> String {
    if character.is_ascii_alphanumeric() { character.to_string() } else { format!("u{:x}", u32::from(character)) }
}

/// Returns the end of a run: cells with the same style that are all ASCII text or all the same other character.
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

/// Text of one style.
struct Run<'a> {
    left: u32,
    baseline: u32,
    text: &'a str,
    ink: (u8, u8, u8),
    modifier: Modifier,
}

impl Run<'_> {
    fn width(&self) -> u32 {
        u32::try_from(kuberewind_text::width(self.text)).unwrap_or(0) * CELL_WIDTH
    }

    /// Appends a text element that is exactly as wide as its cells.
    fn push_text(&self, out: &mut String) {
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

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Modifier, Style};

    use super::super::paper::{Outlines, Paper};
    use super::svg;

    /// A font with two characters.
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
    fn a_run_is_one_text_element_or_one_shape() {
        let picture = svg(&painted(), Paper::DARK);
        assert!(picture.contains("textLength=\"27\" fill=\"#d05b5b\">a &lt;</text>"), "{picture}");
        assert_eq!(picture.matches("<path").count(), 1, "{picture}");
        assert!(picture.contains("<rect x=\"57\" y=\"21.5\" width=\"27\" height=\"9.5\""), "{picture}");
        assert!(!picture.contains("<use"));
    }

    #[test]
    fn with_a_font_its_characters_are_outlines_and_others_are_text() {
        let picture = svg(&painted(), Paper::DARK.with_outlines(&Two));
        let letters = "fill=\"#d05b5b\"><use href=\"#a\"/><use href=\"#u3c\" x=\"18\"/></g>";
        assert!(picture.contains(letters), "{picture}");
        assert_eq!(picture.matches("d=\"M0 0h9\"").count(), 2, "each outline is defined once: {picture}");
        assert_eq!(picture.matches("<text").count(), 1, "{picture}");
        assert!(picture.contains("font-weight=\"bold\">b</text>"), "{picture}");
    }
}
