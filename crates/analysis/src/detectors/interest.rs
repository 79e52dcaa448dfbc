//! Which inputs a detector handles.

use super::input::Input;
use crate::stream::Item;
use kuberewind_model::Verb;

/// A set of kinds of inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interest(u16);

impl Interest {
    /// A version observed for the first time.
    pub const NEW: Interest = Interest(1);
    /// The response to the write that made a version.
    pub const AUTHORED: Interest = Interest(1 << 1);
    /// A call that requests a change, whatever its outcome.
    pub const WRITE: Interest = Interest(1 << 2);
    pub const READ: Interest = Interest(1 << 3);
    pub const DELIVERY: Interest = Interest(1 << 4);
    pub const FAILURE: Interest = Interest(1 << 5);
    pub const SPAN: Interest = Interest(1 << 6);
    pub const WATCH: Interest = Interest(1 << 7);
    pub const LISTED: Interest = Interest(1 << 8);
    /// Any call, but no watch event.
    pub const CALL: Interest = Interest(1 << 9);

    #[must_use]
    pub const fn union(self, other: Interest) -> Interest {
        Interest(self.0 | other.0)
    }

    /// True if the sets overlap.
    #[must_use]
    pub const fn intersects(self, other: Interest) -> bool {
        self.0 & other.0 != 0
    }

    /// The kinds that an input belongs to.
    #[must_use]
    pub fn of(input: &Input<'_>) -> Interest {
        let mut found = Interest(0);
        let mut add = |wanted: bool, interest: Interest| {
            if wanted {
                found = found.union(interest);
            }
        };
        add(input.new.is_some(), Interest::NEW);
        add(input.authored.is_some(), Interest::AUTHORED);
        match input.item {
            Item::ListItem(_) => add(true, Interest::LISTED),
            Item::SpanStarted(_) | Item::SpanEnded(_) => add(true, Interest::SPAN),
            Item::Gap(_) | Item::Source { .. } | Item::Actor(..) => {}
            Item::Operation(operation) => {
                let verb = operation.op.verb;
                add(verb.is_write(), Interest::WRITE);
                add(matches!(verb, Verb::Get | Verb::List), Interest::READ);
                add(verb.is_watch_event(), Interest::DELIVERY);
                add(!verb.is_watch_event(), Interest::CALL);
                add(operation.is_failure(), Interest::FAILURE);
                add(verb == Verb::Watch, Interest::WATCH);
            }
        }
        found
    }
}
