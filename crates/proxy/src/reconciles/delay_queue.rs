//! Delays events while several programs share one output, because a later log line may tell which program made a call.

use std::collections::VecDeque;

use kuberewind_model::{Duration, Event, Timestamp};

/// A line may arrive this much later than the call it is about.
const DELAY: Duration = Duration(10_000_000);

/// Queued events at most.
const MAX_EVENTS: usize = 4_096;

/// Events in order of arrival, except that the start of a reconcile, whose line may be late, comes before the calls within
/// it.
#[derive(Debug, Default)]
pub(super) struct DelayQueue {
    events: VecDeque<Event>,
    operations: u64,
    /// The time of the latest event.
    newest: Timestamp,
    /// Events that have waited through a flush.
    flushed: usize,
}

impl DelayQueue {
    pub(super) fn push(&mut self, event: Event) {
        self.operations += u64::from(matches!(event, Event::Operation(_)));
        self.newest = event.at().map_or(self.newest, |at| self.newest.max(at));
        let index = match &event {
            Event::SpanStarted(span) => self.events.iter().position(|other| is_call_after(other, span.at)),
            _ => None,
        };
        self.events.insert(index.unwrap_or(self.events.len()), event);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Queued operations.
    pub(super) fn operations(&self) -> u64 {
        self.operations
    }

    /// The first event, if there are too many.
    pub(super) fn pop_excess(&mut self) -> Option<Event> {
        if self.events.len() > MAX_EVENTS { self.pop() } else { None }
    }

    /// The first event, if it has waited long enough.
    pub(super) fn pop_due(&mut self) -> Option<Event> {
        let old = |event: &Event| event.at().is_none_or(|at| self.newest.since(at) >= DELAY);
        if self.flushed > 0 || self.events.front().is_some_and(old) { self.pop() } else { None }
    }

    pub(super) fn pop(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
        self.operations -= u64::from(matches!(event, Event::Operation(_)));
        self.flushed = self.flushed.saturating_sub(1);
        Some(event)
    }

    /// Ends a flush: the queued events are due at the next one.
    pub(super) fn end_flush(&mut self) {
        self.flushed = self.events.len();
    }
}

/// True for a call that started after this time.
fn is_call_after(event: &Event, at: Timestamp) -> bool {
    matches!(event, Event::Operation(call) if !call.verb.is_watch_event() && call.at.minus(call.duration) >= at)
}

#[cfg(test)]
mod tests {
    use super::DelayQueue;
    use kuberewind_model::{Event, LogStream, NewLogLine, Timestamp};

    fn line(millis: i64) -> Event {
        let at = Timestamp(millis * 1_000_000);
        Event::Log(NewLogLine { at, stream: LogStream::Stderr, level: "".into(), span: None, text: millis.to_string().into() })
    }

    fn due(queue: &mut DelayQueue) -> Vec<String> {
        let due = std::iter::from_fn(|| queue.pop_due()).map(|event| match event {
            Event::Log(line) => line.text.to_string(),
            other => panic!("unexpected {other:?}"),
        });
        let due = due.collect();
        queue.end_flush();
        due
    }

    #[test]
    fn recent_events_wait_for_one_more_flush() {
        let mut queue = DelayQueue::default();
        [0, 5, 12].into_iter().for_each(|millis| queue.push(line(millis)));
        assert_eq!(due(&mut queue), ["0"]);
        queue.push(line(13));
        assert_eq!(due(&mut queue), ["5", "12"]);
        assert_eq!(due(&mut queue), ["13"]);
        assert!(queue.is_empty());
    }
}
