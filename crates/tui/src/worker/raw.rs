//! An operation as HTTP: request, response, and the log lines of its reconcile.

use crate::doc::{Doc, Tone};
use kuberewind_model::json::parse::parse;
use kuberewind_model::{BodyId, Detail, Operation, Outcome, Result, Seq, Verb};
use kuberewind_render::diff::Noise;
use kuberewind_render::json;
use kuberewind_report::{warnings, webhooks};

use super::Worker;

/// The most log lines of the reconcile.
const MAX_LOGS: usize = 60;

impl Worker {
    pub(super) fn raw(&mut self, operation: &Operation) -> Result<Doc> {
        let mut doc = Doc::new(operation.seq, self.operation_line(operation)?);
        let detail = self.recording.source().operation_detail(self.recording.lineage(), operation.seq)?.map(|found| found.detail);
        let detail = detail.unwrap_or_default();
        if operation.verb.is_watch_event() {
            self.delivery(&mut doc, operation)?;
        } else {
            self.request(&mut doc, operation, &detail)?;
        }
        self.answer_of(&mut doc, operation, &detail)?;
        self.printed(&mut doc, operation)?;
        Ok(doc)
    }

    /// The watch that delivered an event.
    fn delivery(&mut self, doc: &mut Doc, operation: &Operation) -> Result<()> {
        let watch = operation.watch.map_or(Ok(None), |watch| self.recording.source().watch(watch))?;
        doc.say(Tone::Heading, "delivered");
        fact(doc, "event", operation.verb.as_str());
        let actor = self.names.actor(self.recording.source(), operation.actor)?;
        fact(doc, "to", &actor);
        match watch {
            Some(watch) => {
                fact(doc, "watch", &format!("opened at {}", watch.opened));
                let scope = if watch.scope.namespace.is_empty() { "all namespaces" } else { &watch.scope.namespace };
                fact(doc, "scope", scope);
                fact(doc, "selector", &watch.scope.selector);
                fact(doc, "from version", &watch.from_resource_version);
            }
            None => doc.say(Tone::Muted, "  by a watch whose opening was not recorded"),
        }
        Ok(())
    }

    fn request(&mut self, doc: &mut Doc, operation: &Operation, detail: &Detail) -> Result<()> {
        let method = match operation.verb {
            Verb::Create | Verb::Connect => "POST",
            Verb::Update => "PUT",
            Verb::Patch => "PATCH",
            Verb::Delete | Verb::DeleteCollection => "DELETE",
            _ => "GET",
        };
        if detail.uri.is_empty() {
            doc.say(Tone::Heading, method);
            doc.say(Tone::Muted, "  its address was not recorded");
        } else {
            doc.say(Tone::Heading, format!("{method} {}", detail.uri));
        }
        let actor = self.names.actor(self.recording.source(), operation.actor)?;
        fact(doc, "actor", &actor);
        for (name, value) in [
            ("user", &detail.user),
            ("user agent", &detail.user_agent),
            ("field manager", &detail.field_manager),
            ("media type", &detail.media_type),
            ("precondition", &detail.precondition),
            ("traceparent", &detail.traceparent),
        ] {
            fact(doc, name, value);
        }
        for (name, texts) in [("warning", warnings(&detail.remarks)), ("changed by", webhooks(&detail.remarks))] {
            texts.into_iter().for_each(|text| fact(doc, name, text));
        }
        if detail.request_bytes > 0 {
            fact(doc, "sent", &bytes(detail.request_bytes));
        }
        self.body(doc, operation.request_body, if operation.verb.is_write() { "the request body was not kept" } else { "" })
    }

    fn answer_of(&mut self, doc: &mut Doc, operation: &Operation, detail: &Detail) -> Result<()> {
        doc.say(Tone::Plain, "");
        if !operation.verb.is_watch_event() {
            let status = match (operation.status, operation.outcome) {
                (0, _) => "no answer came".to_owned(),
                (status, Outcome::DryRun) => format!("{status} (dry run)"),
                (status, _) => status.to_string(),
            };
            let failed = matches!(operation.outcome, Outcome::Refused | Outcome::MaybeApplied | Outcome::Lost);
            doc.say(if failed { Tone::Bad } else { Tone::Heading }, format!("answer {status}, {}", operation.duration));
            fact(doc, "reason", &detail.reason);
            fact(doc, "error", &operation.error);
            fact(doc, "audit id", &detail.audit_id);
            if detail.response_bytes > 0 {
                fact(doc, "received", &bytes(detail.response_bytes));
            }
        } else if !operation.error.is_empty() {
            doc.say(Tone::Bad, operation.error.to_string());
        }
        let version = operation.version.map_or(Ok(None), |version| self.recording.source().version(version))?;
        let shown = operation.response_body.or_else(|| version.as_ref().and_then(|version| version.body));
        let missing = match (&operation.list, &version) {
            (Some(_), _) => "the items of a list are kept one by one: see its diff",
            (None, Some(version)) if version.gone => "gone: the event has no body",
            _ => "no body was kept",
        };
        self.body(doc, shown, missing)
    }

    /// A body as formatted JSON; if there is none, the reason.
    fn body(&mut self, doc: &mut Doc, body: Option<BodyId>, missing: &str) -> Result<()> {
        let text = body.map_or(Ok(None), |body| self.recording.source().body(body))?;
        let Some(text) = text else {
            if !missing.is_empty() {
                doc.say(Tone::Muted, format!("  {missing}"));
            }
            return Ok(());
        };
        match parse(&text) {
            Ok(value) => {
                let document = json::render(&value);
                super::object::left_out(doc, &document);
                doc.tree(document.lines);
            }
            Err(unreadable) => {
                doc.say(Tone::Notice, unreadable.to_string());
                let begin: String = text.chars().take(2_000).collect();
                doc.say(Tone::Plain, begin);
            }
        }
        Ok(())
    }

    /// The log lines of the operation's reconcile.
    fn printed(&mut self, doc: &mut Doc, operation: &Operation) -> Result<()> {
        let Some(span) = self.span_of(operation)? else { return Ok(()) };
        let until = span.ended_after.unwrap_or(operation.seq).max(operation.seq);
        let range = span.started_after..=Seq(until.0.min(span.started_after.0.saturating_add(10_000)));
        let lines = self.recording.source().log_lines(self.recording.lineage(), range, MAX_LOGS * 8)?;
        let own: Vec<_> = lines.iter().filter(|line| line.span.is_none_or(|of| of == span.id)).take(MAX_LOGS).collect();
        doc.say(Tone::Plain, "");
        doc.say(Tone::Heading, format!("log of {}", super::why::reconcile(&span)));
        if own.is_empty() {
            doc.say(Tone::Muted, "  no lines were kept");
        }
        for line in own {
            self.log_line(doc, line, Noise::Shown)?;
        }
        Ok(())
    }
}

fn fact(doc: &mut Doc, name: &str, value: &str) {
    if !value.is_empty() {
        doc.say(Tone::Plain, format!("  {name:<13} {value}"));
    }
}

/// `1.9 KiB`.
fn bytes(count: u64) -> String {
    match count {
        0..1_024 => format!("{count} bytes"),
        1_024..1_048_576 => format!("{}.{} KiB", count >> 10, ((count & 1_023) * 10) >> 10),
        _ => format!("{}.{} MiB", count >> 20, ((count & 1_048_575) * 10) >> 20),
    }
}
