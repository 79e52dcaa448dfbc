//! Reconciles that the log tells from beginning to end: a call made while one runs belongs to it. Where two of its object run at once, by
//! two controllers, and nothing tells whose it is, it belongs to none: a wrong one is worse.
//!
//! Two programs may print to one place (`record -- sh -c 'a & b & wait'`). Which of them runs a reconcile shows by its first call, or
//! by the module that prints within it; from then on the calls of the other are not its own.

use std::collections::VecDeque;
use std::sync::Arc;

use super::programs::Programs;
use super::told::process_of;
use kuberewind_model::{Duration, NewOperation, NewSpan, SpanEnd, SpanKey, Timestamp};

/// Reconciles that are remembered; one that ended is, as a call of it may come to its result later.
const REMEMBERED: usize = 1_024;

/// One of which nothing was heard for so long is taken for ended: the line that told it was lost.
const LOST: Duration = Duration(600_000_000_000);

/// A line may reach the recorder this much later than the call that was made right after it.
pub(super) const SKEW: Duration = Duration(20_000_000);

/// The reconciles of the log, by time, and who runs them.
#[derive(Debug, Default)]
pub struct Logged {
    runs: VecDeque<Run>,
    programs: Programs,
    /// Those of which it has shown who runs them, to be told.
    shown: Vec<SpanKey>,
}

#[derive(Debug)]
struct Run {
    /// Its beginning, under the log's number.
    span: NewSpan,
    /// Its number in the file, once it is there.
    written: Option<SpanKey>,
    /// Whether its end is in the file, too: no more is told of it then.
    closed: bool,
    /// Its latest call or line.
    last: Timestamp,
    end: Option<Timestamp>,
    /// Which program runs it: who made its first call, or printed within it.
    program: Option<Arc<str>>,
    /// Whether a call was given to it.
    called: bool,
}

impl Run {
    /// Whether both are of one object, and ran at the same time.
    fn is_beside(&self, other: &Run) -> bool {
        let before = |one: &Run, other: &Run| one.end.is_some_and(|end| end < other.span.at);
        let same = (&self.span.namespace, &self.span.name) == (&other.span.namespace, &other.span.name);
        same && self.span.key != other.span.key && !before(self, other) && !before(other, self)
    }
}

impl Logged {
    /// One began.
    pub fn started(&mut self, span: &NewSpan) {
        if self.runs.len() >= REMEMBERED {
            self.runs.pop_front();
        }
        let span = span.clone();
        self.runs.push_back(Run { last: span.at, span, written: None, closed: false, end: None, program: None, called: false });
    }

    /// One is written, under this number and as this actor's.
    pub fn written(&mut self, key: SpanKey, number: SpanKey, actor: &Arc<str>) {
        if let Some(run) = self.run(key) {
            run.written = Some(number);
            run.span.actor = actor.clone();
        }
    }

    /// The end of one is written.
    pub fn closed(&mut self, key: SpanKey) {
        if let Some(run) = self.run(key) {
            run.closed = true;
        }
    }

    /// The log speaks of one: it is run by the program of the module that has printed this.
    pub fn spoken_of(&mut self, key: SpanKey, at: Timestamp, line: &str) {
        let Some(run) = self.run(key) else { return };
        run.last = run.last.max(at);
        if run.program.is_none()
            && let Some(program) = self.programs.printer(line)
        {
            self.is_run_by(key, &program);
        }
    }

    /// One ended.
    pub fn ended(&mut self, end: &SpanEnd) {
        if let Some(run) = self.run(end.span) {
            run.end = Some(end.at);
        }
    }

    /// Which program runs one, where that has shown.
    pub fn program_of(&self, key: SpanKey) -> Option<&Arc<str>> {
        self.runs.iter().rev().find(|run| run.span.key == key)?.program.as_ref()
    }

    /// Somebody makes calls.
    pub fn calls(&mut self, actor: &Arc<str>) {
        self.programs.calls(actor);
    }

    /// Whether several programs print to one place: then what a moment later is known tells more of whose a call is.
    pub fn is_shared(&self) -> bool {
        self.programs.are_several() && !self.runs.is_empty()
    }

    /// The one that a call belongs to: the only one that ran when it began, or of several the one of its object, or of its namespace.
    /// A call under another name than the process' is somebody else's, where the process is `known` to call by its own.
    pub fn span_of(&mut self, call: &NewOperation, known: impl Fn(&str) -> bool) -> Option<SpanKey> {
        let start = call.at.minus(call.duration);
        let ran = |run: &&Run| {
            let within = start >= run.span.at.minus(SKEW) && run.end.map_or(start.since(run.last) <= LOST, |end| start <= end);
            // A reconcile is one program's, and two programs may call by one name.
            let its_own = run.program.as_ref().is_none_or(|program| *program == call.actor);
            let process = process_of(&run.span.actor);
            run.written.is_some() && within && its_own && (*process == *call.actor || !known(process))
        };
        let running: Vec<&Run> = self.runs.iter().rev().filter(ran).take(64).collect();
        let found = match running.as_slice() {
            [] => None,
            [only] => Some(*only),
            several => {
                let near = |run: &&Run| run.span.namespace == call.target.namespace;
                let is_own = |run: &&Run| near(run) && run.span.name == call.target.name;
                let own: Vec<&Run> = several.iter().copied().filter(is_own).collect();
                if own.is_empty() { only(several.iter().copied().filter(near)) } else { self.one_of(own, start, call) }
            }
        };
        let (key, number) = found.and_then(|run| Some((run.span.key, run.written?)))?;
        self.is_run_by(key, &call.actor);
        self.called(key, call);
        Some(number)
    }

    /// Those of which it has shown meanwhile which program runs them: their beginnings as they are written.
    pub fn shown(&mut self) -> Vec<(NewSpan, Arc<str>)> {
        let shown = std::mem::take(&mut self.shown);
        let (written, waiting) = shown.into_iter().partition(|key| self.run(*key).is_none_or(|run| run.written.is_some()));
        self.shown = waiting;
        let beginning = |key: SpanKey| {
            let run = self.run(key).filter(|run| !run.closed)?;
            Some((NewSpan { key: run.written?, ..run.span.clone() }, run.program.clone()?))
        };
        Vec::into_iter(written).filter_map(beginning).collect()
    }

    /// Of reconciles of one object the one that a call which began at `start` belongs to, if that can be known.
    fn one_of<'a>(&self, own: Vec<&'a Run>, start: Timestamp, call: &NewOperation) -> Option<&'a Run> {
        // A beginning that a line tells exactly says more than one that may have been told late.
        let own = narrowed(own, |run| run.span.at <= start);
        // What a reconcile calls has come to its result when it ends; one that has ended meanwhile may be as short as that.
        let own = narrowed(own, |run| run.end.is_none_or(|end| call.at <= end));
        if self.programs.runs_one_at_once(&call.actor) {
            return only(narrowed(own, |run| run.program.as_ref() == Some(&call.actor)).into_iter());
        }
        only(own.into_iter())
    }

    /// It shows who runs a reconcile.
    pub fn is_run_by(&mut self, key: SpanKey, program: &Arc<str>) {
        let Some(run) = self.run(key).filter(|run| run.program.is_none()) else { return };
        run.program = Some(program.clone());
        self.programs.runs(program);
        self.shown.push(key);
    }

    /// A call is its own. Where another that ran beside it has calls of the same program, there are several controllers in that.
    fn called(&mut self, key: SpanKey, call: &NewOperation) {
        let Some(run) = self.run(key) else { return };
        run.last = run.last.max(call.at);
        if std::mem::replace(&mut run.called, true) {
            return;
        }
        let own = || self.runs.iter().filter(|run| run.called && run.program.as_ref() == Some(&call.actor));
        if own().find(|run| run.span.key == key).is_some_and(|run| own().any(|other| other.is_beside(run))) {
            self.programs.runs_two_at_once(&call.actor);
        }
    }

    fn run(&mut self, key: SpanKey) -> Option<&mut Run> {
        self.runs.iter_mut().rev().find(|run| run.span.key == key)
    }
}

/// Those that are so; all of them, where none is.
fn narrowed(runs: Vec<&Run>, so: impl Fn(&Run) -> bool) -> Vec<&Run> {
    let those: Vec<&Run> = runs.iter().copied().filter(|run| so(run)).collect();
    if those.is_empty() { runs } else { those }
}

fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    all.next().filter(|_| all.next().is_none())
}
