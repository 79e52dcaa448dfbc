//! A refused write as text.

use kuberewind_analysis::queries::refusal::{RefusedWrite, Retry};
use kuberewind_model::Certainty;
use kuberewind_text::{counted, printable};

use super::history::{author, field_change};

/// Formats what a refused write was made on, what it sent, what was written meanwhile, and its retry.
///
/// ```text
/// made on rv 57, observed in #102 (exact: its precondition names this resourceVersion)
/// sent
///   ~ .spec.replicas: 3 → 5
/// written meanwhile
///   #110 rv 58 by hpa #110 (exact: …)
///     ~ .spec.replicas: 3 → 4
/// retried in #115: done, 200 (likely: the same reconcile wrote again)
/// ```
#[must_use]
pub fn refused_write_text(refused: &RefusedWrite) -> String {
    let mut out = String::new();
    match &refused.base {
        Some(base) => {
            let seen = base.operation.map_or_else(|| ", which is not recorded".to_owned(), |seq| format!(", observed in {seq}"));
            let basis = basis(base.certainty, &base.evidence);
            out.push_str(&format!("made on rv {}{seen} ({basis})\n", printable(&base.resource_version)));
        }
        None if refused.object.is_empty() => {}
        None => out.push_str("made on no version that is recorded\n"),
    }
    out.push_str("sent\n");
    for field in &refused.sent {
        out.push_str(&format!("  {}\n", field_change(field)));
    }
    if refused.more_sent > 0 {
        out.push_str(&format!("  … and {}\n", counted(u64::try_from(refused.more_sent).unwrap_or(u64::MAX), "more field")));
    }
    if !refused.sent_remark.is_empty() {
        out.push_str(&format!("  {}\n", printable(&refused.sent_remark)));
    }
    out.push_str("written meanwhile\n");
    if refused.meanwhile.is_empty() {
        out.push_str("  nothing that is recorded\n");
    }
    if refused.more_meanwhile > 0 {
        out.push_str(&format!("  … {} older versions\n", refused.more_meanwhile));
    }
    for version in &refused.meanwhile {
        let rv = printable(&version.resource_version);
        out.push_str(&format!("  {} rv {rv} by {}\n", version.operation, author(&version.writer)));
        for field in &version.changed {
            out.push_str(&format!("    {}\n", field_change(field)));
        }
        if version.more_changed > 0 {
            out.push_str(&format!("    … and {} more fields\n", version.more_changed));
        }
    }
    match &refused.retry {
        Some(retry) => {
            let basis = basis(retry.certainty, &retry.evidence);
            out.push_str(&format!("retried in {}: {}, {} ({basis})\n", retry.operation, retry.outcome, retry.status));
            if let Some(end) = end_of_attempts(retry) {
                out.push_str(&format!("  {end}\n"));
            }
        }
        None => out.push_str("no retry is recorded\n"),
    }
    out
}

/// How the attempts ended, if the first one did not succeed: `done in #17 at attempt 3`.
#[must_use]
pub fn end_of_attempts(retry: &Retry) -> Option<String> {
    match retry.done {
        Some(done) if done == retry.operation => None,
        Some(done) => Some(format!("done in {done} at attempt {}", retry.attempts)),
        None if retry.attempts > 1 => Some(format!("{} attempts, none succeeded", retry.attempts)),
        None => None,
    }
}

fn basis(certainty: Certainty, evidence: &str) -> String {
    format!("{}: {}", certainty.as_str(), printable(evidence))
}
