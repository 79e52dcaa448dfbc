//! The work queue: objects that a controller has to look at, each at most once, in order.

use std::collections::BTreeMap;

use super::controller::Key;
use kuberewind_model::{Duration, Timestamp};

/// The first delay after a refused write.
const FIRST_RETRY: u64 = 5;
/// The longest delay after a refused write: as in client-go, 1,000 s.
const LAST_RETRY: u64 = 1_000_000;

/// The number of a controller and the object.
pub(super) type Item = (usize, Key);

#[derive(Debug, Default)]
pub(super) struct Queue {
    /// By due time, then by the order in which the objects were added.
    due: BTreeMap<(Timestamp, u64), Item>,
    places: BTreeMap<Item, (Timestamp, u64)>,
    failures: BTreeMap<Item, u32>,
    added: u64,
}

impl Queue {
    /// Adds an item. One that is queued already keeps the earlier time.
    pub(super) fn add(&mut self, item: Item, at: Timestamp) {
        if let Some(place) = self.places.get(&item).copied() {
            if place.0 <= at {
                return;
            }
            self.due.remove(&place);
        }
        self.added = self.added.saturating_add(1);
        self.places.insert(item.clone(), (at, self.added));
        self.due.insert((at, self.added), item);
    }

    /// Takes the first item that is due.
    pub(super) fn take(&mut self, now: Timestamp) -> Option<Item> {
        let first = self.due.first_entry().filter(|entry| entry.key().0 <= now)?.remove();
        self.places.remove(&first);
        Some(first)
    }

    /// When the first item is due.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    /// Adds an item again after a failure: each time twice as late.
    pub(super) fn retry(&mut self, item: Item, now: Timestamp) {
        let failures = self.failures.entry(item.clone()).or_default();
        let millis = FIRST_RETRY.checked_shl(*failures).unwrap_or(LAST_RETRY).min(LAST_RETRY);
        *failures = failures.saturating_add(1).min(32);
        self.add(item, now.plus(Duration::from_millis(millis)));
    }

    /// Ends the delays of an item.
    pub(super) fn succeeded(&mut self, item: &Item) {
        self.failures.remove(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(name: &str) -> Item {
        (0, (String::new(), name.to_owned()))
    }

    #[test]
    fn items_come_in_order_and_only_once() {
        let mut queue = Queue::default();
        queue.add(item("late"), Timestamp(10));
        queue.add(item("a"), Timestamp(1));
        queue.add(item("b"), Timestamp(1));
        queue.add(item("a"), Timestamp(5));
        queue.add(item("late"), Timestamp(2));
        assert_eq!(queue.next(), Some(Timestamp(1)));
        let taken: Vec<_> = std::iter::from_fn(|| queue.take(Timestamp(2))).map(|(_, (_, name))| name).collect();
        assert_eq!(taken, ["a", "b", "late"]);
        assert_eq!(queue.next(), None);
    }

    #[test]
    fn failures_are_retried_later_and_later() {
        let mut queue = Queue::default();
        let mut waits = Vec::new();
        for _ in 0..40 {
            queue.retry(item("a"), Timestamp(0));
            waits.push(queue.next().unwrap().0 / 1_000_000);
            assert!(queue.take(Timestamp(i64::MAX)).is_some());
        }
        assert_eq!((waits[0], waits[1], waits[2], waits[39]), (5, 10, 20, 1_000_000));
        queue.succeeded(&item("a"));
        queue.retry(item("a"), Timestamp(0));
        assert_eq!(queue.next(), Some(Timestamp(5_000_000)));
    }
}
