//! The timeline pane: the rows on the screen and around it. The [`RowIndex`] maps rows to operations.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::row::{Row, RowSummary};
use kuberewind_model::{ObjectId, Seq};

use super::range_export::RangeExport;
use super::row_index::RowIndex;
use super::undo::UndoStack;

/// The most rows in memory.
const MAX_ROWS: usize = 3_072;
/// The rows around the screen that one request loads.
const AHEAD: u64 = 96;
/// A request is sent when a row within this distance is missing.
const NEAR: u64 = 24;

/// The time column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeStyle {
    /// Since the start of the recording.
    #[default]
    Relative,
    /// Clock time, UTC.
    Clock,
    /// Since the previous operation.
    Step,
    /// Since a mark, or the operation at which the user chose this style.
    Mark,
}

/// A line of the pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenLine {
    Row(u64),
    /// A log line below a row, counted from 0.
    Log(u64, usize),
}

#[derive(Debug, Clone, Default)]
pub struct Timeline {
    /// The first row on the screen.
    pub top: u64,
    /// Columns that are scrolled away.
    pub left: u16,
    pub times: TimeStyle,
    /// Shows log lines between operations.
    pub logs: bool,
    pub index: RowIndex,
    /// The pinned objects.
    pub pins: Vec<ObjectId>,
    /// The anchor of the selected range. The range ends at the cursor.
    pub selection: Option<Seq>,
    /// The export of the selected range that waits for its rows.
    pub range_export: Option<RangeExport>,
    pub undo: UndoStack,
    rows: BTreeMap<Seq, Row>,
    /// The changes in the rows, as far as they are known.
    summaries: BTreeMap<Seq, Arc<RowSummary>>,
    /// The last request for summaries, as `asked`.
    asked_summaries: Option<(Seq, Seq, usize)>,
    /// The last request: first operation, last operation, number of operations.
    asked: Option<(Seq, Seq, usize)>,
}

impl Timeline {
    /// The row at `index`, if it is loaded.
    #[must_use]
    pub fn row(&self, index: u64) -> Option<&Row> {
        if index == 0 || index > self.index.len() {
            return None;
        }
        self.rows.get(&self.index.moment(index))
    }

    /// The row of an operation, if it is loaded.
    #[must_use]
    pub fn row_of(&self, seq: Seq) -> Option<&Row> {
        self.rows.get(&seq)
    }

    /// Takes rows and drops those farthest from the screen.
    ///
    /// The last request stays stored, so that missing numbers are not requested again.
    pub fn take(&mut self, rows: Vec<Row>) {
        self.rows.extend(rows.into_iter().map(|row| (row.seq, row)));
        drop_farthest(&mut self.rows, self.index.moment(self.top));
    }

    /// Takes summaries and drops those farthest from the screen.
    pub fn take_summaries(&mut self, found: Vec<(Seq, Arc<RowSummary>)>) {
        self.summaries.extend(found);
        drop_farthest(&mut self.summaries, self.index.moment(self.top));
    }

    /// The change in an operation, if it is known yet.
    #[must_use]
    pub fn summary_of(&self, seq: Seq) -> Option<&RowSummary> {
        self.summaries.get(&seq).map(|summary| &**summary)
    }

    /// The loaded rows on the screen of `height` rows and near it whose summary to request. Empty if they were already requested.
    pub fn without_summary(&mut self, height: u16) -> Vec<Seq> {
        let len = self.index.len();
        let lacks = |seq: &Seq| !self.summaries.contains_key(seq) && self.rows.get(seq).is_some_and(Row::may_have_summary);
        if !self.wanted(0, height, len).iter().any(lacks) {
            return Vec::new();
        }
        let mut missing = self.wanted(NEAR, height, len);
        missing.retain(lacks);
        let asked = missing.first().copied().zip(missing.last().copied()).map(|(first, last)| (first, last, missing.len()));
        if asked == self.asked_summaries {
            return Vec::new();
        }
        self.asked_summaries = asked;
        missing
    }

    /// The operations to request for `height` rows from the top and for the cursor. Empty if they were already requested.
    pub fn missing(&mut self, height: u16, cursor: Seq) -> Vec<Seq> {
        let len = self.index.len();
        let near = self.wanted(NEAR, height, len);
        let lacks = |seq: &Seq| !self.rows.contains_key(seq);
        if !near.iter().any(lacks) && !self.index.lets_through(cursor) {
            return Vec::new();
        }
        if !near.iter().any(lacks) && !lacks(&cursor) {
            return Vec::new();
        }
        let mut missing: Vec<Seq> = self.wanted(AHEAD, height, len);
        if self.index.lets_through(cursor) {
            missing.push(cursor);
        }
        missing.retain(lacks);
        missing.sort_unstable();
        missing.dedup();
        let asked = match (missing.first(), missing.last()) {
            (Some(first), Some(last)) => Some((*first, *last, missing.len())),
            _ => None,
        };
        if asked == self.asked {
            return Vec::new();
        }
        self.asked = asked;
        missing
    }

    fn wanted(&self, around: u64, height: u16, len: u64) -> Vec<Seq> {
        let first = self.top.saturating_sub(around).max(1);
        let last = self.top.saturating_add(u64::from(height)).saturating_add(around).min(len);
        (first..=last).map(|index| self.index.moment(index)).collect()
    }

    /// Drops all rows, for another session or a reload.
    pub fn forget(&mut self) {
        self.rows.clear();
        self.summaries.clear();
        (self.asked, self.asked_summaries) = (None, None);
    }

    /// Scrolls row `index` onto the screen, which has `height` lines.
    pub fn show(&mut self, index: u64, height: u16) {
        let len = self.index.len();
        let height = u64::from(height.max(1));
        let margin = (height / 6).min(3);
        if index < self.top.saturating_add(margin) {
            self.top = index.saturating_sub(margin);
        }
        if index.saturating_add(margin) >= self.top.saturating_add(height) {
            self.top = (index + margin + 1).saturating_sub(height);
        }
        self.top = self.top.min((len + 1).saturating_sub(height));
        // Log lines take space: the row must be visible together with its log lines.
        let own = self.row(index).map_or(0, |row| u64::try_from(row.logs.len()).unwrap_or(u64::MAX)).min(height - 1);
        let seen = |top: u64| {
            let place = self.lines_from(top, height).position(|line| line == ScreenLine::Row(index));
            place.and_then(|place| u64::try_from(place).ok()).is_some_and(|place| place + own < height)
        };
        let mut top = self.top;
        while self.logs && top < index && !seen(top) {
            top += 1;
        }
        self.top = top;
    }

    /// The lines on the screen.
    pub fn lines(&self, height: u16) -> impl Iterator<Item = ScreenLine> + '_ {
        self.lines_from(self.top, u64::from(height))
    }

    fn lines_from(&self, top: u64, height: u64) -> impl Iterator<Item = ScreenLine> + '_ {
        let of_row = |index: u64| {
            let logs =
                self.row(index).filter(|_| self.logs && self.index.operations_in(index) == 1).map_or(0, |row| row.logs.len());
            std::iter::once(ScreenLine::Row(index)).chain((0..logs).map(move |line| ScreenLine::Log(index, line)))
        };
        (top..=self.index.len()).flat_map(of_row).take(usize::try_from(height).unwrap_or(usize::MAX))
    }
}

/// Drops the entries farthest from an operation if there are too many.
fn drop_farthest<T>(entries: &mut BTreeMap<Seq, T>, here: Seq) {
    while entries.len() > MAX_ROWS {
        let (Some(first), Some(last)) = (entries.keys().next().copied(), entries.keys().next_back().copied()) else {
            return;
        };
        let furthest = if here.0.abs_diff(first.0) > here.0.abs_diff(last.0) { first } else { last };
        entries.remove(&furthest);
    }
}
