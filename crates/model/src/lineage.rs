//! The past of a moment: the ranges of sessions that lead to it.

use super::{Seq, SessionNo};

/// A run of numbers within one session, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionRange {
    /// The session that holds them.
    pub session: SessionNo,
    /// The first number.
    pub from: Seq,
    /// The last number.
    pub to: Seq,
}

/// The ranges that together are the past of a moment, oldest first. Numbers rise through it without overlap, so a
/// number names one operation of a lineage. Every question takes a lineage, never a bare session.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lineage {
    ranges: Vec<SessionRange>,
}

impl Lineage {
    /// From ranges, oldest first. Empty ones are left out; what overlaps the range before is cut off.
    #[must_use]
    pub fn new(ranges: impl IntoIterator<Item = SessionRange>) -> Lineage {
        let mut kept: Vec<SessionRange> = Vec::new();
        for mut range in ranges {
            if let Some(before) = kept.last() {
                range.from = range.from.max(before.to.next());
            }
            if range.from <= range.to {
                kept.push(range);
            }
        }
        Lineage { ranges: kept }
    }

    /// The ranges, oldest first.
    #[must_use]
    pub fn ranges(&self) -> &[SessionRange] {
        &self.ranges
    }

    /// The ranges that reach no further than `at`, newest first: the order in which a question looks for the past.
    pub fn back_from(&self, at: Seq) -> impl Iterator<Item = SessionRange> + '_ {
        self.ranges
            .iter()
            .rev()
            .filter(move |range| range.from <= at)
            .map(move |range| SessionRange { to: range.to.min(at), ..*range })
    }

    /// The session that holds operation `seq`, if one does.
    #[must_use]
    pub fn session_of(&self, seq: Seq) -> Option<SessionNo> {
        self.ranges.iter().find(|range| range.from <= seq && seq <= range.to).map(|range| range.session)
    }

    /// The first number; [`Seq::START`] of an empty one.
    #[must_use]
    pub fn first(&self) -> Seq {
        self.ranges.first().map_or(Seq::START, |range| range.from)
    }

    /// The last number; [`Seq::START`] of an empty one.
    #[must_use]
    pub fn last(&self) -> Seq {
        self.ranges.last().map_or(Seq::START, |range| range.to)
    }

    /// How many operations, holes between ranges not counted.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.ranges.iter().map(|range| range.to.0 - range.from.0 + 1).sum()
    }

    /// Whether it holds no operation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The session at the end of it, the one that was asked for, if it has operations of its own.
    #[must_use]
    pub fn tip(&self) -> Option<SessionNo> {
        self.ranges.last().map(|range| range.session)
    }
}
