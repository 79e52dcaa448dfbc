//! The operation of each row: all operations, without those that are filtered out or folded. Row 0 is the start. No function
//! scans the recording.

use std::sync::Arc;

use kuberewind_model::{Lineage, Seq};
use kuberewind_session::Ordinals;

use super::matched::Matched;

/// A folded loop: operations shown as one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowFold {
    pub first: Seq,
    pub last: Seq,
}

#[derive(Debug, Clone)]
pub struct RowIndex {
    lineage: Lineage,
    matched: Option<Arc<Matched>>,
    /// Ascending, without overlaps.
    folds: Vec<RowFold>,
}

impl Default for RowIndex {
    fn default() -> RowIndex {
        RowIndex { lineage: Lineage::new([]), matched: None, folds: Vec::new() }
    }
}

impl RowIndex {
    /// Sets the lineage after the recording has grown or was replaced.
    pub fn set_lineage(&mut self, lineage: &Lineage) {
        if self.lineage != *lineage {
            self.lineage.clone_from(lineage);
        }
    }

    /// Sets the matches of the filter (`None` for all operations) and returns the previous ones.
    pub fn set_matched(&mut self, matched: Option<Arc<Matched>>) -> Option<Arc<Matched>> {
        std::mem::replace(&mut self.matched, matched)
    }

    /// The matches of the filter.
    #[must_use]
    pub fn matched(&self) -> Option<&Matched> {
        self.matched.as_deref()
    }

    /// The matches of the filter, shared.
    #[must_use]
    pub fn matched_kept(&self) -> Option<Arc<Matched>> {
        self.matched.clone()
    }

    /// The matches of the filter, to extend.
    pub fn matched_mut(&mut self) -> Option<&mut Matched> {
        self.matched.as_mut().map(Arc::make_mut)
    }

    #[must_use]
    pub fn folds(&self) -> &[RowFold] {
        &self.folds
    }

    /// Folds operations into one row and merges overlapping folds.
    pub fn fold(&mut self, fold: RowFold) {
        let meets = |other: &RowFold| other.first <= fold.last && fold.first <= other.last;
        let (met, mut kept): (Vec<_>, Vec<_>) = self.folds.iter().copied().partition(meets);
        let whole = met
            .iter()
            .fold(fold, |whole, other| RowFold { first: whole.first.min(other.first), last: whole.last.max(other.last) });
        kept.push(whole);
        kept.sort_unstable_by_key(|fold| fold.first);
        self.folds = kept;
    }

    /// Opens the fold around an operation. Returns false if there is none.
    pub fn unfold(&mut self, seq: Seq) -> bool {
        let before = self.folds.len();
        self.folds.retain(|fold| !(fold.first <= seq && seq <= fold.last));
        before != self.folds.len()
    }

    pub fn set_folds(&mut self, folds: Vec<RowFold>) {
        self.folds = folds;
    }

    /// The fold around an operation.
    #[must_use]
    pub fn fold_of(&self, seq: Seq) -> Option<RowFold> {
        self.folds.iter().copied().find(|fold| fold.first <= seq && seq <= fold.last)
    }

    /// The number of operations in the recording.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.lineage.len()
    }

    /// The number of operations that pass the filter.
    #[must_use]
    pub fn passing(&self) -> u64 {
        self.matched.as_ref().map_or_else(|| self.lineage.len(), |matched| matched.all.count())
    }

    /// The number of rows without row 0.
    #[must_use]
    pub fn len(&self) -> u64 {
        let folded: u64 = self.runs().iter().map(|(first, last)| last - first).sum();
        self.passing().saturating_sub(folded)
    }

    /// True if no operation passes the filter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.passing() == 0
    }

    /// True if an operation passes the filter.
    #[must_use]
    pub fn lets_through(&self, seq: Seq) -> bool {
        self.lineage.session_of(seq).is_some()
            && self.matched.as_ref().is_none_or(|matched| matched.all.has(self.lineage.ordinal(seq)))
    }

    /// The row of a moment: the row of its operation, of the fold around it, or of the last operation before it.
    #[must_use]
    pub fn index_of(&self, seq: Seq) -> u64 {
        let unfolded = self.unfolded_of(seq);
        let mut folded = 0;
        for (first, last) in self.runs() {
            if unfolded > last {
                folded += last - first;
            } else if unfolded > first {
                return first - folded;
            } else {
                break;
            }
        }
        unfolded - folded
    }

    /// The moment of a row; for a fold, its first operation that passes the filter.
    #[must_use]
    pub fn moment(&self, index: u64) -> Seq {
        let mut unfolded = index;
        for (first, last) in self.runs() {
            if unfolded > first {
                unfolded = unfolded.saturating_add(last - first);
            }
        }
        unfolded.checked_sub(1).map_or_else(|| self.lineage.first().prev(), |nth| self.nth(nth))
    }

    /// The operations in a range that pass the filter, regardless of folds: the first `most` of them, and the number of
    /// all.
    #[must_use]
    pub fn between(&self, first: Seq, last: Seq, most: usize) -> (Vec<Seq>, u64) {
        let (from, to) = (self.unfolded_of(first.prev()), self.unfolded_of(last));
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        let taken = from..to.min(from.saturating_add(most));
        (taken.map(|nth| self.nth(nth)).collect(), to.saturating_sub(from))
    }

    /// The n-th operation that passes the filter.
    fn nth(&self, nth: u64) -> Seq {
        match &self.matched {
            None => self.lineage.nth(nth),
            Some(matched) => {
                let last = matched.all.count().saturating_sub(1);
                matched.all.select(nth.min(last)).map_or_else(|| self.lineage.first().prev(), |ordinal| self.lineage.nth(ordinal))
            }
        }
    }

    /// The number of operations in a row: more than 1 for a fold.
    #[must_use]
    pub fn operations_in(&self, index: u64) -> u64 {
        let mut folded = 0;
        for (first, last) in self.runs() {
            if index == first - folded {
                return last - first + 1;
            }
            folded += last - first;
        }
        1
    }

    /// The nearest operation that passes the filter; the moment itself if there is none.
    #[must_use]
    pub fn nearest(&self, seq: Seq) -> Seq {
        let Some(matched) = &self.matched else { return self.clamped(seq) };
        let seq = self.clamped(seq);
        if self.lets_through(seq) || seq < self.lineage.first() && matched.all.count() > 0 {
            return seq;
        }
        let ordinal = self.lineage.ordinal(seq);
        let sides = [matched.all.before(ordinal), matched.all.after(ordinal)];
        let near = sides.into_iter().flatten().min_by_key(|other| other.abs_diff(ordinal));
        near.map_or(seq, |ordinal| self.lineage.nth(ordinal))
    }

    /// The moment of an operation; for an unknown number, the last operation before it.
    #[must_use]
    pub fn clamped(&self, seq: Seq) -> Seq {
        if self.lineage.is_empty() || seq < self.lineage.first() {
            return self.lineage.first().prev();
        }
        if self.lineage.session_of(seq).is_some() {
            return seq;
        }
        self.lineage.back_from(seq).next().map_or(self.lineage.last(), |range| range.to)
    }

    /// The row of a moment if nothing were folded.
    fn unfolded_of(&self, seq: Seq) -> u64 {
        if self.lineage.is_empty() || seq < self.lineage.first() {
            return 0;
        }
        let ordinal = self.lineage.ordinal(seq).min(self.lineage.len().saturating_sub(1));
        match &self.matched {
            None => ordinal.saturating_add(1),
            Some(matched) => matched.all.rank(ordinal.saturating_add(1)),
        }
    }

    /// The first and the last unfolded row of each fold with more than one row.
    fn runs(&self) -> Vec<(u64, u64)> {
        let run = |fold: &RowFold| {
            let first = self.unfolded_of(fold.first.prev()).saturating_add(1);
            let last = self.unfolded_of(fold.last);
            (first < last).then_some((first, last))
        };
        self.folds.iter().filter_map(run).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kuberewind_file::filter::Matches;
    use kuberewind_model::{SessionNo, SessionRange};

    fn index(numbers: Option<&[u64]>) -> RowIndex {
        let range = |session, from, to| SessionRange { session: SessionNo(session), from: Seq(from), to: Seq(to) };
        let mut index = RowIndex::default();
        index.set_lineage(&Lineage::new([range(0, 5, 9), range(1, 20, 24)]));
        if let Some(numbers) = numbers {
            let mut found = Matches::none(0..10);
            for number in numbers {
                found.all[0] |= 1 << index.lineage.ordinal(Seq(*number));
            }
            let mut matched = Matched::default();
            matched.take(&found);
            index.set_matched(Some(Arc::new(matched)));
        }
        index
    }

    fn rows(index: &RowIndex) -> Vec<u64> {
        (0..=index.len()).map(|row| index.moment(row).0).collect()
    }

    #[test]
    fn rows_are_all_operations_or_those_that_pass_the_filter() {
        assert_eq!(rows(&index(None)), [4, 5, 6, 7, 8, 9, 20, 21, 22, 23, 24]);
        let some = index(Some(&[6, 20, 24]));
        assert_eq!(rows(&some), [4, 6, 20, 24]);
        let at: Vec<u64> = [4, 5, 6, 9, 15, 20, 23, 24, 99].map(|seq| some.index_of(Seq(seq))).to_vec();
        assert_eq!(at, [0, 0, 1, 1, 2, 2, 2, 3, 3]);
        let near: Vec<u64> = [0, 5, 7, 9, 22, 23, 99].map(|seq| some.nearest(Seq(seq)).0).to_vec();
        assert_eq!(near, [4, 6, 6, 20, 20, 24, 24]);
        assert!(index(Some(&[])).is_empty());
        assert_eq!(index(Some(&[])).nearest(Seq(7)), Seq(7));
    }

    #[test]
    fn a_fold_is_one_row_and_overlapping_folds_merge() {
        let mut index = index(None);
        index.fold(RowFold { first: Seq(6), last: Seq(8) });
        index.fold(RowFold { first: Seq(21), last: Seq(23) });
        assert_eq!(rows(&index), [4, 5, 6, 9, 20, 21, 24]);
        assert_eq!((index.index_of(Seq(7)), index.index_of(Seq(9)), index.index_of(Seq(22))), (2, 3, 5));
        assert_eq!((index.operations_in(2), index.operations_in(5), index.operations_in(3)), (3, 3, 1));
        index.fold(RowFold { first: Seq(8), last: Seq(20) });
        assert_eq!(rows(&index), [4, 5, 6, 21, 24]);
        assert!(index.unfold(Seq(9)) && !index.unfold(Seq(9)));
        assert_eq!(rows(&index), [4, 5, 6, 7, 8, 9, 20, 21, 24]);
    }

    #[test]
    fn a_fold_contains_only_operations_that_pass_the_filter() {
        let mut index = index(Some(&[6, 20, 24]));
        index.fold(RowFold { first: Seq(5), last: Seq(21) });
        assert_eq!(rows(&index), [4, 6, 24]);
        assert_eq!(index.operations_in(1), 2);
    }
}
