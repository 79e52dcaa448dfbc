//! Failed calls by verb, kind, reason and status.

use super::detector::Detector;
use super::input::Input;
use super::keys::id_key;
use super::server_words::{kind, quote};
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::stream::OperationItem;
use crate::tracker::Tracker;
use kuberewind_model::Certainty;

#[derive(Default)]
pub(super) struct Errors(Lru<u64, (Option<FindingId>, u64), 1_024>);

fn severity(operation: &OperationItem) -> Severity {
    match operation.op.status {
        // A call in flight when its process ends.
        0 if operation.op.error.contains("did not wait") => Severity::Info,
        // Missing or existing objects, lost races and expired watches are normal.
        404 | 409 | 410 => Severity::Info,
        500.. | 0 => Severity::Error,
        _ => Severity::Warning,
    }
}

impl Detector for Errors {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let Some(operation) = input.operation else { return };
        let reason = operation.failure_reason();
        let what = pair(id_key(operation.op.verb.code()), operation.op.kind.map_or(0, |kind| id_key(kind.0)));
        // Refusals by different webhooks, quotas or policies are different errors; missing and existing objects are one each.
        let words = if severity(operation) == Severity::Info { 0 } else { kind(operation) };
        let key = pair(what, pair(pair(u64::from(operation.op.status), words), bytes(reason.as_bytes())));
        let groups = &mut self.0;
        let (finding_id, count) = groups.entry(key, || (None, 0));
        *count += 1;
        let count = *count;
        if let Some(finding_id) = *finding_id {
            findings.update(finding_id, |finding| {
                finding.add_evidence(operation.op.seq);
                finding.rounds = count;
                if finding.actors.len() < 16 && !finding.actors.iter().any(|actor| **actor == *operation.actor) {
                    finding.actors.push(operation.actor.to_string());
                }
            });
        } else if count == 1 {
            let kind = operation.kind.as_ref().map_or("other paths", |kind| kind.display_name());
            let status = if operation.op.status == 0 { String::new() } else { format!(" ({})", operation.op.status) };
            let message = quote(&operation.op.error);
            let words = if message.is_empty() || reason == message { String::new() } else { format!(": {message}") };
            let sentence = format!("{} of {kind} failed: {reason}{status}{words}", operation.op.verb);
            *finding_id = findings.report(
                Finding::new(Class::Errors, severity(operation), Certainty::Exact, sentence)
                    .object(&operation.subject())
                    .actors([&operation.actor])
                    .evidence([operation.op.seq])
                    .message(&message)
                    .rounds(1),
            );
        }
    }

    fn forget(&mut self, _: &Tracker) {}
}
