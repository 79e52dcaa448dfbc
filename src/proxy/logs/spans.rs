//! From lines to reconciles: when each began, what is said within it, when it ended.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Mention, Moment};
use crate::capture::{Message, SpanEnded, SpanObject, SpanStarted};
use crate::model::{Duration, SpanKey, SpanResult, Timestamp};
use crate::proxy::reconciles::Account;

/// Reconciles that are followed at once; beyond it the one longest silent is let go.
const FOLLOWED: usize = 1_024;

/// A reconcile of which nothing tells the end is over when nothing was said of it for so long.
const SILENT: Duration = Duration(2_000_000_000);

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
    /// Whether the runtime gives each run a name of its own: then silence does not end it, the next run of the same object does.
    named: bool,
    /// Whether the line of its beginning was seen: then one of its end will come.
    bounded: bool,
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
        let run: Arc<str> = if mention.id.is_empty() { worker.clone() } else { Arc::from(mention.id.as_str()) };
        let anew = match self.running.get(&run) {
            None => true,
            Some(running) if running.named => false,
            Some(running) => mention.moment == Moment::Begins || (!running.bounded && at.since(running.last) > SILENT),
        };
        if anew {
            // One object is never reconciled twice at once by the same controller: what ran before is over.
            self.end_where(|running| running.worker == worker, out);
            self.end_silent(at, out);
            self.begin(at, mention, (&run, worker), out);
        }
        let Some(running) = self.running.get_mut(&run) else { return Account::Mention.key(self.next) };
        running.last = at;
        let span = running.span;
        if let Moment::Ends { result, error, requeue_after } = &mention.moment {
            self.running.remove(&run);
            if self.tell_ends.len() < FOLLOWED {
                self.tell_ends.insert(mention.controller.as_str().into());
            }
            out.push(ended(span, at, *result, error.clone(), *requeue_after));
        }
        span
    }

    /// No more lines will come.
    pub fn end(&mut self, out: &mut Vec<Message>) {
        self.end_where(|_| true, out);
    }

    fn begin(&mut self, at: Timestamp, mention: &Mention, (run, worker): (&Arc<str>, Arc<str>), out: &mut Vec<Message>) {
        if self.running.len() >= FOLLOWED
            && let Some(longest) = self.running.values().map(|running| running.last).min()
        {
            self.end_where(|running| running.last == longest, out);
        }
        self.next += 1;
        let named = !mention.id.is_empty();
        let bounded = mention.moment == Moment::Begins;
        let account = match (bounded, self.tell_ends.contains(mention.controller.as_str())) {
            (true, true) => Account::Whole,
            (true, false) => Account::Beginning,
            (false, _) => Account::Mention,
        };
        let span = account.key(self.next);
        self.running.insert(run.clone(), Running { span, worker, named, bounded, last: at });
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
    use crate::capture::Message;
    use crate::model::Timestamp;
    use crate::proxy::logs::read;
    use crate::proxy::reconciles::Account;

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

    #[test]
    fn runs_without_a_name_are_told_apart_by_events_or_silence() {
        let line = |end: &str| {
            format!(
                "2026-01-02T03:04:05Z  INFO reconciling object{{object.ref=Pod.v1./a.b object.reason=x}}: kube_runtime::controller: {end}"
            )
        };
        let mut spans = LogSpans::of("op".into());
        assert_eq!(told(&mut spans, 0, &line("new")), ["1 begins: op a.b"]);
        assert_eq!(told(&mut spans, 5_000, &line("still at it")), Vec::<String>::new());
        assert_eq!(told(&mut spans, 5_001, &line("close time.busy=1s")), ["1 ends at 5001 Unknown"]);
        assert_eq!(told(&mut spans, 6_000, &line("words")), ["2 begins: op a.b"]);
        assert_eq!(told(&mut spans, 9_000, &line("words")), ["2 ends at 6000 Unknown", "3 begins: op a.b"]);
    }
}
