//! Reconciles that the log tells from beginning to end: a call made while one runs belongs to it.

use std::collections::VecDeque;
use std::sync::Arc;

use super::told::process_of;
use crate::model::{Duration, NewOperation, NewSpan, SpanEnd, SpanKey, Timestamp};

/// Reconciles that are remembered; one that ended is, as a call of it may come to its result later.
const REMEMBERED: usize = 1_024;

/// One of which nothing was heard for so long is taken for ended: the line that told it was lost.
const LOST: Duration = Duration(600_000_000_000);

/// A line may reach the recorder this much later than the call that was made right after it.
pub(super) const SKEW: Duration = Duration(20_000_000);

/// The reconciles of the log, by time.
#[derive(Debug, Default)]
pub struct Logged(VecDeque<Run>);

#[derive(Debug)]
struct Run {
    key: SpanKey,
    process: Arc<str>,
    namespace: Arc<str>,
    name: Arc<str>,
    start: Timestamp,
    /// Its latest call or line.
    last: Timestamp,
    end: Option<Timestamp>,
}

impl Logged {
    /// One began.
    pub fn started(&mut self, span: &NewSpan) {
        if self.0.len() >= REMEMBERED {
            self.0.pop_front();
        }
        let (namespace, name) = (span.namespace.clone(), span.name.clone());
        let process = process_of(&span.actor).into();
        self.0.push_back(Run { key: span.key, process, namespace, name, start: span.at, last: span.at, end: None });
    }

    /// The log speaks of one.
    pub fn spoken_of(&mut self, key: SpanKey, at: Timestamp) {
        if let Some(run) = self.0.iter_mut().rev().find(|run| run.key == key) {
            run.last = run.last.max(at);
        }
    }

    /// One ended.
    pub fn ended(&mut self, end: &SpanEnd) {
        if let Some(run) = self.0.iter_mut().rev().find(|run| run.key == end.span) {
            run.end = Some(end.at);
        }
    }

    /// The one that a call belongs to: the only one that ran when it began, or of several the one of its object, or of its namespace.
    /// A call under another name than the process' is somebody else's, where the process is `known` to call by its own.
    pub fn span_of(&mut self, call: &NewOperation, known: impl Fn(&str) -> bool) -> Option<SpanKey> {
        let start = call.at.minus(call.duration);
        let ran = |run: &&Run| {
            let within = start >= run.start.minus(SKEW) && run.end.map_or(start.since(run.last) <= LOST, |end| start <= end);
            within && (run.process == call.actor || !known(&run.process))
        };
        let running: Vec<&Run> = self.0.iter().rev().filter(ran).take(64).collect();
        let own = |run: &&&Run| run.namespace == call.target.namespace && run.name == call.target.name;
        let near = || {
            let mut near = running.iter().filter(|run| run.namespace == call.target.namespace);
            near.next().filter(|_| near.next().is_none())
        };
        let found = match running.as_slice() {
            [] => None,
            [only] => Some(only.key),
            _ => running.iter().find(own).or_else(near).map(|run| run.key),
        };
        if let Some(key) = found {
            self.spoken_of(key, call.at);
        }
        found
    }
}
