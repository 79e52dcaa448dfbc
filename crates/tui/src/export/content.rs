//! The content of the focused pane: all of its rows or lines, with all folds open.

use crate::doc::Doc;
use crate::row::Row;
use crate::state::State;
use crate::view::Pane;
use kuberewind_text::{counted, grouped};

use super::{drawn, redacted};

/// The content of a pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Operations of the timeline.
    Rows {
        /// The rows on the screen or of a range.
        rows: Vec<Row>,
        /// The number of further rows in the range.
        left: u64,
    },
    /// A document.
    Doc {
        /// The name of the pane.
        pane: &'static str,
        doc: Doc,
    },
    /// A pane without a document: its lines on the screen.
    Drawn {
        /// The name of the pane.
        pane: &'static str,
        lines: Vec<String>,
    },
}

impl Content {
    /// Returns the content of the focused pane, or `None` if it still shows another moment.
    #[must_use]
    pub fn of(state: &State) -> Option<Content> {
        Some(match state.panes.focus {
            Pane::Detail(kind) => {
                let detail = &state.details[kind];
                let is_current = |doc: &&Doc| detail.asked.as_ref().is_none_or(|wish| wish.at == doc.at);
                let doc = detail.doc.as_deref().filter(is_current)?;
                Content::Doc { pane: state.panes.focus.name(), doc: doc.clone() }
            }
            Pane::Objects | Pane::Lanes => Content::Drawn { pane: state.panes.focus.name(), lines: drawn::lines(state)? },
            Pane::Timeline => {
                let height =
                    state.layout().inner(Pane::Timeline).map_or(u64::from(state.screen.size.1), |area| u64::from(area.h));
                let top = state.timeline.top;
                let rows = (top..top.saturating_add(height)).filter_map(|at| state.timeline.row(at)).cloned().collect();
                Content::Rows { rows, left: 0 }
            }
        })
    }

    /// Describes the size of a range and truncation. Returns an empty text if there is nothing to describe.
    #[must_use]
    pub fn remark(&self) -> String {
        let (rows, left) = match self {
            Content::Rows { rows, left } => (rows, left),
            Content::Doc { doc, .. } if doc.left_out > 0 => {
                let left_out = u64::try_from(doc.left_out).unwrap_or(u64::MAX);
                return format!("without {} beyond the limit", counted(left_out, "further line"));
            }
            Content::Doc { .. } | Content::Drawn { .. } => return String::new(),
        };
        let len = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        match left {
            0 => counted(len, "operation"),
            _ => format!(
                "the first {} of {} operations: the limit of one export",
                grouped(len),
                grouped(len.saturating_add(*left))
            ),
        }
    }

    /// Returns the number of values that were redacted during recording.
    #[must_use]
    pub fn redacted(&self) -> usize {
        match self {
            Content::Rows { rows, .. } => rows.iter().map(|row| redacted::count(&row.note)).sum(),
            Content::Drawn { lines, .. } => lines.iter().map(|line| redacted::count(line)).sum(),
            Content::Doc { doc, .. } => doc.lines.iter().map(|line| redacted::count(&line.line.text)).sum(),
        }
    }
}
