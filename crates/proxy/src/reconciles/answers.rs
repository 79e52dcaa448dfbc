//! Which delivery the calls on an object answer, learned from their order.
//!
//! The controllers of one process share connections, user agent and account. If a call on one object always starts right after the
//! delivery of another one, a reconcile of that other one makes it. A single reconcile that writes both objects in turn shows nearly the
//! same order, but it never starts its second call before the first one has its response. Two controllers do, now and then: the
//! watch event may arrive before the response.

use std::collections::VecDeque;
use std::num::NonZeroUsize;

use lru::LruCache;

use kuberewind_model::{Duration, ObjectKey, Timestamp};

/// Objects whose calls are followed.
const MAX_TARGETS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1_023);
/// Delivered objects remembered for each of them.
const MAX_TRIGGERS: usize = 8;
/// Latest calls of a process.
const MAX_CALLS: usize = 64;
/// Answers that prove a pair.
const WANTED: u64 = 12;
/// Of twenty calls on an object, one may have no delivery before it.
const OF_TWENTY: u64 = 19;
/// Calls that start before the response to the write that they answer.
const WANTED_OVERLAPS: u64 = 2;
/// Above this number of calls, older ones weigh half.
const MAX_COUNTED: u64 = 128;
/// The client may have a response this much earlier than the recorder has its end.
const SLACK: Duration = Duration(200_000);

/// A call of the process.
#[derive(Debug, Clone)]
struct Call {
    target: ObjectKey,
    start: Timestamp,
    end: Timestamp,
}

#[derive(Debug)]
struct Pair {
    delivered: ObjectKey,
    answers: u64,
    overlaps: u64,
}

/// The calls on one object.
#[derive(Debug, Default)]
struct Answers {
    pairs: Vec<Pair>,
    /// Calls that followed exactly one delivery, or none.
    counted: u64,
    /// The delivered object, once it is proven.
    proven: Option<ObjectKey>,
}

/// The order of the deliveries and calls of one process.
#[derive(Debug)]
pub(super) struct AnswerPatterns {
    calls: VecDeque<Call>,
    targets: LruCache<ObjectKey, Answers>,
}

impl Default for AnswerPatterns {
    fn default() -> AnswerPatterns {
        AnswerPatterns { calls: VecDeque::new(), targets: LruCache::new(MAX_TARGETS) }
    }
}

impl AnswerPatterns {
    /// The start of the call before one that starts at `start`.
    pub(super) fn start_before(&self, start: Timestamp) -> Option<Timestamp> {
        self.calls.iter().map(|call| call.start).filter(|other| *other < start).max()
    }

    /// Adds a call on `target`. `delivered` has the objects that were delivered since the start of the call before it.
    pub(super) fn called(&mut self, target: &ObjectKey, (start, end): (Timestamp, Timestamp), delivered: &[ObjectKey]) {
        if self.start_before(start).is_some() && delivered.len() <= 1 {
            let overlaps = |delivered: &ObjectKey| {
                let write = self.calls.iter().rev().find(|call| call.target == *delivered && call.start < start);
                write.is_some_and(|write| start.plus(SLACK) < write.end)
            };
            let overlap = delivered.first().is_some_and(overlaps);
            let answers = self.targets.get_or_insert_mut(target.clone(), Answers::default);
            answers.count(delivered.first(), overlap);
            answers.judge(target);
        }
        if self.calls.len() >= MAX_CALLS {
            self.calls.pop_front();
        }
        self.calls.push_back(Call { target: target.clone(), start, end });
    }

    /// The other object whose delivery the calls on `target` answer, if that is proven.
    pub(super) fn trigger_of(&self, target: &ObjectKey) -> Option<&ObjectKey> {
        self.targets.peek(target)?.proven.as_ref()
    }
}

impl Answers {
    fn count(&mut self, delivered: Option<&ObjectKey>, overlap: bool) {
        if self.counted >= MAX_COUNTED {
            self.counted /= 2;
            for pair in &mut self.pairs {
                (pair.answers, pair.overlaps) = (pair.answers / 2, pair.overlaps / 2);
            }
        }
        self.counted += 1;
        if let Some(delivered) = delivered {
            self.add(delivered, overlap);
        }
    }

    /// Finds the proven trigger. Only too many other calls take it back.
    fn judge(&mut self, target: &ObjectKey) {
        let best = self.pairs.iter().max_by_key(|pair| pair.answers);
        let steady = best.filter(|pair| pair.answers >= WANTED && pair.answers * 20 >= self.counted * OF_TWENTY);
        let other = steady.filter(|pair| pair.delivered != *target);
        let known = other.filter(|pair| pair.overlaps >= WANTED_OVERLAPS || self.proven.as_ref() == Some(&pair.delivered));
        self.proven = known.map(|pair| pair.delivered.clone());
    }

    fn add(&mut self, delivered: &ObjectKey, overlap: bool) {
        let known = self.pairs.iter().position(|pair| pair.delivered == *delivered);
        let place = known.unwrap_or_else(|| {
            if self.pairs.len() >= MAX_TRIGGERS {
                // A pair that repeats has more answers than the others.
                let rarest = self.pairs.iter().enumerate().min_by_key(|(_, pair)| pair.answers).map_or(0, |(place, _)| place);
                self.pairs.swap_remove(rarest);
            }
            self.pairs.push(Pair { delivered: delivered.clone(), answers: 0, overlaps: 0 });
            self.pairs.len() - 1
        });
        if let Some(pair) = self.pairs.get_mut(place) {
            pair.answers += 1;
            pair.overlaps += u64::from(overlap);
        }
    }
}
