//! Undo for changes of the view: filter, zoom, folds.

use std::ops::Range;
use std::sync::Arc;

use kuberewind_query::filter::Filter;

use super::matched::Matched;
use super::row_index::RowFold;

/// The most undo steps.
const MAX: usize = 50;
/// The number of latest steps that keep their matches. For older steps, the filter is scanned again.
const MAX_FOUND: usize = 4;

/// The view settings of the timeline.
#[derive(Debug, Clone, Default)]
pub struct ViewState {
    /// The filter, enabled or not.
    pub filter: Option<Filter>,
    /// True if the filter is enabled.
    pub on: bool,
    /// The matches, if the scan was complete.
    pub found: Option<Arc<Matched>>,
    pub zoom: Option<Range<u64>>,
    pub folds: Vec<RowFold>,
}

#[derive(Debug, Clone, Default)]
pub struct UndoStack {
    before: Vec<ViewState>,
    after: Vec<ViewState>,
}

impl UndoStack {
    /// Stores the view before a change and clears the redo steps.
    pub fn push(&mut self, view: ViewState) {
        self.after.clear();
        keep(&mut self.before, view);
    }

    pub fn undo(&mut self, now: ViewState) -> Option<ViewState> {
        let view = self.before.pop()?;
        keep(&mut self.after, now);
        Some(view)
    }

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
