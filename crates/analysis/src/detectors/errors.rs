//! Failed calls by verb, kind, reason and status.

use super::Detector;
use super::beat::number;
use crate::finding::{Book, Class, Finding, Severity, Ticket};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::scene::{Scene, Step};
use crate::stream::Observed;
use kuberewind_model::Certainty;

#[derive(Default)]
pub(super) struct Errors(Lru<u64, (Option<Ticket>, u64), 1_024>);

/// Why a call failed, in a word: the server's reason, else what its status means, else the sentence it gave.
pub(crate) fn reason(seen: &Observed) -> String {
    let told = seen.detail.as_ref().map_or("", |detail| &*detail.reason);
    if !told.is_empty() {
        return told.to_owned();
    }
    let word = match seen.op.status {
        400 => "BadRequest",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        405 => "MethodNotAllowed",
        409 => "Conflict",
        410 => "Expired",
        422 => "Invalid",
        429 => "TooManyRequests",
        500 => "InternalError",
        503 => "ServiceUnavailable",
        504 => "Timeout",
        _ if seen.op.error.is_empty() => "Unknown",
        _ => return seen.op.error.chars().take(80).collect(),
    };
    word.to_owned()
}

fn severity(status: u16) -> Severity {
    match status {
        // Looking for what is not there, finding what is there already, coming second, an expired watch: daily life.
        404 | 409 | 410 => Severity::Info,
        500.. | 0 => Severity::Error,
        _ => Severity::Warning,
    }
}

impl Detector for Errors {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        let Some(seen) = step.seen else { return };
        let reason = reason(seen);
        let what = pair(number(seen.op.verb.code()), seen.op.kind.map_or(0, |kind| number(kind.0)));
        let key = pair(what, pair(u64::from(seen.op.status), bytes(reason.as_bytes())));
        let groups = &mut self.0;
        let (ticket, count) = groups.entry(key, || (None, 0));
        *count += 1;
        let count = *count;
        if let Some(ticket) = *ticket {
            book.extend(ticket, |finding| {
                finding.add_evidence(seen.op.seq);
                finding.rounds = count;
                if finding.actors.len() < 16 && !finding.actors.iter().any(|actor| **actor == *seen.actor) {
                    finding.actors.push(seen.actor.to_string());
                }
            });
        } else if count == 1 {
            let kind = seen.kind.as_ref().map_or("other paths", |kind| kind.display_name());
            let status = if seen.op.status == 0 { String::new() } else { format!(" ({})", seen.op.status) };
            let sentence = format!("{} of {kind} failed: {reason}{status}", seen.op.verb);
            *ticket = book.open(
                Finding::new(Class::Errors, severity(seen.op.status), Certainty::Exact, sentence)
                    .object(&seen.subject())
                    .actors([&seen.actor])
                    .evidence([seen.op.seq])
                    .rounds(1),
            );
        }
    }

    fn forget(&mut self, _: &Scene) {}
}
