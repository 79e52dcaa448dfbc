//! What the operator does: its outstanding calls, the time of its last one, and its writes.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::replay::Activity;
use kuberewind_analysis::compare::{ComparedName, NormalisedChange};
use kuberewind_model::{Clock, Timestamp};

/// The log of the operator's calls. Clones are handles to the same log.
#[derive(Clone)]
pub(super) struct ActivityLog {
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
    changed: Arc<Notify>,
}

#[derive(Default)]
struct State {
    outstanding: usize,
    last: Option<Timestamp>,
    writes: Vec<(ComparedName, NormalisedChange)>,
    /// Redacted values that the operator has read and that nobody was told about.
    redacted: BTreeSet<String>,
}

/// An outstanding call. It ends when this is dropped.
pub(super) struct OutstandingCall(ActivityLog);

impl Drop for OutstandingCall {
    fn drop(&mut self) {
        let now = self.0.clock.now();
        let mut state = self.0.lock();
        state.outstanding = state.outstanding.saturating_sub(1);
        state.last = Some(now);
        drop(state);
        self.0.changed.notify_one();
    }
}

impl ActivityLog {
    pub(super) fn new(clock: Arc<dyn Clock>) -> ActivityLog {
        ActivityLog { clock, state: Arc::default(), changed: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn call(&self) -> OutstandingCall {
        let now = self.clock.now();
        let mut state = self.lock();
        state.outstanding += 1;
        state.last = Some(now);
        drop(state);
        OutstandingCall(self.clone())
    }

    /// An event was sent to the operator, if it has made a call yet.
    pub(super) fn event(&self) {
        let now = self.clock.now();
        let mut state = self.lock();
        state.last = state.last.map(|_| now);
    }

    pub(super) fn wrote(&self, object: ComparedName, change: NormalisedChange) {
        self.lock().writes.push((object, change));
    }

    pub(super) fn take_writes(&self) -> Vec<(ComparedName, NormalisedChange)> {
        std::mem::take(&mut self.lock().writes)
    }

    pub(super) fn read_redacted(&self, sentences: impl IntoIterator<Item = String>) {
        self.lock().redacted.extend(sentences);
    }

    pub(super) fn redacted(&self) -> BTreeSet<String> {
        self.lock().redacted.clone()
    }

    pub(super) fn now(&self) -> Activity {
        let state = self.lock();
        Activity { outstanding: state.outstanding, last: state.last }
    }

    /// Completes after the next call has ended.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }
}
