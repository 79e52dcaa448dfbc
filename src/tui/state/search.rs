//! The search: what is looked for, and where it was found.

use crate::session::Ordinals;
use kuberewind_model::{Direction, Seq};
use kuberewind_query::filter::Filter;

use super::State;
use super::filtering::Running;
use super::matched::Matched;

/// The search.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// What was typed; '' for nothing.
    pub pattern: String,
    /// The same as a filter.
    pub filter: Option<Filter>,
    /// Where it was found so far.
    pub matched: Matched,
    /// The generation of its first scan; further ones go on with it.
    pub generation: u64,
    /// The scan.
    pub running: Option<Running>,
    /// The cursor waits for the next one in this direction from here.
    pub awaited: Option<(Direction, Seq)>,
}

/// What comes of looking for the next match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sought {
    /// It is there; whether the end was passed on the way.
    Found(Seq, bool),
    /// It may lie where nobody has looked yet.
    NotYet,
    /// There is none.
    Nowhere,
}

impl State {
    /// The next match from a moment.
    #[must_use]
    pub fn sought(&self, direction: Direction, from: Seq) -> Sought {
        let lineage = &self.snapshot.lineage;
        let matched = &self.search.matched;
        let len = lineage.len();
        let before_all = from < lineage.first();
        let place = lineage.ordinal(from);
        let near = match direction {
            Direction::Forward if before_all => matched.all.select(0),
            Direction::Forward => matched.all.after(place),
            Direction::Backward if before_all => None,
            Direction::Backward => matched.all.before(place),
        };
        let covered = &matched.covered;
        let known = covered.start <= place && place < covered.end.max(1);
        if let Some(found) = near.filter(|_| known) {
            return Sought::Found(lineage.nth(found), false);
        }
        if !matched.is_whole(len) {
            return Sought::NotYet;
        }
        let around = match direction {
            Direction::Forward => matched.all.select(0),
            Direction::Backward => matched.all.count().checked_sub(1).and_then(|last| matched.all.select(last)),
        };
        near.or(around).map_or(Sought::Nowhere, |found| Sought::Found(lineage.nth(found), near.is_none()))
    }

    /// Whether the search found this operation.
    #[must_use]
    pub fn is_found(&self, seq: Seq) -> bool {
        self.search.filter.is_some() && self.search.matched.all.has(self.snapshot.lineage.ordinal(seq))
    }

    /// `3/17` where the cursor stands on a match, else `17`; with a `+` while there may be more.
    #[must_use]
    pub fn search_counter(&self) -> String {
        let matched = &self.search.matched;
        let lineage = &self.snapshot.lineage;
        let more = if matched.is_whole(lineage.len()) { "" } else { "+" };
        let place = lineage.ordinal(self.cursor);
        if self.cursor >= lineage.first() && matched.all.has(place) {
            format!("{}/{}{more}", matched.all.rank(place) + 1, matched.all.count())
        } else {
            format!("{}{more}", matched.all.count())
        }
    }
}
