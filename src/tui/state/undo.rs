//! UndoStack of the view, to be taken back and made again: filter, zoom, folds.

use std::ops::Range;
use std::sync::Arc;

use kuberewind_query::filter::Filter;

use super::matched::Matched;
use super::row_index::RowFold;

/// The most changes that are remembered.
const MAX: usize = 50;
/// Of so many of them what the filter had found is kept too; that of others is looked for again.
const MAX_FOUND: usize = 4;

/// How the timeline is shown.
#[derive(Debug, Clone, Default)]
pub struct ViewState {
    /// The filter, on or off.
    pub filter: Option<Filter>,
    /// Whether it is on.
    pub on: bool,
    /// What it has found, where it was done.
    pub found: Option<Arc<Matched>>,
    /// The zoom.
    pub zoom: Option<Range<u64>>,
    /// The folds.
    pub folds: Vec<RowFold>,
}

/// What was, and what was taken back.
#[derive(Debug, Clone, Default)]
pub struct UndoStack {
    before: Vec<ViewState>,
    after: Vec<ViewState>,
}

impl UndoStack {
    /// The view is about to change: what was taken back cannot be made again.
    pub fn push(&mut self, view: ViewState) {
        self.after.clear();
        keep(&mut self.before, view);
    }

    /// One change back.
    pub fn undo(&mut self, now: ViewState) -> Option<ViewState> {
        let view = self.before.pop()?;
        keep(&mut self.after, now);
        Some(view)
    }

    /// One change forward again.
    pub fn redo(&mut self, now: ViewState) -> Option<ViewState> {
        let view = self.after.pop()?;
        keep(&mut self.before, now);
        Some(view)
    }
}

fn keep(list: &mut Vec<ViewState>, view: ViewState) {
    list.push(view);
    if list.len() > MAX {
        list.remove(0);
    }
    let old = list.len().saturating_sub(MAX_FOUND);
    for view in &mut list[..old] {
        view.found = None;
    }
}
