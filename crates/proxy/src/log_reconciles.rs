//! Follows reconciles through log lines: their start, the lines within them and their end.
//!
//! A controller never reconciles one object twice at the same time. Two controllers may, in one program or in two programs
//! with one output. If the runtime gives runs no names, the reason in each line and the duration at the end distinguish them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::reconciles::SpanSource;
use kuberewind_capture::{Message, SpanEnded, SpanObject, SpanStarted};
use kuberewind_logs::{ReconcileMention, ReconcilePhase};
use kuberewind_model::{Duration, SpanKey, SpanResult, Timestamp};

/// Reconciles followed at the same time. Beyond this, the one that was silent the longest is ended.
const MAX_RUNNING: usize = 1_024;

/// A reconcile without a logged end is over after this much silence.
const IDLE_LIMIT: Duration = Duration(2_000_000_000);

/// A reconcile with a logged end may overlap the next one of its object for this long. After that its last line counts as
/// lost.
const OVERLAP_LIMIT: Duration = Duration(10_000_000_000);

/// Follows reconciles through the lines of one process.
#[derive(Debug)]
pub struct LogReconciles {
    process: Arc<str>,
    next: u64,
    running: HashMap<Arc<str>, Running>,
    /// Controllers that logged the end of a reconcile: they log every end.
    logs_ends: HashSet<Arc<str>>,
}

#[derive(Debug, Clone)]
struct Running {
    span: SpanKey,
    worker: Arc<str>,
    reason: Arc<str>,
    /// True if the runtime names each run. Then the next run of the object ends this one; silence does not.
    named: bool,
    /// True if the line of the start was seen. Then a line of the end will follow.
    start_logged: bool,
    start: Timestamp,
    last: Timestamp,
}

impl LogReconciles {
    #[must_use]
    pub fn new(process: Arc<str>) -> LogReconciles {
        LogReconciles { process, next: 0, running: HashMap::new(), logs_ends: HashSet::new() }
    }

    /// Takes a line that names a reconcile. Returns its key and appends changes to `out`.
    pub fn observe(&mut self, at: Timestamp, mention: &ReconcileMention, out: &mut Vec<Message>) -> SpanKey {
        let worker: Arc<str> =
            format!("{}|{}|{}|{}|{}", mention.controller, mention.group, mention.kind, mention.namespace, mention.name).into();
        let logs_ends = self.logs_ends.contains(mention.controller.as_str());
        let run =
            if mention.id.is_empty() { self.find_unnamed(at, mention, &worker) } else { Some(Arc::from(mention.id.as_str())) };
        let is_new = match run.as_ref().and_then(|run| self.running.get(run)) {
            None => true,
            Some(running) => !running.named && !running.start_logged && at.since(running.last) > IDLE_LIMIT,
        };
        if is_new {
            // The new run ends the earlier ones of the object, except one that another controller may still be running.
            let with_end = logs_ends && mention.phase == ReconcilePhase::Start;
            let may_overlap = |running: &Running| with_end && running.start_logged && at.since(running.last) <= OVERLAP_LIMIT;
            self.end_where(|running| running.worker == worker && !may_overlap(running), out);
            self.end_silent(at, out);
        }
        let run = match run {
            Some(run) if !is_new => run,
            _ => self.begin(at, mention, worker, out),
        };
        let Some(running) = self.running.get_mut(&run) else { return SpanSource::Mention.key(self.next) };
        running.last = at;
        let span = running.span;
        if let ReconcilePhase::End { result, error, requeue_after, .. } = &mention.phase {
            self.running.remove(&run);
            if self.logs_ends.len() < MAX_RUNNING {
                self.logs_ends.insert(mention.controller.as_str().into());
            }
            out.push(ended(span, at, *result, error.clone(), *requeue_after));
        }
        span
    }

    /// Finds the run of a line without a run name; `None` for a new run.
    fn find_unnamed(&self, at: Timestamp, mention: &ReconcileMention, worker: &Arc<str>) -> Option<Arc<str>> {
        if mention.phase == ReconcilePhase::Start {
            return None;
        }
        let mut candidates: Vec<_> =
            self.running.iter().filter(|(_, running)| !running.named && running.worker == *worker).collect();
        if candidates.iter().any(|(_, running)| *running.reason == *mention.reason) {
            candidates.retain(|(_, running)| *running.reason == *mention.reason);
        }
        let run = match mention.phase {
            ReconcilePhase::End { duration: Some(duration), .. } => {
                let off = |running: &Running| running.start.0.abs_diff(at.minus(duration).0);
                candidates.into_iter().min_by_key(|(_, running)| (off(running), SpanSource::number(running.span)))
            }
            _ => candidates.into_iter().max_by_key(|(_, running)| SpanSource::number(running.span)),
        };
        run.map(|(run, _)| run.clone())
    }

    /// Ends all runs: no more lines will come.
    pub fn end(&mut self, out: &mut Vec<Message>) {
        self.end_where(|_| true, out);
    }

    /// Starts a run and returns the name that identifies it here.
    fn begin(&mut self, at: Timestamp, mention: &ReconcileMention, worker: Arc<str>, out: &mut Vec<Message>) -> Arc<str> {
        if self.running.len() >= MAX_RUNNING
            && let Some(longest) = self.running.values().map(|running| running.last).min()
        {
            self.end_where(|running| running.last == longest, out);
        }
        self.next += 1;
        let named = !mention.id.is_empty();
        let run: Arc<str> = if named { mention.id.as_str().into() } else { format!("{worker}|{}", self.next).into() };
        let start_logged = mention.phase == ReconcilePhase::Start;
        let account = match (start_logged, self.logs_ends.contains(mention.controller.as_str())) {
            (true, true) => SpanSource::Whole,
            (true, false) => SpanSource::Start,
            (false, _) if matches!(mention.phase, ReconcilePhase::End { result: SpanResult::Error, .. }) => SpanSource::Failure,
            (false, _) => SpanSource::Mention,
        };
        let span = account.key(self.next);
        let reason = Arc::from(mention.reason.as_str());
        // Some controllers log only the end, with the duration.
        let at = match &mention.phase {
            ReconcilePhase::End { duration: Some(duration), .. } => at.minus(*duration),
            _ => at,
        };
        self.running.insert(run.clone(), Running { span, worker, reason, named, start_logged, start: at, last: at });
        let actor = match mention.controller.as_str() {
            "" => self.process.clone(),
            controller => format!("{}/{controller}", self.process).into(),
        };
        let text = |text: &str| Arc::from(text);
        let label = if named { mention.id.clone() } else { self.next.to_string() };
        out.push(Message::SpanStarted(Box::new(SpanStarted {
            span,
            at,
            actor: Some(actor),
            label: label.into(),
            object: SpanObject {
                group: text(&mention.group),
                version: text(&mention.version),
                kind: text(&mention.kind),
                resource: text(""),
                namespace: text(&mention.namespace),
                name: text(&mention.name),
                joined: mention.joined,
            },
            reason: text(&mention.reason),
        })));
        run
    }

    fn end_silent(&mut self, at: Timestamp, out: &mut Vec<Message>) {
        self.end_where(|running| !running.named && !running.start_logged && at.since(running.last) > IDLE_LIMIT, out);
    }

    /// Ends runs without a logged end at the time of their last line.
    fn end_where(&mut self, is_over: impl Fn(&Running) -> bool, out: &mut Vec<Message>) {
        let mut ended_runs: Vec<Running> = self.running.values().filter(|running| is_over(running)).cloned().collect();
        self.running.retain(|_, running| !is_over(running));
        ended_runs.sort_by_key(|running| running.span);
        out.extend(
            ended_runs.into_iter().map(|running| ended(running.span, running.last, SpanResult::Unknown, String::new(), None)),
        );
    }
}

fn ended(span: SpanKey, at: Timestamp, result: SpanResult, error: String, requeue_after: Option<Duration>) -> Message {
    Message::SpanEnded(Box::new(SpanEnded { span, at, result, error, requeue_after }))
}

#[cfg(test)]
mod tests {
    use super::LogReconciles;
    use crate::reconciles::SpanSource;
    use kuberewind_capture::Message;
    use kuberewind_logs::parse;
    use kuberewind_model::Timestamp;

    fn observed(spans: &mut LogReconciles, millis: i64, line: &str) -> Vec<String> {
        let mut out = Vec::new();
        let mention = parse(line).reconcile.expect("a reconcile");
        spans.observe(Timestamp(millis * 1_000_000), &mention, &mut out);
        described(&out)
    }

    fn described(out: &[Message]) -> Vec<String> {
        let one = |message: &Message| match message {
            Message::SpanStarted(started) => {
                format!(
                    "{} starts: {} {}",
                    SpanSource::number(started.span),
                    started.actor.as_deref().unwrap_or(""),
                    started.object.name
                )
            }
            Message::SpanEnded(ended) => {
                format!("{} ends at {} {:?}", SpanSource::number(ended.span), ended.at.0 / 1_000_000, ended.result)
            }
            other => panic!("unexpected {other:?}"),
        };
        out.iter().map(one).collect()
    }

    fn zap(id: &str, name: &str, message: &str) -> String {
        format!(
            r#"{{"level":"info","msg":"{message}","controller":"web","controllerKind":"Pod","Pod":{{"name":"{name}","namespace":"b"}},"reconcileID":"{id}"}}"#
        )
    }

    #[test]
    fn a_run_lasts_from_its_first_line_to_its_end_or_to_the_next_run() {
        let mut spans = LogReconciles::new("manager".into());
        assert_eq!(observed(&mut spans, 0, &zap("1", "a", "working")), ["1 starts: manager/web a"]);
        assert_eq!(observed(&mut spans, 5, &zap("2", "b", "working")), ["2 starts: manager/web b"]);
        assert_eq!(observed(&mut spans, 9, &zap("1", "a", "more")), Vec::<String>::new());
        assert_eq!(observed(&mut spans, 10, &zap("1", "a", "Reconcile successful")), ["1 ends at 10 Ok"]);
        assert_eq!(observed(&mut spans, 9_000, &zap("3", "b", "working")), ["2 ends at 5 Unknown", "3 starts: manager/web b"]);
        let mut out = Vec::new();
        spans.end(&mut out);
        assert_eq!(described(&out), ["3 ends at 9000 Unknown"]);
    }

    fn tracing(reason: &str, end: &str) -> String {
        format!(
            "2026-01-02T03:04:05Z  INFO reconciling object{{object.ref=Pod.v1./a.b object.reason={reason}}}: kube_runtime::controller: {end}"
        )
    }

    #[test]
    fn two_programs_may_reconcile_one_object_at_once() {
        let mut spans = LogReconciles::new("sh".into());
        // Before the first logged end, the controller is not known to log ends.
        assert_eq!(observed(&mut spans, 0, &tracing("x", "new")), ["1 starts: sh a.b"]);
        assert_eq!(observed(&mut spans, 5, &tracing("x", "close time.busy=2ms time.idle=3ms")), ["1 ends at 5 Unknown"]);
        assert_eq!(observed(&mut spans, 10, &tracing("x", "new")), ["2 starts: sh a.b"]);
        assert_eq!(observed(&mut spans, 14, &tracing("x", "new")), ["3 starts: sh a.b"]);
        assert_eq!(observed(&mut spans, 20, &tracing("x", "close time.busy=500µs time.idle=5.5ms")), ["3 ends at 20 Unknown"]);
        assert_eq!(observed(&mut spans, 21, &tracing("y", "new")), ["4 starts: sh a.b"]);
        assert_eq!(observed(&mut spans, 22, &tracing("x", "words")), Vec::<String>::new());
        assert_eq!(observed(&mut spans, 23, &tracing("y", "close")), ["4 ends at 23 Unknown"]);
        assert_eq!(observed(&mut spans, 30, &tracing("x", "close time.busy=20.0ms time.idle=0.00ns")), ["2 ends at 30 Unknown"]);
        // A run whose last line was lost is ended in the end.
        assert_eq!(observed(&mut spans, 100, &tracing("x", "new")), ["5 starts: sh a.b"]);
        assert_eq!(observed(&mut spans, 20_000, &tracing("x", "new")), ["5 ends at 100 Unknown", "6 starts: sh a.b"]);
    }

    #[test]
    fn unnamed_runs_are_separated_by_events_or_silence() {
        let line = |end: &str| tracing("x", end);
        let mut spans = LogReconciles::new("op".into());
        assert_eq!(observed(&mut spans, 0, &line("new")), ["1 starts: op a.b"]);
        assert_eq!(observed(&mut spans, 5_000, &line("still at it")), Vec::<String>::new());
        assert_eq!(observed(&mut spans, 5_001, &line("close time.busy=1s")), ["1 ends at 5001 Unknown"]);
        assert_eq!(observed(&mut spans, 6_000, &line("words")), ["2 starts: op a.b"]);
        assert_eq!(observed(&mut spans, 9_000, &line("words")), ["2 ends at 6000 Unknown", "3 starts: op a.b"]);
    }
}
