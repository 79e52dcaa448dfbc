//! Searching within a document.

use crate::action::Action;
use crate::doc::Tone;
use crate::state::State;
use crate::view::DocKind;
use kuberewind_text::grouped;

impl State {
    /// Searches in the focused document, from the selected line.
    pub(super) fn search_here(&mut self, pattern: &str) {
        if let Some(kind) = self.panes.focus.doc() {
            self.details[kind].pattern = pattern.to_lowercase();
            self.next_hit(true);
        }
    }

    /// Selects the next or previous line with a match and wraps around at the end.
    pub(super) fn next_hit(&mut self, forward: bool) {
        let Some(kind) = self.panes.focus.doc() else { return };
        let detail = &mut self.details[kind];
        let (hits, here) = (detail.hits(), detail.line);
        let next = if forward {
            hits.iter().position(|at| *at > here).or((!hits.is_empty()).then_some(0))
        } else {
            hits.iter().rposition(|at| *at < here).or(hits.len().checked_sub(1))
        };
        let Some((place, line)) = next.and_then(|place| Some((place, *hits.get(place)?))) else {
            let none = format!("no visible line contains {:?}", detail.pattern);
            let (left_out, folded) =
                detail.doc.as_ref().map_or((0, false), |doc| (doc.left_out, detail.visible.len() < doc.lines.len()));
            let words = match u64::try_from(left_out).unwrap_or(u64::MAX) {
                0 => none,
                more => format!("{none}; {} more lines are not shown", grouped(more)),
            };
            let words = if folded { self.hinted(&words, &[(Action::OpenAllFolds, "opens all folds")]) } else { words };
            return self.say(Tone::Notice, words);
        };
        let wrapped = if forward { line <= here } else { line >= here };
        detail.line = line;
        let around = if wrapped && hits.len() > 1 { ", around the end" } else { "" };
        self.say(Tone::Muted, format!("match {} of {}{around}", place + 1, hits.len()));
        if kind == DocKind::Logs {
            self.cursor_to_log_line();
        }
    }
}
