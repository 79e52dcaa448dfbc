//! From lines to reconciles: when each began, what is said within it, when it ended.
//!
//! A controller never reconciles one object twice at once. Two controllers may, in one program or in two that print to the same place; where
//! the runtime gives runs no names, their lines are told apart by the reason that each line repeats, and by how long the run took.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Mention, Moment};
use crate::proxy::reconciles::Account;
use kuberewind_capture::{Message, SpanEnded, SpanObject, SpanStarted};
use kuberewind_model::{Duration, SpanKey, SpanResult, Timestamp};

/// Reconciles that are followed at once; beyond it the one longest silent is let go.
const FOLLOWED: usize = 1_024;

/// A reconcile of which nothing tells the end is over when nothing was said of it for so long.
const SILENT: Duration = Duration(2_000_000_000);

/// One whose end would be told runs beside the next one of its object for so long. After that the line of its end was lost.
const BESIDE: Duration = Duration(10_000_000_000);

/// Follows reconciles through the lines of one process.
#[derive(Debug)]
pub struct LogSpans {
    process: Arc<str>,
    next: u64,
    running: HashMap<Arc<str>, Running>,
    /// Controllers that told the end of a reconcile: they tell it of all.
    tell_ends: HashSet<Arc<str>>,
}

#[derive(Debug, Clone)]
struct Running {
    span: SpanKey,
    worker: Arc<str>,
    reason: Arc<str>,
    /// Whether the runtime gives each run a name of its own: then silence does not end it, the next run of the same object does.
    named: bool,
    /// Whether the line of its beginning was seen: then one of its end will come.
    bounded: bool,
    start: Timestamp,
    last: Timestamp,
}

impl LogSpans {
    /// Follows the reconciles of `process`.
    #[must_use]
    pub fn of(process: Arc<str>) -> LogSpans {
        LogSpans { process, next: 0, running: HashMap::new(), tell_ends: HashSet::new() }
    }

    /// A line spoke of a reconcile. Says which one it is; what became known of spans goes to `out`.
    pub fn mentioned(&mut self, at: Timestamp, mention: &Mention, out: &mut Vec<Message>) -> SpanKey {
        let worker: Arc<str> =
            format!("{}|{}|{}|{}|{}", mention.controller, mention.group, mention.kind, mention.namespace, mention.name).into();
        let tells_ends = self.tell_ends.contains(mention.controller.as_str());
        let run = if mention.id.is_empty() { self.unnamed(at, mention, &worker) } else { Some(Arc::from(mention.id.as_str())) };
        let anew = match run.as_ref().and_then(|run| self.running.get(run)) {
            None => true,
            Some(running) => !running.named && !running.bounded && at.since(running.last) > SILENT,
        };
        if anew {
            // What ran before is over, but for what a controller beside this one may be at.
            let told = tells_ends && mention.moment == Moment::Begins;
            let beside = |running: &Running| told && running.bounded && at.since(running.last) <= BESIDE;
            self.end_where(|running| running.worker == worker && !beside(running), out);
            self.end_silent(at, out);
        }
        let run = match run {
            Some(run) if !anew => run,
            _ => self.begin(at, mention, worker, out),
        };
        let Some(running) = self.running.get_mut(&run) else { return Account::Mention.key(self.next) };
        running.last = at;
        let span = running.span;
        if let Moment::Ends { result, error, requeue_after, .. } = &mention.moment {
            self.running.remove(&run);
            if self.tell_ends.len() < FOLLOWED {
                self.tell_ends.insert(mention.controller.as_str().into());
            }
            out.push(ended(span, at, *result, error.clone(), *requeue_after));
        }
        span
    }

    /// Which run a line speaks of that gives it no name; `None` for one that is new.
    fn unnamed(&self, at: Timestamp, mention: &Mention, worker: &Arc<str>) -> Option<Arc<str>> {
        if mention.moment == Moment::Begins {
            return None;
        }
        let mut of_it: Vec<_> = self.running.iter().filter(|(_, running)| !running.named && running.worker == *worker).collect();
        if of_it.iter().any(|(_, running)| *running.reason == *mention.reason) {
            of_it.retain(|(_, running)| *running.reason == *mention.reason);
        }
        let run = match mention.moment {
            Moment::Ends { lasted: Some(lasted), .. } => {
                let off = |running: &Running| running.start.0.abs_diff(at.minus(lasted).0);
                of_it.into_iter().min_by_key(|(_, running)| (off(running), Account::number(running.span)))
            }
            _ => of_it.into_iter().max_by_key(|(_, running)| Account::number(running.span)),
        };
        run.map(|(run, _)| run.clone())
    }

    /// No more lines will come.
    pub fn end(&mut self, out: &mut Vec<Message>) {
        self.end_where(|_| true, out);
    }

    /// A run that is new, by the name under which it is followed.
    fn begin(&mut self, at: Timestamp, mention: &Mention, worker: Arc<str>, out: &mut Vec<Message>) -> Arc<str> {
        if self.running.len() >= FOLLOWED
            && let Some(longest) = self.running.values().map(|running| running.last).min()
        {
            self.end_where(|running| running.last == longest, out);
        }
        self.next += 1;
        let named = !mention.id.is_empty();
        let run: Arc<str> = if named { mention.id.as_str().into() } else { format!("{worker}|{}", self.next).into() };
        let bounded = mention.moment == Moment::Begins;
        let account = match (bounded, self.tell_ends.contains(mention.controller.as_str())) {
            (true, true) => Account::Whole,
            (true, false) => Account::Beginning,
            (false, _) => Account::Mention,
        };
        let span = account.key(self.next);
        let reason = Arc::from(mention.reason.as_str());
        self.running.insert(run.clone(), Running { span, worker, reason, named, bounded, start: at, last: at });
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
        self.end_where(|running| !running.named && !running.bounded && at.since(running.last) > SILENT, out);
    }

    /// These are over; nothing said so, so that the last word of each stands for its end.
    fn end_where(&mut self, over: impl Fn(&Running) -> bool, out: &mut Vec<Message>) {
        let mut gone: Vec<Running> = self.running.values().filter(|running| over(running)).cloned().collect();
        self.running.retain(|_, running| !over(running));
        gone.sort_by_key(|running| running.span);
        out.extend(gone.into_iter().map(|running| ended(running.span, running.last, SpanResult::Unknown, String::new(), None)));
    }
}

fn ended(span: SpanKey, at: Timestamp, result: SpanResult, error: String, requeue_after: Option<Duration>) -> Message {
    Message::SpanEnded(Box::new(SpanEnded { span, at, result, error, requeue_after }))
}

#[cfg(test)]
mod tests {
    use super::LogSpans;
    use crate::proxy::logs::read;
    use crate::proxy::reconciles::Account;
    use kuberewind_capture::Message;
    use kuberewind_model::Timestamp;

    fn told(spans: &mut LogSpans, millis: i64, line: &str) -> Vec<String> {
        let mut out = Vec::new();
        let mention = read(line).reconcile.expect("a reconcile");
        spans.mentioned(Timestamp(millis * 1_000_000), &mention, &mut out);
        described(&out)
    }

    fn described(out: &[Message]) -> Vec<String> {
        let one = |message: &Message| match message {
            Message::SpanStarted(started) => {
                format!(
                    "{} begins: {} {}",
                    Account::number(started.span),
                    started.actor.as_deref().unwrap_or(""),
                    started.object.name
                )
            }
            Message::SpanEnded(ended) => {
                format!("{} ends at {} {:?}", Account::number(ended.span), ended.at.0 / 1_000_000, ended.result)
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
        let mut spans = LogSpans::of("manager".into());
        assert_eq!(told(&mut spans, 0, &zap("1", "a", "working")), ["1 begins: manager/web a"]);
        assert_eq!(told(&mut spans, 5, &zap("2", "b", "working")), ["2 begins: manager/web b"]);
        assert_eq!(told(&mut spans, 9, &zap("1", "a", "more")), Vec::<String>::new());
        assert_eq!(told(&mut spans, 10, &zap("1", "a", "Reconcile successful")), ["1 ends at 10 Ok"]);
        assert_eq!(told(&mut spans, 9_000, &zap("3", "b", "working")), ["2 ends at 5 Unknown", "3 begins: manager/web b"]);
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
        let mut spans = LogSpans::of("sh".into());
        // Nobody knows before the first end that ends will be told.
        assert_eq!(told(&mut spans, 0, &tracing("x", "new")), ["1 begins: sh a.b"]);
        assert_eq!(told(&mut spans, 5, &tracing("x", "close time.busy=2ms time.idle=3ms")), ["1 ends at 5 Unknown"]);
        assert_eq!(told(&mut spans, 10, &tracing("x", "new")), ["2 begins: sh a.b"]);
        assert_eq!(told(&mut spans, 14, &tracing("x", "new")), ["3 begins: sh a.b"]);
        assert_eq!(told(&mut spans, 20, &tracing("x", "close time.busy=500µs time.idle=5.5ms")), ["3 ends at 20 Unknown"]);
        assert_eq!(told(&mut spans, 21, &tracing("y", "new")), ["4 begins: sh a.b"]);
        assert_eq!(told(&mut spans, 22, &tracing("x", "words")), Vec::<String>::new());
        assert_eq!(told(&mut spans, 23, &tracing("y", "close")), ["4 ends at 23 Unknown"]);
        assert_eq!(told(&mut spans, 30, &tracing("x", "close time.busy=20.0ms time.idle=0.00ns")), ["2 ends at 30 Unknown"]);
        // A line that was lost is not waited for without end.
        assert_eq!(told(&mut spans, 100, &tracing("x", "new")), ["5 begins: sh a.b"]);
        assert_eq!(told(&mut spans, 20_000, &tracing("x", "new")), ["5 ends at 100 Unknown", "6 begins: sh a.b"]);
    }

    #[test]
    fn runs_without_a_name_are_told_apart_by_events_or_silence() {
        let line = |end: &str| tracing("x", end);
        let mut spans = LogSpans::of("op".into());
        assert_eq!(told(&mut spans, 0, &line("new")), ["1 begins: op a.b"]);
        assert_eq!(told(&mut spans, 5_000, &line("still at it")), Vec::<String>::new());
        assert_eq!(told(&mut spans, 5_001, &line("close time.busy=1s")), ["1 ends at 5001 Unknown"]);
        assert_eq!(told(&mut spans, 6_000, &line("words")), ["2 begins: op a.b"]);
        assert_eq!(told(&mut spans, 9_000, &line("words")), ["2 ends at 6000 Unknown", "3 begins: op a.b"]);
    }
}
