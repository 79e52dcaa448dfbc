//! Changes of the view, to be taken back and made again: filter, zoom, folds.

use std::ops::Range;
use std::sync::Arc;

use kuberewind_query::filter::Filter;

use super::State;
use super::matched::Matched;
use super::row_index::RowFold;

/// The most changes that are remembered.
const MAX: usize = 50;
/// Of so many of them what the filter had found is kept too; that of others is looked for again.
const MAX_FOUND: usize = 4;

/// How the timeline is shown.
#[derive(Debug, Clone, Default)]
pub struct Shape {
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
pub struct Changes {
    before: Vec<Shape>,
    after: Vec<Shape>,
}

impl Changes {
    /// The view is about to change: what was taken back cannot be made again.
    pub fn push(&mut self, shape: Shape) {
        self.after.clear();
        keep(&mut self.before, shape);
    }

    /// One change back.
    pub fn undo(&mut self, now: Shape) -> Option<Shape> {
        let shape = self.before.pop()?;
        keep(&mut self.after, now);
        Some(shape)
    }

    /// One change forward again.
    pub fn redo(&mut self, now: Shape) -> Option<Shape> {
        let shape = self.after.pop()?;
        keep(&mut self.before, now);
        Some(shape)
    }
}

fn keep(list: &mut Vec<Shape>, shape: Shape) {
    list.push(shape);
    if list.len() > MAX {
        list.remove(0);
    }
    let old = list.len().saturating_sub(MAX_FOUND);
    for shape in &mut list[..old] {
        shape.found = None;
    }
}

impl State {
    /// How the timeline is shown now.
    #[must_use]
    pub fn shape(&self) -> Shape {
        let found = if self.filtering.on { self.timeline.index.matched_kept() } else { self.filtering.put_away.clone() };
        Shape {
            filter: self.filtering.filter.clone(),
            on: self.filtering.on,
            found: found.filter(|_| self.filtering.running.is_none()),
            zoom: self.minimap.zoom.clone(),
            folds: self.timeline.index.folds().to_vec(),
        }
    }
}
