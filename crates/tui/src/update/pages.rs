//! The pages for findings, logs, sessions and SQL.

use std::sync::Arc;

use crate::action::Action;
use crate::doc::{Doc, LineKind, Tone};
use crate::effect::Effect;
use crate::protocol::{FindingEvidence, LOG_BLOCK, SlowRequest, Target};
use crate::state::{Loops, Page, State};
use crate::view::{DocKind, Pane};
use kuberewind_model::{Anchor, MomentSpec, Seq};
use kuberewind_session::Ordinals;

impl State {
    /// Rebuilds the page of findings if one of its inputs has changed.
    pub(super) fn renew_findings_page(&mut self) {
        let (moments, order) = (self.marked_moments(), self.order_of(Pane::Detail(DocKind::Findings)));
        let same = self.findings.page.as_ref().is_some_and(|page| {
            Arc::ptr_eq(&page.found, &self.findings.found)
                && (page.until, page.order) == (self.findings.until, order)
                && page.moments == moments
        });
        if !same {
            let doc = self.findings_page();
            self.findings.page = Some(Page { found: self.findings.found.clone(), until: self.findings.until, moments, order });
            let generation = self.next_generation();
            self.details[DocKind::Findings].take(Arc::new(doc), generation);
        }
    }

    /// Takes findings.
    pub(super) fn take_findings(&mut self, session: kuberewind_model::SessionNo, end: Seq, found: Arc<[FindingEvidence]>) {
        if session != self.snapshot.session.no {
            return;
        }
        let news = found.len().saturating_sub(self.findings.found.len());
        if self.findings.until.is_some() && news > 0 && self.screen.message.is_none() {
            let words = if news == 1 { "a new finding".to_owned() } else { format!("{news} new findings") };
            self.say(Tone::Notice, self.hinted(&words, &[(Action::ViewFindings, "lists them")]));
        }
        let findings: Vec<_> = found.iter().map(|found| found.finding.clone()).collect();
        self.findings.loops = Loops::of(&findings);
        self.findings.take(end, found);
    }

    /// The first operation of the block whose log lines are shown.
    pub(super) fn log_block(&self) -> Seq {
        let lineage = &self.snapshot.lineage;
        let ordinal = lineage.ordinal(self.cursor).min(lineage.len().saturating_sub(1)) / LOG_BLOCK * LOG_BLOCK;
        lineage.nth(ordinal)
    }

    /// Selects the last log line before the cursor.
    pub(super) fn log_line_at_cursor(&mut self) {
        let cursor = self.cursor;
        let detail = &mut self.details[DocKind::Logs];
        let after = |line: Option<&crate::doc::DocLine>| line.and_then(|line| line.kind.target());
        if after(detail.here()) == Some(cursor) {
            return;
        }
        let Some(doc) = detail.doc.clone() else { return };
        let until = doc.lines.partition_point(|line| line.kind.target().is_none_or(|after| after <= cursor));
        detail.line = detail.row_of(until.saturating_sub(1));
    }

    /// Moves the cursor to the operation before the selected log line.
    pub(super) fn cursor_to_log_line(&mut self) {
        if let Some(LineKind::Log(after, _)) = self.details[DocKind::Logs].here().map(|line| line.kind) {
            self.stay();
            self.put(after);
        }
    }

    /// Opens the session at the selected line.
    pub(super) fn open_session(&mut self) -> Vec<Effect> {
        let line = self.details[DocKind::Sessions].here();
        let Some(name) = line.filter(|line| matches!(line.kind, LineKind::Session(_))).map(|line| line.line.path.to_string())
        else {
            return Vec::new();
        };
        self.go_to(MomentSpec { session: Some(name), at: Anchor::End })
    }

    /// Goes to the operation of the selected row of a query, in the row's own session.
    pub(super) fn open_row(&mut self, to: Seq) -> Vec<Effect> {
        let session = self.details[DocKind::Sql].here().map_or_else(String::new, |line| line.line.path.to_string());
        let open = &self.snapshot.session.session_id;
        if session.is_empty() && self.snapshot.sessions > 1 {
            let words = "cannot go there: the row does not say which session it is of. Add session_id to the query";
            self.say(Tone::Notice, words);
        } else if !session.is_empty() && session != *open {
            return self.go_to(MomentSpec { session: Some(session), at: Anchor::Number(to) });
        } else if self.snapshot.lineage.session_of(to).is_none() {
            let words = format!("cannot go there: session {open} has no operation {to}");
            self.say(Tone::Notice, words);
        } else {
            self.jump(to);
        }
        Vec::new()
    }

    /// Runs a SQL query.
    pub(super) fn ask_sql(&mut self, query: &str) -> Vec<Effect> {
        let generation = self.next_generation();
        let query: Arc<str> = Arc::from(query);
        self.details.sql.asked = Some((query.clone(), generation));
        self.details.sql.waiting = true;
        let mut doc = Doc::new(Seq(generation), query.to_string());
        doc.about = "running".to_owned();
        doc.say(Tone::Muted, self.hinted("running, at most ten seconds", &[(Action::Cancel, "stops it")]));
        self.details[DocKind::Sql].take(Arc::new(doc.done()), generation);
        self.look_at(Pane::Detail(DocKind::Sql));
        vec![self.slow_request(SlowRequest::Sql { query, generation })]
    }

    /// Stops the query. The worker may not have started it, so the page is written here.
    pub(super) fn stop_sql(&mut self) -> Vec<Effect> {
        self.details.sql.waiting = false;
        let title = self.details.sql.asked.take().map_or_else(String::new, |(query, _)| query.to_string());
        let generation = self.next_generation();
        let mut doc = Doc::new(Seq(generation), title);
        doc.say(Tone::Notice, "the query was stopped");
        self.details[DocKind::Sql].take(Arc::new(doc.done()), generation);
        vec![Effect::Stop(Target::Query)]
    }

    /// Takes the result of a query, unless a newer one was started.
    pub(super) fn take_rows(&mut self, generation: u64, doc: Arc<Doc>) {
        if self.details.sql.asked.as_ref().is_some_and(|(_, asked)| *asked == generation) {
            self.details.sql.waiting = false;
            self.details[DocKind::Sql].doc = None;
            self.details[DocKind::Sql].take(doc, generation);
        }
    }

    /// Builds the page before the first query.
    pub(super) fn explain_sql(&mut self) {
        let mut doc = Doc::new(Seq::START, "SQL");
        let (asks, jumps) = (self.key_of(Action::Sql), self.key_of(Action::Enter));
        doc.say(Tone::Plain, format!("{asks} runs a SQL query, read-only"));
        for words in [
            "tables: operations, reconcile_spans; body(body_id) returns the text of a body",
            "SELECT actor_id, verb, count(*) FROM operations GROUP BY 1, 2 ORDER BY 3 DESC",
        ] {
            doc.say(Tone::Muted, words);
        }
        let what = if self.snapshot.sessions > 1 { "a session_id and a sequence_number" } else { "a sequence_number" };
        doc.say(Tone::Muted, format!("{jumps} on a row with {what} jumps there"));
        let generation = self.next_generation();
        self.details[DocKind::Sql].take(Arc::new(doc.done()), generation);
    }
}
