//! Lines of Rust's `tracing` in its default text format, as kube-rs controllers print them: `TIME LEVEL reconciling
//! object{object.ref=Deployment.v1.apps/checkout.shop object.reason=object updated}: target: message`.

use super::go_duration::go_duration;
use super::level::level;
use super::line::{ParsedLine, ReconcileMention, ReconcilePhase};
use kuberewind_model::{Duration, SpanResult};

/// kube-runtime's span around a reconcile.
pub const SPAN: &str = "reconciling object";

/// Parses a line; `None` without a level.
pub fn read(line: &str) -> Option<ParsedLine> {
    let level = line.split_whitespace().take(3).map(level).find(|level| !level.is_empty())?;
    let Some((_, after)) = line.split_once("reconciling object{") else {
        return Some(ParsedLine { level, reconcile: None, ..ParsedLine::default() });
    };
    let Some((fields, rest)) = after.split_once('}') else {
        return Some(ParsedLine { level, reconcile: None, ..ParsedLine::default() });
    };
    let reference = field(fields, "object.ref=");
    let reason = fields.split_once("object.reason=").map_or("", |(_, reason)| reason);
    let reconcile = reference.and_then(|reference| mention(reference, reason.trim().trim_matches('"'), phase(rest)));
    Some(ParsedLine { level, reconcile, ..ParsedLine::default() })
}

/// Reads a reconcile from `KIND.VERSION.GROUP/NAME.NAMESPACE`.
pub fn mention(reference: &str, reason: &str, phase: ReconcilePhase) -> Option<ReconcileMention> {
    let (resource, name) = reference.trim_matches('"').split_once('/')?;
    let mut parts = resource.splitn(3, '.');
    let (kind, version) = (parts.next()?, parts.next().unwrap_or_default());
    if kind.is_empty() || name.is_empty() {
        return None;
    }
    Some(ReconcileMention {
        kind: kind.to_owned(),
        version: version.to_owned(),
        group: parts.next().unwrap_or_default().to_owned(),
        name: name.to_owned(),
        joined: true,
        reason: reason.to_owned(),
        phase,
        ..ReconcileMention::default()
    })
}

/// The module that printed a line within a reconcile: the first path followed by a colon after the spans.
pub fn module(line: &str) -> Option<&str> {
    let (_, after) = line.split_once("reconciling object{")?;
    let (_, rest) = after.split_once('}')?;
    let path = |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':'));
    rest.split_whitespace().filter_map(|word| word.strip_suffix(':')).find(path)
}

fn field<'a>(fields: &'a str, name: &str) -> Option<&'a str> {
    let (_, value) = fields.split_once(name)?;
    value.split_whitespace().next()
}

/// Reads span events (`FmtSpan::NEW | FmtSpan::CLOSE`), which mark the start and the end of a span.
fn phase(rest: &str) -> ReconcilePhase {
    let message = rest.trim_start_matches(':').rsplit_once(": ").map_or(rest, |(_, message)| message).trim();
    if message == "new" {
        ReconcilePhase::Start
    } else if message == "close" || message.starts_with("close time.busy") {
        let time = |name: &str| field(message, name).unwrap_or_default();
        closed(time("time.busy="), time("time.idle="))
    } else {
        ReconcilePhase::Running
    }
}

/// The end of a span with its busy and idle times.
pub fn closed(busy: &str, idle: &str) -> ReconcilePhase {
    let time = |text| go_duration(text).unwrap_or_default().0;
    let duration = (!busy.is_empty()).then(|| Duration(time(busy).saturating_add(time(idle))));
    ReconcilePhase::End { result: SpanResult::Unknown, error: String::new(), requeue_after: None, duration }
}

#[cfg(test)]
mod tests {
    use super::{module, read};
    use crate::ReconcilePhase;
    use kuberewind_model::{Duration, SpanResult};

    #[test]
    fn kube_runtimes_span_names_the_reconcile() {
        let line = "2026-01-02T03:04:05.123456Z  INFO reconciling object{object.ref=Deployment.v1.apps/checkout.shop object.reason=object updated}: checkout: scaling name=\"checkout\"";
        let mention = read(line).and_then(|parsed| parsed.reconcile).expect("a reconcile");
        assert_eq!((mention.kind.as_str(), mention.version.as_str(), mention.group.as_str()), ("Deployment", "v1", "apps"));
        assert_eq!((mention.name.as_str(), mention.joined, mention.reason.as_str()), ("checkout.shop", true, "object updated"));
        assert_eq!(mention.phase, ReconcilePhase::Running);
        assert_eq!(module(line), Some("checkout"));
        let deeper = line.replace("}: checkout:", "}:step{no=1}: shop::operators::checkout:");
        assert_eq!((module(&deeper), module("INFO shop: x")), (Some("shop::operators::checkout"), None));
    }

    #[test]
    fn span_events_report_start_and_end() {
        let line = |end: &str| {
            format!(
                "2026-01-02T03:04:05Z  INFO reconciling object{{object.ref=ConfigMap.v1./foo.default object.reason=reconciler requested retry}}: kube_runtime::controller: {end}"
            )
        };
        let phase = |end: &str| read(&line(end)).and_then(|parsed| parsed.reconcile).map(|mention| mention.phase);
        assert_eq!(phase("new"), Some(ReconcilePhase::Start));
        let ends =
            |duration| ReconcilePhase::End { result: SpanResult::Unknown, error: String::new(), requeue_after: None, duration };
        assert_eq!(phase("close time.busy=1.2ms time.idle=300µs"), Some(ends(Some(Duration(1_500_000)))));
        assert_eq!(phase("close"), Some(ends(None)));
    }
}
