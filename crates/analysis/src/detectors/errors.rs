//! Failed calls by verb, kind, reason and status.

use super::detector::Detector;
use super::input::Input;
use super::keys::id_key;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::tracker::Tracker;
use kuberewind_model::Certainty;

#[derive(Default)]
pub(super) struct Errors(Lru<u64, (Option<FindingId>, u64), 1_024>);

fn severity(status: u16) -> Severity {
    match status {
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
        let key = pair(what, pair(u64::from(operation.op.status), bytes(reason.as_bytes())));
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
            let sentence = format!("{} of {kind} failed: {reason}{status}", operation.op.verb);
            *finding_id = findings.report(
                Finding::new(Class::Errors, severity(operation.op.status), Certainty::Exact, sentence)
                    .object(&operation.subject())
                    .actors([&operation.actor])
                    .evidence([operation.op.seq])
                    .rounds(1),
            );
        }
    }

    fn forget(&mut self, _: &Tracker) {}
}
