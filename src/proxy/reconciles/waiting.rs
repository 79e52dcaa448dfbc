//! Where several programs print to one place, what happened waits for a moment: what the log says of it meanwhile tells whose it is.

use std::collections::VecDeque;

use kuberewind_model::{Duration, Event, Timestamp};

/// A line may come so much later than what it tells of.
const MOMENT: Duration = Duration(10_000_000);

/// Events that wait at most.
const MOST: usize = 4_096;

/// Events in the order in which they came; but the beginning of a reconcile, of which a line may tell late, stands before what was called
/// in it.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    events: VecDeque<Event>,
    operations: u64,
    /// The time of the latest.
    newest: Timestamp,
    /// How many of them have waited through a flush already.
    flushed: usize,
}

impl Waiting {
    pub(super) fn add(&mut self, event: Event) {
        self.operations += u64::from(matches!(event, Event::Operation(_)));
        self.newest = event.at().map_or(self.newest, |at| self.newest.max(at));
        let place = match &event {
            Event::SpanStarted(span) => self.events.iter().position(|other| is_call_after(other, span.at)),
            _ => None,
        };
        self.events.insert(place.unwrap_or(self.events.len()), event);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// How many operations there are among them.
    pub(super) fn operations(&self) -> u64 {
        self.operations
    }

    /// The first, where there are too many.
    pub(super) fn beyond(&mut self) -> Option<Event> {
        if self.events.len() > MOST { self.first() } else { None }
    }

    /// The first, where it has waited long enough.
    pub(super) fn due(&mut self) -> Option<Event> {
        let old = |event: &Event| event.at().is_none_or(|at| self.newest.since(at) >= MOMENT);
        if self.flushed > 0 || self.events.front().is_some_and(old) { self.first() } else { None }
    }

    /// The first.
    pub(super) fn first(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
        self.operations -= u64::from(matches!(event, Event::Operation(_)));
        self.flushed = self.flushed.saturating_sub(1);
        Some(event)
    }

    /// A flush has gone by: what still waits is due at the next.
    pub(super) fn flushed(&mut self) {
        self.flushed = self.events.len();
    }
}

/// Whether it is a call that was begun after this time.
fn is_call_after(event: &Event, at: Timestamp) -> bool {
    matches!(event, Event::Operation(call) if !call.verb.is_watch_event() && call.at.minus(call.duration) >= at)
}

#[cfg(test)]
mod tests {
    use super::Waiting;
    use kuberewind_model::{Event, LogStream, NewLogLine, Timestamp};

    fn line(millis: i64) -> Event {
        let at = Timestamp(millis * 1_000_000);
        Event::Log(NewLogLine { at, stream: LogStream::Stderr, level: "".into(), span: None, text: millis.to_string().into() })
    }

    fn due(waiting: &mut Waiting) -> Vec<String> {
        let due = std::iter::from_fn(|| waiting.due()).map(|event| match event {
            Event::Log(line) => line.text.to_string(),
            other => panic!("unexpected {other:?}"),
        });
        let due = due.collect();
        waiting.flushed();
        due
    }

    #[test]
    fn what_is_young_waits_for_one_more_flush() {
        let mut waiting = Waiting::default();
        [0, 5, 12].into_iter().for_each(|millis| waiting.add(line(millis)));
        assert_eq!(due(&mut waiting), ["0"]);
        waiting.add(line(13));
        assert_eq!(due(&mut waiting), ["5", "12"]);
        assert_eq!(due(&mut waiting), ["13"]);
        assert!(waiting.is_empty());
    }
}
