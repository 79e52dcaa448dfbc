//! Lineages: the ranges of sessions that lead to a moment.

use super::{Seq, SessionNo};

/// Consecutive operations of one session, `from` and `to` included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionRange {
    pub session: SessionNo,
    pub from: Seq,
    pub to: Seq,
}

/// The ranges that form the past of a moment, oldest first. Numbers rise without overlap, so a number identifies one
/// operation. Every query takes a lineage, never a session.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lineage {
    ranges: Vec<SessionRange>,
}

impl Lineage {
    /// Builds a lineage from ranges, oldest first. Drops empty ranges and cuts overlap with the range before.
    #[must_use]
    pub fn new(ranges: impl IntoIterator<Item = SessionRange>) -> Lineage {
        let mut result: Vec<SessionRange> = Vec::new();
        for mut range in ranges {
            if let Some(before) = result.last() {
                range.from = range.from.max(before.to.next());
            }
            if range.from <= range.to {
                result.push(range);
            }
        }
        Lineage { ranges: result }
    }

    /// Oldest first.
    #[must_use]
    pub fn ranges(&self) -> &[SessionRange] {
        &self.ranges
    }

    /// The ranges up to `at`, newest first: the order in which queries search the past.
    pub fn back_from(&self, at: Seq) -> impl Iterator<Item = SessionRange> + '_ {
        self.ranges
            .iter()
            .rev()
            .filter(move |range| range.from <= at)
            .map(move |range| SessionRange { to: range.to.min(at), ..*range })
    }

    /// The session that contains operation `seq`.
    #[must_use]
    pub fn session_of(&self, seq: Seq) -> Option<SessionNo> {
        self.ranges.iter().find(|range| range.from <= seq && seq <= range.to).map(|range| range.session)
    }

    /// The first number, [`Seq::START`] if empty.
    #[must_use]
    pub fn first(&self) -> Seq {
        self.ranges.first().map_or(Seq::START, |range| range.from)
    }

    /// The last number, [`Seq::START`] if empty.
    #[must_use]
    pub fn last(&self) -> Seq {
        self.ranges.last().map_or(Seq::START, |range| range.to)
    }

    /// The number of operations. Holes between ranges do not count.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.ranges.iter().map(|range| range.to.0 - range.from.0 + 1).sum()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The session of the last range.
    #[must_use]
    pub fn tip(&self) -> Option<SessionNo> {
        self.ranges.last().map(|range| range.session)
    }
}
