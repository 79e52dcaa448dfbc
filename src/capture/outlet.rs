//! The way to the sink: what it cannot take is counted, and told as a gap as soon as it takes something again.

use crate::model::{Error, Event, GapReason, NewGap, Result, Seq, Sink};

/// Hands events to a sink.
pub(super) struct Outlet {
    sink: Box<dyn Sink>,
    limit: u64,
    taken: u64,
    over_limit: u64,
    limit_told: bool,
    failed: u64,
    failed_since: Seq,
    failures: u64,
    last_error: Option<Error>,
}

impl Outlet {
    /// `limit` operations at most are recorded.
    pub(super) fn new(sink: Box<dyn Sink>, limit: u64) -> Outlet {
        let failed_since = sink.last();
        Outlet {
            sink,
            limit,
            taken: 0,
            over_limit: 0,
            limit_told: false,
            failed: 0,
            failed_since,
            failures: 0,
            last_error: None,
        }
    }

    /// The number of the last operation.
    pub(super) fn last(&self) -> Seq {
        self.sink.last()
    }

    /// How many operations were taken.
    pub(super) fn operations(&self) -> u64 {
        self.taken
    }

    /// How many events could not be taken: refused by the sink, over the limit.
    pub(super) fn lost(&self) -> u64 {
        self.failures.saturating_add(self.over_limit)
    }

    /// The last failure, once.
    pub(super) fn take_error(&mut self) -> Option<Error> {
        self.last_error.take()
    }

    /// Hands one event on. Says whether it was taken.
    pub(super) fn emit(&mut self, event: Event) -> bool {
        let operation = matches!(event, Event::Operation(_));
        if self.taken >= self.limit && matches!(event, Event::Operation(_) | Event::ListItem { .. } | Event::Log(_)) {
            self.over_limit = self.over_limit.saturating_add(1);
            if !self.limit_told {
                self.limit_told = true;
                self.tell_limit();
            }
            return false;
        }
        if self.failed > 0 && !self.tell_failed() {
            self.count_failure(None);
            return false;
        }
        match self.sink.take(event) {
            Ok(()) => {
                self.taken = self.taken.saturating_add(u64::from(operation));
                true
            }
            Err(error) => {
                self.count_failure(Some(error));
                false
            }
        }
    }

    /// Makes what was taken visible.
    pub(super) fn flush(&mut self) {
        if let Err(error) = self.sink.flush() {
            self.count_failure(Some(error));
        }
    }

    /// The end: what is still to be told of losses.
    pub(super) fn finish(&mut self) -> Result<()> {
        if self.over_limit > 1 {
            self.tell_limit();
        }
        if self.failed > 0 {
            self.tell_failed();
        }
        self.sink.flush()
    }

    fn count_failure(&mut self, error: Option<Error>) {
        if self.failed == 0 {
            self.failed_since = self.sink.last();
        }
        self.failed = self.failed.saturating_add(1);
        self.failures = self.failures.saturating_add(1);
        self.last_error = error.or(self.last_error.take());
    }

    fn tell_failed(&mut self) -> bool {
        let told = self.sink.take(self.gap(self.failed_since, self.failed, GapReason::Disk));
        match told {
            Ok(()) => {
                self.failed = 0;
                true
            }
            Err(error) => {
                self.last_error = Some(error);
                false
            }
        }
    }

    fn tell_limit(&mut self) {
        let gap = self.gap(self.sink.last(), self.over_limit, GapReason::Limit);
        if let Err(error) = self.sink.take(gap) {
            self.count_failure(Some(error));
        }
    }

    fn gap(&self, first: Seq, count: u64, reason: GapReason) -> Event {
        Event::Gap(NewGap { actor: None, kind: None, namespace: "".into(), first, last: self.sink.last(), count, bytes: 0, reason })
    }
}
