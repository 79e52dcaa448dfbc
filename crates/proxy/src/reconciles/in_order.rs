//! Puts the ends of reconciles in a fixed order.

use kuberewind_model::{Event, SpanKey};

/// Sorts the events by span key.
pub(super) fn in_order(mut ended: Vec<(SpanKey, Event)>) -> Vec<Event> {
    ended.sort_by_key(|(key, _)| *key);
    ended.into_iter().map(|(_, event)| event).collect()
}
