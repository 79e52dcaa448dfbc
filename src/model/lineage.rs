//! The past of a moment: the stretches of sessions that lead to it.

use super::{Seq, SessionNo};

/// A run of numbers within one session, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stretch {
    /// The session that holds them.
    pub session: SessionNo,
    /// The first number.
    pub from: Seq,
    /// The last number.
    pub to: Seq,
}

/// The stretches that together are the past of a moment, oldest first. Numbers rise through it without overlap, so a
/// number names one operation of a lineage. Every question takes a lineage, never a bare session.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lineage {
    stretches: Vec<Stretch>,
}

impl Lineage {
    /// From stretches, oldest first. Empty ones are left out; what overlaps the stretch before is cut off.
    #[must_use]
    pub fn new(stretches: impl IntoIterator<Item = Stretch>) -> Lineage {
        let mut kept: Vec<Stretch> = Vec::new();
        for mut stretch in stretches {
            if let Some(before) = kept.last() {
                stretch.from = stretch.from.max(before.to.next());
            }
            if stretch.from <= stretch.to {
                kept.push(stretch);
            }
        }
        Lineage { stretches: kept }
    }

    /// The stretches, oldest first.
    #[must_use]
    pub fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    /// The stretches that reach no further than `at`, newest first: the order in which a question looks for the past.
    pub fn back_from(&self, at: Seq) -> impl Iterator<Item = Stretch> + '_ {
        self.stretches
            .iter()
            .rev()
            .filter(move |stretch| stretch.from <= at)
            .map(move |stretch| Stretch { to: stretch.to.min(at), ..*stretch })
    }

    /// The session that holds operation `seq`, if one does.
    #[must_use]
    pub fn session_of(&self, seq: Seq) -> Option<SessionNo> {
        self.stretches.iter().find(|stretch| stretch.from <= seq && seq <= stretch.to).map(|stretch| stretch.session)
    }

    /// The first number; [`Seq::START`] of an empty one.
    #[must_use]
    pub fn first(&self) -> Seq {
        self.stretches.first().map_or(Seq::START, |stretch| stretch.from)
    }

    /// The last number; [`Seq::START`] of an empty one.
    #[must_use]
    pub fn last(&self) -> Seq {
        self.stretches.last().map_or(Seq::START, |stretch| stretch.to)
    }

    /// How many operations, holes between stretches not counted.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.stretches.iter().map(|stretch| stretch.to.0 - stretch.from.0 + 1).sum()
    }

    /// Whether it holds no operation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stretches.is_empty()
    }

    /// The session at the end of it, the one that was asked for, if it has operations of its own.
    #[must_use]
    pub fn tip(&self) -> Option<SessionNo> {
        self.stretches.last().map(|stretch| stretch.session)
    }
}
