//! Content as text.

use ratatui::buffer::{Buffer, Cell};

use crate::doc::DocLine;
use crate::row::Row;
use kuberewind_render::document::Sign;
use kuberewind_text::clean;

use super::content::Content;
use super::redacted;

impl Content {
    /// Returns the content as text. Characters that a terminal would interpret are escaped.
    #[must_use]
    pub fn text(&self, redacted: usize) -> String {
        let mut text = String::new();
        match self {
            Content::Rows { rows, left } => {
                for row in rows {
                    text.push_str(&clean(&row_text(row)));
                    text.push('\n');
                }
                if *left > 0 {
                    text.push_str(&format!("# {}\n", self.remark()));
                }
            }
            Content::Drawn { lines, .. } => {
                for line in lines {
                    text.push_str(line);
                    text.push('\n');
                }
            }
            Content::Doc { pane, doc } => {
                text.push_str(&clean(&format!("# {pane} of {} at {}  {}", doc.title, doc.at, doc.about)));
                text.push('\n');
                for line in doc.lines.iter().filter(|line| !line.line.elision) {
                    text.push_str(&clean(&line_text(line)));
                    text.push('\n');
                }
            }
        }
        text.push_str(&redacted::remark(redacted));
        text
    }
}

/// Returns the sign of a line of a diff.
pub(super) fn sign(sign: Sign) -> &'static str {
    match sign {
        Sign::Same => " ",
        Sign::Added => "+",
        Sign::Removed => "-",
        Sign::Changed => "~",
    }
}

fn line_text(line: &DocLine) -> String {
    let indent = "  ".repeat(usize::from(line.line.depth));
    let right = if line.right.is_empty() { String::new() } else { format!("  {}", line.right) };
    format!("{} {indent}{}{right}", sign(line.line.sign), line.line.text)
}

pub(crate) fn row_text(row: &Row) -> String {
    let status = if row.status == 0 { String::new() } else { format!(" {}", row.status) };
    let span = row.span.as_ref().map_or_else(String::new, |span| format!(" {}", span.name));
    format!(
        "{} {} {} {} {}{status} {}{span} {}",
        row.seq,
        row.at.rfc3339(3),
        row.actor,
        row.verb,
        row.object_text(),
        row.duration,
        row.note
    )
}

/// Returns the characters of a screen, one line per row, without trailing spaces.
pub(crate) fn glyphs(screen: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..screen.area.height {
        let row: String = (0..screen.area.width).filter_map(|x| screen.cell((x, y))).map(Cell::symbol).collect();
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}
