//! The focused pane without a screen: its rows or its lines, all of them, folds open.

use crate::render::document::Sign;
use crate::text::{counted, grouped};
use crate::tui::doc::{Doc, DocLine};
use crate::tui::draw::clean;
use crate::tui::row::Row;
use crate::tui::screenshot::screenshot;
use crate::tui::state::State;
use crate::tui::theme::{Depth, Theme};
use crate::tui::view::Pane;

/// What a pane holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Rows of the timeline.
    Rows {
        /// Those on the screen, or in a range.
        rows: Vec<Row>,
        /// How many more the range has.
        left: u64,
    },
    /// A document.
    Doc {
        /// Its pane's name.
        pane: &'static str,
        /// The whole of it.
        doc: Doc,
    },
    /// A view that is no document: as it stands on the screen.
    Drawn {
        /// Its pane's name.
        pane: &'static str,
        /// Its lines.
        lines: Vec<String>,
    },
}

impl Content {
    /// Of the pane that has the focus; `None` where it still shows another moment.
    #[must_use]
    pub fn of(state: &State) -> Option<Content> {
        Some(match state.panes.focus {
            Pane::Detail(kind) => {
                let detail = &state.details[kind];
                let is_new = |doc: &&Doc| detail.asked.as_ref().is_none_or(|wish| wish.at == doc.at);
                let doc = detail.doc.as_deref().filter(is_new)?;
                Content::Doc { pane: state.panes.focus.name(), doc: doc.clone() }
            }
            Pane::Objects | Pane::Lanes => Content::Drawn { pane: state.panes.focus.name(), lines: drawn(state)? },
            Pane::Timeline => {
                let height =
                    state.layout().inner(Pane::Timeline).map_or(u64::from(state.screen.size.1), |area| u64::from(area.h));
                let top = state.timeline.top;
                let rows = (top..top.saturating_add(height)).filter_map(|at| state.timeline.row(at)).cloned().collect();
                Content::Rows { rows, left: 0 }
            }
        })
    }

    /// What a command gets as its input: an object as YAML, everything else as text.
    #[must_use]
    pub fn input(&self) -> String {
        match self {
            Content::Doc { pane: "State", .. } => super::structured::yaml(self, 0),
            _ => self.text(0),
        }
    }

    /// How many operations there are of a range, and whether these are all; of a document, that it is not all; '' where
    /// there is nothing to say.
    #[must_use]
    pub fn remark(&self) -> String {
        let (rows, left) = match self {
            Content::Rows { rows, left } => (rows, left),
            Content::Doc { doc, .. } if doc.left_out > 0 => {
                let left_out = u64::try_from(doc.left_out).unwrap_or(u64::MAX);
                return format!("without {}, which are too many", counted(left_out, "further line"));
            }
            Content::Doc { .. } | Content::Drawn { .. } => return String::new(),
        };
        let len = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        match left {
            0 => counted(len, "operation"),
            _ => format!(
                "only the first {} of {} operations, more are not taken at once",
                grouped(len),
                grouped(len.saturating_add(*left))
            ),
        }
    }

    /// How many values in it were redacted when they were recorded.
    #[must_use]
    pub fn redacted(&self) -> usize {
        match self {
            Content::Rows { rows, .. } => rows.iter().map(|row| count_redacted(&row.note)).sum(),
            Content::Drawn { lines, .. } => lines.iter().map(|line| count_redacted(line)).sum(),
            Content::Doc { doc, .. } => doc.lines.iter().map(|line| count_redacted(&line.line.text)).sum(),
        }
    }

    /// As text. What a terminal would obey is escaped.
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
        if redacted > 0 {
            text.push_str(&format!("# {redacted} redacted: a keyed hash stands for the value\n"));
        }
        text
    }
}

/// The inside of the focused pane, line by line.
fn drawn(state: &State) -> Option<Vec<String>> {
    let theme = Theme::load("mono", Depth::None).ok()?;
    let screen = screenshot(state, &theme).ok()?;
    let area = state.layout().inner(state.panes.focus)?;
    let row = |y| {
        let cells = (area.x..area.x.saturating_add(area.w)).filter_map(|x| screen.cell((x, y)));
        cells.map(ratatui::buffer::Cell::symbol).collect::<String>().trim_end().to_owned()
    };
    let mut lines: Vec<String> = (area.y..area.y.saturating_add(area.h)).map(row).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    Some(lines)
}

/// What stands for a redacted value: in the open, and as base64 in the data of Secrets.
const REDACTED: [&str; 2] = ["redacted:", "cmVkYWN0ZWQ6"];

pub(super) fn count_redacted(text: &str) -> usize {
    REDACTED.iter().map(|mark| text.matches(mark).count()).sum()
}

/// The sign of a line of a difference.
#[must_use]
pub fn sign(sign: Sign) -> &'static str {
    match sign {
        Sign::Same => " ",
        Sign::Added => "+",
        Sign::Removed => "-",
        Sign::Changed => "~",
    }
}

/// A line of a document with its sign and indentation.
pub(super) fn line_text(line: &DocLine) -> String {
    let indent = "  ".repeat(usize::from(line.line.depth));
    let right = if line.right.is_empty() { String::new() } else { format!("  {}", line.right) };
    format!("{} {indent}{}{right}", sign(line.line.sign), line.line.text)
}

/// A row in a line.
#[must_use]
pub(in crate::tui) fn row_text(row: &Row) -> String {
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
