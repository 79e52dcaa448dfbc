//! A detail pane: a document, its folds, and the selected line.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::doc::{Doc, DocLine, LineKind, Tone};
use crate::protocol::DocRequest;
use kuberewind_render::document::{Line, Sign};

/// The most parents that stay visible above their lines.
const MAX_STICKY: usize = 3;

/// The most saved folds.
const MAX_FOLDS: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    Open,
    Close,
    Toggle,
}

/// A row of the pane: a line of the document, and in a side-by-side diff the line that it replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisibleLine {
    pub line: usize,
    /// The replaced line.
    pub before: Option<usize>,
}

#[derive(Debug, Clone, Default)]
pub struct Detail {
    pub doc: Option<Arc<Doc>>,
    /// The generation of the last reply.
    pub generation: u64,
    /// The last request.
    pub asked: Option<DocRequest>,
    /// The lines outside closed folds.
    pub visible: Vec<VisibleLine>,
    /// The selected line, as an index of `visible`.
    pub line: usize,
    /// The first line on the screen.
    pub top: usize,
    /// Columns that are scrolled away.
    pub left: u16,
    /// The text of the search in the document, in lower case; '' for none.
    pub pattern: String,
    side_by_side: bool,
    all: Option<bool>,
    folds: BTreeMap<(Arc<str>, bool), bool>,
    /// Saved folds that wait for their document.
    remembered: Option<Folds>,
}

/// The folds of a document, as they are saved.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Folds {
    title: String,
    /// For each line that the user folded or opened: its path, whether it replaces elided lines, and whether it is open.
    lines: Vec<(String, bool, bool)>,
}

impl Folds {
    fn keyed(self) -> impl Iterator<Item = ((Arc<str>, bool), bool)> {
        self.lines.into_iter().map(|(path, elision, open)| ((Arc::from(path), elision), open))
    }
}

impl Detail {
    /// The folds to save; `None` if the user changed none.
    #[must_use]
    pub fn folds(&self) -> Option<Folds> {
        let title = self.doc.as_ref().filter(|_| !self.folds.is_empty())?.title.clone();
        let lines = self.folds.iter().take(MAX_FOLDS).map(|((path, elision), open)| (path.to_string(), *elision, *open));
        Some(Folds { title, lines: lines.collect() })
    }

    /// Sets saved folds, which apply when their document arrives.
    pub fn remember(&mut self, folds: Folds) {
        self.remembered = Some(folds);
    }

    /// Takes a document. For the same object, selected line and folds are kept.
    pub fn take(&mut self, doc: Arc<Doc>, generation: u64) {
        let same = self.doc.as_ref().is_some_and(|old| old.title == doc.title);
        if !same {
            let remembered = self.remembered.take().filter(|folds| folds.title == doc.title);
            self.folds = remembered.map(|folds| folds.keyed().collect()).unwrap_or_default();
            self.left = 0;
        }
        let initial = doc.initial_line;
        self.doc = Some(doc);
        self.generation = generation;
        self.unfold();
        let wanted = match initial {
            Some(line) => Some(self.row_of(line)),
            None => self.first_change(),
        };
        if !same || wanted.is_some() {
            self.line = wanted.unwrap_or(0);
            self.top = self.line.saturating_sub(3);
        }
        self.line = self.line.min(self.visible.len().saturating_sub(1));
    }

    /// Shows old and new lines side by side, or one below the other.
    pub fn arrange(&mut self, side_by_side: bool) {
        if self.side_by_side != side_by_side {
            let here = self.visible.get(self.line).map_or(0, |shown| shown.line);
            self.side_by_side = side_by_side;
            self.unfold();
            self.line = self.row_of(here);
        }
    }

    /// The row of a document line. For a folded line, the row of its fold.
    #[must_use]
    pub fn row_of(&self, line: usize) -> usize {
        self.visible.partition_point(|shown| shown.line.min(shown.before.unwrap_or(usize::MAX)) <= line).saturating_sub(1)
    }

    /// The visible lines with changes.
    #[must_use]
    pub fn changed(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        (0..self.visible.len()).filter(|at| self.line_at(*at).is_some_and(|line| line.line.sign != Sign::Same))
    }

    /// The first change outside the metadata, else the first change. A warning above the tree comes first.
    fn first_change(&self) -> Option<usize> {
        if matches!(self.line_at(0).map(|line| line.kind), Some(LineKind::Words(Tone::Bad | Tone::Notice))) {
            return Some(0);
        }
        let own = |at: &usize| self.line_at(*at).is_some_and(|line| !line.line.path.starts_with("/metadata"));
        self.changed().find(own).or_else(|| self.changed().next())
    }

    #[must_use]
    pub fn line_at(&self, at: usize) -> Option<&DocLine> {
        self.doc.as_ref()?.lines.get(self.visible.get(at)?.line)
    }

    /// The selected line.
    #[must_use]
    pub fn here(&self) -> Option<&DocLine> {
        self.line_at(self.line)
    }

    /// The line that a visible line replaces.
    #[must_use]
    pub fn before_at(&self, at: usize) -> Option<&DocLine> {
        self.doc.as_ref()?.lines.get(self.visible.get(at)?.before?)
    }

    /// The visible lines that contain the search text.
    #[must_use]
    pub fn hits(&self) -> Vec<usize> {
        if self.pattern.is_empty() {
            return Vec::new();
        }
        let holds = |at: &usize| {
            let lines = [self.line_at(*at), self.before_at(*at)];
            lines.into_iter().flatten().any(|line| line.line.text.to_lowercase().contains(&self.pattern))
        };
        (0..self.visible.len()).filter(holds).collect()
    }

    /// True if the lines below this one are folded.
    #[must_use]
    pub fn is_closed(&self, line: &Line) -> bool {
        line.fold > 0 && !self.folds.get(&(line.path.clone(), line.elision)).copied().or(self.all).unwrap_or(!line.closed)
    }

    /// Folds or opens the selected line.
    pub fn fold(&mut self, how: Fold) {
        let Some(line) = self.here().filter(|line| line.line.fold > 0).map(|line| line.line.clone()) else { return };
        let open = match how {
            Fold::Open => true,
            Fold::Close => false,
            Fold::Toggle => self.is_closed(&line),
        };
        self.folds.insert((line.path, line.elision), open);
        self.unfold();
    }

    pub fn fold_all(&mut self, open: bool) {
        let here = self.visible.get(self.line).map_or(0, |shown| shown.line);
        self.folds.clear();
        self.all = Some(open);
        self.unfold();
        self.line = self.row_of(here);
    }

    fn unfold(&mut self) {
        self.visible.clear();
        let Some(doc) = self.doc.clone() else { return };
        let mut at = 0;
        while let Some(line) = doc.lines.get(at) {
            self.visible.push(VisibleLine { line: at, before: None });
            let skipped = if self.is_closed(&line.line) { usize::try_from(line.line.fold).unwrap_or(usize::MAX) } else { 0 };
            at = at.saturating_add(1).saturating_add(skipped);
        }
        if self.side_by_side {
            self.visible = paired(&self.visible, |at| doc.lines.get(at).map_or(Sign::Same, |line| line.line.sign));
        }
    }

    pub fn go(&mut self, by: i64) {
        let last = self.visible.len().saturating_sub(1);
        let to = i64::try_from(self.line).unwrap_or(i64::MAX).saturating_add(by).max(0);
        self.line = usize::try_from(to).unwrap_or(usize::MAX).min(last);
    }

    /// Scrolls by lines; the selected line stays on the screen.
    pub fn scroll(&mut self, by: i64, height: u16) {
        let height = usize::from(height.max(1));
        let last = self.visible.len().saturating_sub(height);
        let to = i64::try_from(self.top).unwrap_or(i64::MAX).saturating_add(by).max(0);
        self.top = usize::try_from(to).unwrap_or(usize::MAX).min(last);
        let end = (self.top + height - 1).min(self.visible.len().saturating_sub(1));
        let first = if self.top == 0 { 0 } else { self.top + margin(height) };
        self.line = self.line.clamp(first.min(end), end);
    }

    /// Scrolls the selected line onto the screen, below its parents; `rows` returns the number of screen rows of a visible
    /// line.
    pub fn show(&mut self, height: u16, rows: impl Fn(&Detail, usize) -> usize) {
        let height = usize::from(height.max(1));
        self.top = self.top.min(self.line.saturating_sub(margin(height)));
        let (mut first, mut taken) = (self.line, rows(self, self.line));
        while let Some(above) = first.checked_sub(1).filter(|_| first > self.top) {
            taken += rows(self, above);
            if taken > height {
                break;
            }
            first = above;
        }
        self.top = self.top.max(first);
        if self.visible.len() - self.top.min(self.visible.len()) < height && rows(self, self.line) == 1 {
            self.top = self.top.min(self.visible.len().saturating_sub(height));
        }
    }

    /// The parents of the visible lines that are scrolled away, outermost first, at most [`MAX_STICKY`]. They cover as many of the
    /// first rows.
    #[must_use]
    pub fn sticky(&self, height: u16) -> Vec<usize> {
        let most = margin(usize::from(height));
        let mut before = Vec::new();
        for over in 0..=most {
            let mut parents = self.parents(self.top + over, self.top + over);
            if parents.len() < over {
                // The next line is deeper, so its own parents stay.
                return before;
            }
            let surplus = parents.len() - over;
            parents.drain(..surplus);
            if surplus == 0 {
                return parents;
            }
            before = parents;
        }
        before
    }

    /// The parents of a visible line that lie above `below`, outermost first.
    fn parents(&self, at: usize, below: usize) -> Vec<usize> {
        let (Some(doc), Some(shown), Some(first)) = (&self.doc, self.visible.get(at), self.visible.get(below)) else {
            return Vec::new();
        };
        let mut parents = Vec::new();
        let mut line = shown.line;
        while let Some(parent) = doc.parent(line) {
            if parent < first.line && doc.lines.get(parent).is_some_and(|line| !line.line.elision) {
                parents.push(parent);
            }
            line = parent;
        }
        parents.reverse();
        parents
    }
}

/// The rows above the selected line that are reserved for its parents.
fn margin(height: usize) -> usize {
    (height / 4).min(MAX_STICKY)
}

/// Pairs runs of removed lines with the added lines that follow them.
fn paired(rows: &[VisibleLine], sign: impl Fn(usize) -> Sign) -> Vec<VisibleLine> {
    let mut pairs = Vec::with_capacity(rows.len());
    let mut at = 0;
    while at < rows.len() {
        let run = |from: usize, of: Sign| rows[from..].iter().take_while(|row| sign(row.line) == of).count();
        let gone = run(at, Sign::Removed);
        let come = run(at + gone, Sign::Added);
        for row in 0..gone.max(come) {
            let (old, new) = (at + row, at + gone + row);
            pairs.push(match (row < gone, row < come) {
                (true, true) => VisibleLine { line: rows[new].line, before: Some(rows[old].line) },
                (true, false) => rows[old],
                (false, _) => rows[new],
            });
        }
        if gone + come == 0 {
            pairs.push(rows[at]);
            at += 1;
        }
        at += gone + come;
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn side_by_side_rows_pair_old_and_new_lines() {
        let signs = [Sign::Same, Sign::Removed, Sign::Removed, Sign::Added, Sign::Same, Sign::Added];
        let rows: Vec<VisibleLine> = (0..signs.len()).map(|line| VisibleLine { line, before: None }).collect();
        let pairs: Vec<_> = paired(&rows, |at| signs[at]).iter().map(|row| (row.before, row.line)).collect();
        assert_eq!(pairs, [(None, 0), (Some(1), 3), (None, 2), (None, 4), (None, 5)]);
    }
}
