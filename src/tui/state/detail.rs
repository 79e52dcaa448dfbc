//! A detail pane: a document, what of it is folded away, and the line one stands on.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::json::diff::Noise;
use crate::json::document::{Line, Sign};
use crate::model::Seq;
use crate::tui::doc::{Doc, DocLine, LineKind, Tone};

/// What to do with a fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// Open it.
    Open,
    /// Close it.
    Close,
    /// The other way.
    Toggle,
}

/// The pane.
#[derive(Debug, Clone, Default)]
pub struct Detail {
    /// What it shows.
    pub doc: Option<Arc<Doc>>,
    /// The generation of the question that this answers.
    pub generation: u64,
    /// What was asked for last.
    pub asked: Option<(Seq, Noise)>,
    /// The lines that are not folded away.
    pub visible: Vec<usize>,
    /// The line one stands on, counted in visible lines.
    pub line: usize,
    /// The first line on the screen.
    pub top: usize,
    /// Columns that are scrolled away.
    pub left: u16,
    all: Option<bool>,
    folds: BTreeMap<(Arc<str>, bool), bool>,
}

impl Detail {
    /// Takes a document; of the same object, the place in it and its folds are kept.
    pub fn take(&mut self, doc: Arc<Doc>, generation: u64) {
        let same = self.doc.as_ref().is_some_and(|old| old.title == doc.title);
        if !same {
            self.folds.clear();
            self.left = 0;
        }
        self.doc = Some(doc);
        self.generation = generation;
        self.unfold();
        let change = self.first_change();
        if !same || change.is_some() {
            self.line = change.unwrap_or(0);
            self.top = self.line.saturating_sub(3);
        }
        self.line = self.line.min(self.visible.len().saturating_sub(1));
    }

    /// The visible lines that changed.
    #[must_use]
    pub fn changed(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        (0..self.visible.len()).filter(|at| self.line_at(*at).is_some_and(|line| line.line.sign != Sign::Same))
    }

    /// The first change that says something of the object itself, else the first one there is.
    /// A word of warning before the tree comes first of all.
    fn first_change(&self) -> Option<usize> {
        if matches!(self.line_at(0).map(|line| line.kind), Some(LineKind::Words(Tone::Bad | Tone::Notice))) {
            return Some(0);
        }
        let own = |at: &usize| self.line_at(*at).is_some_and(|line| !line.line.path.starts_with("/metadata"));
        self.changed().find(own).or_else(|| self.changed().next())
    }

    /// A visible line.
    #[must_use]
    pub fn line_at(&self, at: usize) -> Option<&DocLine> {
        self.doc.as_ref()?.lines.get(*self.visible.get(at)?)
    }

    /// Whether the lines under this one are folded away.
    #[must_use]
    pub fn is_closed(&self, line: &Line) -> bool {
        line.fold > 0 && !self.folds.get(&(line.path.clone(), line.elision)).copied().or(self.all).unwrap_or(!line.closed)
    }

    /// Folds the line one stands on.
    pub fn fold(&mut self, how: Fold) {
        let Some(line) = self.line_at(self.line).filter(|line| line.line.fold > 0).map(|line| line.line.clone()) else { return };
        let open = match how {
            Fold::Open => true,
            Fold::Close => false,
            Fold::Toggle => self.is_closed(&line),
        };
        self.folds.insert((line.path, line.elision), open);
        self.unfold();
    }

    /// Opens or closes all folds.
    pub fn fold_all(&mut self, open: bool) {
        let here = self.visible.get(self.line).copied().unwrap_or(0);
        self.folds.clear();
        self.all = Some(open);
        self.unfold();
        self.line = self.visible.partition_point(|line| *line <= here).saturating_sub(1);
    }

    fn unfold(&mut self) {
        self.visible.clear();
        let Some(doc) = self.doc.clone() else { return };
        let mut at = 0;
        while let Some(line) = doc.lines.get(at) {
            self.visible.push(at);
            let skipped = if self.is_closed(&line.line) { usize::try_from(line.line.fold).unwrap_or(usize::MAX) } else { 0 };
            at = at.saturating_add(1).saturating_add(skipped);
        }
    }

    /// Moves by lines.
    pub fn go(&mut self, by: i64) {
        let last = self.visible.len().saturating_sub(1);
        let to = i64::try_from(self.line).unwrap_or(i64::MAX).saturating_add(by).max(0);
        self.line = usize::try_from(to).unwrap_or(usize::MAX).min(last);
    }

    /// Scrolls by lines; the line one stands on stays on the screen.
    pub fn scroll(&mut self, by: i64, height: u16) {
        let height = usize::from(height.max(1));
        let last = self.visible.len().saturating_sub(height);
        let to = i64::try_from(self.top).unwrap_or(i64::MAX).saturating_add(by).max(0);
        self.top = usize::try_from(to).unwrap_or(usize::MAX).min(last);
        let end = (self.top + height - 1).min(self.visible.len().saturating_sub(1));
        self.line = self.line.clamp(self.top.min(end), end);
    }

    /// Scrolls so that the line is on the screen.
    pub fn show(&mut self, height: u16) {
        let height = usize::from(height.max(1));
        self.top = self.top.min(self.line).max((self.line + 1).saturating_sub(height));
        self.top = self.top.min(self.visible.len().saturating_sub(height));
    }
}
