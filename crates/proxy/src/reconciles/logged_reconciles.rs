//! Reconciles whose start and end are in the log. A call during one of them belongs to it. If two controllers reconcile one
//! object at the same time and nothing shows which one made a call, the call belongs to neither: a wrong reconcile is worse
//! than none.
//!
//! Two programs may share one output (`record -- sh -c 'a & b & wait'`). A reconcile's first call, or the module that prints
//! within it, identifies its program. From then on, calls of the other program are not part of it.

use std::collections::VecDeque;
use std::sync::Arc;

use super::programs::Programs;
use super::target::is_lease_or_event;
use super::timing::SKEW;
use kuberewind_model::k8s::actor_name::{ActorName, process_of};
use kuberewind_model::{Duration, NewOperation, NewSpan, ObjectKey, SpanEnd, SpanKey, Timestamp};

/// Remembered reconciles, ended ones included: the result of a call may arrive after the end.
const MAX_RUNS: usize = 1_024;

/// After this much silence a reconcile counts as ended: its last line was lost.
const LOST_AFTER: Duration = Duration(600_000_000_000);

/// The reconciles of the log by time, and their programs.
#[derive(Debug, Default)]
pub struct LoggedReconciles {
    runs: VecDeque<LoggedRun>,
    programs: Programs,
    /// Reconciles whose program is known now, to be written.
    identified: Vec<SpanKey>,
}

#[derive(Debug)]
struct LoggedRun {
    /// Its start, with the log's key.
    span: NewSpan,
    /// Its key in the file, once it is written.
    written: Option<SpanKey>,
    /// True if its end is written. It is final then.
    closed: bool,
    /// The time of its latest call or line.
    last: Timestamp,
    end: Option<Timestamp>,
    /// The program that runs it: the one of its first call, or the one that printed within it.
    program: Option<Arc<str>>,
    /// True once a call belongs to it.
    has_call: bool,
}

impl LoggedRun {
    /// True if the call is about the reconciled object.
    fn is_about(&self, call: &NewOperation) -> bool {
        let span = &self.span;
        let resource =
            |kind: &kuberewind_model::KindRef| call.target.kind.as_ref().map(|called| called.resource == kind.resource);
        let kind = span.kind.as_ref().filter(|kind| !kind.resource.is_empty()).and_then(resource);
        (&span.namespace, &span.name) == (&call.target.namespace, &call.target.name) && kind != Some(false)
    }

    fn is_of(&self, object: &ObjectKey) -> bool {
        let kind = self.span.kind.as_ref().filter(|kind| !kind.resource.is_empty());
        let same_kind = kind.is_none_or(|kind| kind.resource == object.resource && kind.group == object.group);
        same_kind && self.span.namespace == object.namespace && self.span.name == object.name
    }

    /// True if both are about one object and ran at the same time.
    fn overlaps(&self, other: &LoggedRun) -> bool {
        let before = |one: &LoggedRun, other: &LoggedRun| one.end.is_some_and(|end| end < other.span.at);
        let same = (&self.span.namespace, &self.span.name) == (&other.span.namespace, &other.span.name);
        same && self.span.key != other.span.key && !before(self, other) && !before(other, self)
    }
}

impl LoggedReconciles {
    pub fn started(&mut self, span: &NewSpan) {
        if self.runs.len() >= MAX_RUNS {
            self.runs.pop_front();
        }
        let span = span.clone();
        self.runs.push_back(LoggedRun {
            last: span.at,
            span,
            written: None,
            closed: false,
            end: None,
            program: None,
            has_call: false,
        });
    }

    /// A start was written with this key and actor.
    pub fn written(&mut self, key: SpanKey, number: SpanKey, actor: &Arc<str>) {
        if let Some(run) = self.run(key) {
            run.written = Some(number);
            run.span.actor = actor.clone();
        }
    }

    /// An end was written.
    pub fn closed(&mut self, key: SpanKey) {
        if let Some(run) = self.run(key) {
            run.closed = true;
        }
    }

    /// The log mentions a reconcile. The module that printed the line identifies the program.
    pub fn mentioned(&mut self, key: SpanKey, at: Timestamp, line: &str) {
        let Some(run) = self.run(key) else { return };
        run.last = run.last.max(at);
        if run.program.is_none()
            && let Some(program) = self.programs.printer(line)
        {
            self.set_program(key, &program);
        }
    }

    pub fn ended(&mut self, end: &SpanEnd) {
        if let Some(run) = self.run(end.span) {
            run.end = Some(end.at);
        }
    }

    pub fn program_of(&self, key: SpanKey) -> Option<&Arc<str>> {
        self.runs.iter().rev().find(|run| run.span.key == key)?.program.as_ref()
    }

    /// An actor made a call.
    pub fn caller(&mut self, actor: &Arc<str>) {
        self.programs.caller(process_of(actor));
    }

    /// True if several programs share one output. Then a later line may reveal more about a call.
    pub fn is_shared(&self) -> bool {
        self.programs.are_several() && !self.runs.is_empty()
    }

    /// The reconcile of a call: the only one that ran when it started, else the one of its object or of the object's `owner`, else the
    /// one of its namespace. A call by another process or another controller is not part of it, if the process is `known` to call under
    /// its own name.
    pub fn span_of(
        &mut self,
        call: &NewOperation,
        owner: Option<&ObjectKey>,
        known: impl Fn(&str) -> bool,
    ) -> Option<(SpanKey, Arc<str>)> {
        let start = call.at.minus(call.duration);
        let caller = ActorName::parse(&call.actor);
        if caller.is_leader_election() || &*call.target.subresource == "token" {
            return None;
        }
        let ran = |run: &&LoggedRun| {
            let in_time =
                start >= run.span.at.minus(SKEW) && run.end.map_or(start.since(run.last) <= LOST_AFTER, |end| start <= end);
            // A reconcile belongs to one program, and two programs may use one name.
            let same_program = run.program.as_ref().is_none_or(|program| **program == *caller.process);
            let runner = ActorName::parse(&run.span.actor);
            let same_process = runner.process == caller.process || !known(&runner.process);
            let same_controller =
                caller.controller.is_empty() || runner.controller.is_empty() || caller.controller == runner.controller;
            run.written.is_some() && in_time && same_program && same_process && same_controller
        };
        let running: Vec<&LoggedRun> = self.runs.iter().rev().filter(ran).take(64).collect();
        let found = match running.as_slice() {
            [] => None,
            // Other calls of a process go on beside its reconciles.
            [single] => (!is_lease(call) || single.is_about(call)).then_some(*single),
            several => {
                let owned = |run: &&LoggedRun| owner.is_some_and(|owner| run.is_of(owner));
                let related: Vec<&LoggedRun> = several.iter().copied().filter(|run| run.is_about(call) || owned(run)).collect();
                if related.is_empty() {
                    let same_namespace = |run: &&LoggedRun| run.span.namespace == call.target.namespace;
                    single(several.iter().copied().filter(same_namespace)).filter(|_| !is_lease(call))
                } else {
                    self.one_of(related, start, call)
                }
            }
        };
        let (key, number, actor) = found.and_then(|run| Some((run.span.key, run.written?, run.span.actor.clone())))?;
        self.set_program(key, &caller.process.as_str().into());
        self.add_call(key, call);
        Some((number, actor))
    }

    /// Takes the reconciles whose program became known: their starts as they are written.
    pub fn take_identified(&mut self) -> Vec<(NewSpan, Arc<str>)> {
        let identified = std::mem::take(&mut self.identified);
        let (written, waiting) = identified.into_iter().partition(|key| self.run(*key).is_none_or(|run| run.written.is_some()));
        self.identified = waiting;
        let start_of = |key: SpanKey| {
            let run = self.run(key).filter(|run| !run.closed)?;
            Some((NewSpan { key: run.written?, ..run.span.clone() }, run.program.clone()?))
        };
        Vec::into_iter(written).filter_map(start_of).collect()
    }

    /// Of the reconciles of one object, the one that a call which started at `start` belongs to, if that is certain.
    fn one_of<'a>(&self, candidates: Vec<&'a LoggedRun>, start: Timestamp, call: &NewOperation) -> Option<&'a LoggedRun> {
        // An exact start is better evidence than one that may have been logged late.
        let candidates = prefer(candidates, |run| run.span.at <= start);
        // The result of a call is known before its reconcile ends, except for a reconcile as short as that.
        let candidates = prefer(candidates, |run| run.end.is_none_or(|end| call.at <= end));
        let caller = process_of(&call.actor);
        if self.programs.runs_one_at_a_time(caller) {
            return single(prefer(candidates, |run| run.program.as_deref() == Some(caller)).into_iter());
        }
        single(candidates.into_iter())
    }

    /// Sets the program of a reconcile, once.
    pub fn set_program(&mut self, key: SpanKey, program: &Arc<str>) {
        let Some(run) = self.run(key).filter(|run| run.program.is_none()) else { return };
        run.program = Some(program.clone());
        self.programs.runner(program);
        self.identified.push(key);
    }

    /// A call belongs to a reconcile. If an overlapping one has calls of the same program, that program runs several
    /// controllers.
    fn add_call(&mut self, key: SpanKey, call: &NewOperation) {
        let Some(run) = self.run(key) else { return };
        run.last = run.last.max(call.at);
        if std::mem::replace(&mut run.has_call, true) {
            return;
        }
        let caller: Arc<str> = process_of(&call.actor).into();
        let candidates = || self.runs.iter().filter(|run| run.has_call && run.program.as_ref() == Some(&caller));
        if candidates().find(|run| run.span.key == key).is_some_and(|run| candidates().any(|other| other.overlaps(run))) {
            self.programs.runs_concurrently(&caller);
        }
    }

    fn run(&mut self, key: SpanKey) -> Option<&mut LoggedRun> {
        self.runs.iter_mut().rev().find(|run| run.span.key == key)
    }
}

/// The runs that match; all if none matches.
fn prefer(runs: Vec<&LoggedRun>, condition: impl Fn(&LoggedRun) -> bool) -> Vec<&LoggedRun> {
    let matching: Vec<&LoggedRun> = runs.iter().copied().filter(|run| condition(run)).collect();
    if matching.is_empty() { runs } else { matching }
}

/// True for a call on a lease or an event, which a process makes beside its reconciles.
fn is_lease(call: &NewOperation) -> bool {
    super::target::target_of(call).is_some_and(|target| is_lease_or_event(&target) && &*target.resource == "leases")
}

fn single<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    all.next().filter(|_| all.next().is_none())
}
