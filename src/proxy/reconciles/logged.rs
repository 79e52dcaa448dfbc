//! Reconciles that the log tells from beginning to end: a call made while one runs belongs to it. Where two of its object run at once, by
//! two controllers, and nothing tells whose it is, it belongs to none: a wrong one is worse.

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
    /// Who made its first call.
    caller: Option<Arc<str>>,
}

impl Logged {
    /// One began.
    pub fn started(&mut self, span: &NewSpan) {
        if self.0.len() >= REMEMBERED {
            self.0.pop_front();
        }
        let (namespace, name) = (span.namespace.clone(), span.name.clone());
        let process = process_of(&span.actor).into();
        self.0.push_back(Run { key: span.key, process, namespace, name, start: span.at, last: span.at, end: None, caller: None });
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
        let found = match running.as_slice() {
            [] => None,
            [only] => Some(*only),
            several => {
                let near = |run: &&Run| run.namespace == call.target.namespace;
                let own: Vec<&Run> = several.iter().copied().filter(|run| near(run) && run.name == call.target.name).collect();
                if own.is_empty() { only(several.iter().copied().filter(near)) } else { one_of(&own, start, &call.actor) }
            }
        };
        let key = found?.key;
        if let Some(run) = self.0.iter_mut().rev().find(|run| run.key == key) {
            run.last = run.last.max(call.at);
            run.caller.get_or_insert_with(|| call.actor.clone());
        }
        Some(key)
    }
}

/// Of reconciles of one object the one that a call which began at `start` belongs to, if that can be known.
fn one_of<'a>(own: &[&'a Run], start: Timestamp, actor: &Arc<str>) -> Option<&'a Run> {
    // A beginning that a line tells exactly says more than one that may have been told late.
    let begun: Vec<&Run> = own.iter().copied().filter(|run| run.start <= start).collect();
    let own = if begun.is_empty() { own } else { &begun };
    // A reconcile is one program's, and two programs may call by one name.
    only(own.iter().copied().filter(|run| run.caller.as_ref().is_none_or(|caller| caller == actor)))
}

fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    all.next().filter(|_| all.next().is_none())
}
