//! Queries that combine several parts of the state.

use crate::order::{Order, orders_of};
use crate::view::Pane;
use kuberewind_model::{Bookmark, Direction, Seq};
use kuberewind_query::filter::Filter;
use kuberewind_session::Ordinals;

use super::{MarkedMoment, Matched, NextMatch, State, ViewState};

impl State {
    /// The row of the cursor.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.timeline.index.index_of(self.cursor)
    }

    /// True if the filter hides an operation. Operations that are not yet scanned are not hidden.
    #[must_use]
    pub fn is_hidden(&self, seq: Seq) -> bool {
        let Some(matched) = self.timeline.index.matched() else { return false };
        let lineage = &self.snapshot.lineage;
        seq >= lineage.first()
            && lineage.session_of(seq).is_some()
            && matched.covered.contains(&lineage.ordinal(seq))
            && !self.timeline.index.lets_through(seq)
    }

    /// The view settings of the timeline, for undo.
    #[must_use]
    pub fn view_state(&self) -> ViewState {
        let found = if self.filtering.on { self.timeline.index.matched_kept() } else { self.filtering.disabled_matches.clone() };
        ViewState {
            filter: self.filtering.filter.clone(),
            on: self.filtering.on,
            found: found.filter(|_| self.filtering.running.is_none()),
            zoom: self.minimap.zoom.clone(),
            folds: self.timeline.index.folds().to_vec(),
        }
    }

    /// The filter, if it is enabled.
    #[must_use]
    pub fn filter(&self) -> Option<&Filter> {
        self.filtering.filter.as_ref().filter(|_| self.filtering.on)
    }

    /// The matches of the filter, enabled or not.
    #[must_use]
    pub fn filtered(&self) -> Option<&Matched> {
        if self.filtering.on { self.timeline.index.matched() } else { self.filtering.disabled_matches.as_deref() }
    }

    /// The current order of a view.
    #[must_use]
    pub fn order_of(&self, pane: Pane) -> Order {
        let first = orders_of(pane).next().map(|row| row.order).unwrap_or_default();
        self.panes.orders.get(&pane).copied().unwrap_or(first)
    }

    /// The name of a chosen order; '' for the default order.
    #[must_use]
    pub fn chosen_order(&self, pane: Pane) -> &'static str {
        let chosen = self.order_of(pane);
        orders_of(pane).skip(1).find(|row| row.order == chosen).map_or("", |row| row.name)
    }

    /// All bookmarks, then all marks.
    #[must_use]
    pub fn marked_moments(&self) -> Vec<MarkedMoment> {
        let bookmarks = self.snapshot.bookmarks.iter().map(|bookmark| MarkedMoment {
            at: bookmark.at,
            elsewhere: Some(bookmark.session).filter(|session| *session != self.snapshot.session.no),
            name: bookmark.name.clone(),
            note: bookmark.note.clone(),
        });
        let marks = self.navigation.marks.iter().map(|(letter, at)| MarkedMoment {
            at: *at,
            elsewhere: None,
            name: format!("'{letter}"),
            note: String::new(),
        });
        bookmarks.chain(marks).collect()
    }

    /// The bookmark of an operation in this session. Of several, the first with a note.
    #[must_use]
    pub fn bookmark_at(&self, at: Seq) -> Option<&Bookmark> {
        self.snapshot.bookmarks.at(self.snapshot.session.no, at)
    }

    /// The moments in this session that have a bookmark, ascending.
    #[must_use]
    pub fn bookmarked(&self) -> impl DoubleEndedIterator<Item = Seq> + '_ {
        self.snapshot.bookmarks.moments(self.snapshot.session.no)
    }

    /// Finds the next match from a moment.
    #[must_use]
    pub fn next_match(&self, direction: Direction, from: Seq) -> NextMatch {
        let lineage = &self.snapshot.lineage;
        let matched = &self.search.matched;
        let len = lineage.len();
        let before_all = from < lineage.first();
        let ordinal = lineage.ordinal(from);
        let near = match direction {
            Direction::Forward if before_all => matched.all.select(0),
            Direction::Forward => matched.all.after(ordinal),
            Direction::Backward if before_all => None,
            Direction::Backward => matched.all.before(ordinal),
        };
        let covered = &matched.covered;
        let known = covered.start <= ordinal && ordinal < covered.end.max(1);
        if let Some(found) = near.filter(|_| known) {
            return NextMatch::Found(lineage.nth(found), false);
        }
        if !matched.is_whole(len) {
            return NextMatch::NotYet;
        }
        let around = match direction {
            Direction::Forward => matched.all.select(0),
            Direction::Backward => matched.all.count().checked_sub(1).and_then(|last| matched.all.select(last)),
        };
        near.or(around).map_or(NextMatch::Nowhere, |found| NextMatch::Found(lineage.nth(found), near.is_none()))
    }

    /// True if the operation matches the search.
    #[must_use]
    pub fn is_found(&self, seq: Seq) -> bool {
        self.search.filter.is_some() && self.search.matched.all.has(self.snapshot.lineage.ordinal(seq))
    }

    /// `3/17` if the cursor is at a match, else `17`; with a `+` while the scan is incomplete.
    #[must_use]
    pub fn search_counter(&self) -> String {
        let matched = &self.search.matched;
        let lineage = &self.snapshot.lineage;
        let more = if matched.is_whole(lineage.len()) { "" } else { "+" };
        let ordinal = lineage.ordinal(self.cursor);
        if self.cursor >= lineage.first() && matched.all.has(ordinal) {
            format!("{}/{}{more}", matched.all.rank(ordinal) + 1, matched.all.count())
        } else {
            format!("{}{more}", matched.all.count())
        }
    }
}
