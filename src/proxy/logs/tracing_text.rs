//! Lines of Rust's `tracing` in its default text format, as kube-rs controllers print them:
//! `TIME LEVEL reconciling object{object.ref=Deployment.v1.apps/checkout.shop object.reason=object updated}: target: message`.

use super::{Mention, Moment, Told, go_duration, level};
use kuberewind_model::{Duration, SpanResult};

/// kube-runtime's span around a reconcile.
pub const SPAN: &str = "reconciling object";

/// A line of tracing; `None` where it is none.
pub fn read(line: &str) -> Option<Told> {
    let level = line.split_whitespace().take(3).map(level).find(|level| !level.is_empty())?;
    let Some((_, after)) = line.split_once("reconciling object{") else {
        return Some(Told { level, reconcile: None, ..Told::default() });
    };
    let Some((fields, rest)) = after.split_once('}') else { return Some(Told { level, reconcile: None, ..Told::default() }) };
    let reference = field(fields, "object.ref=");
    let reason = fields.split_once("object.reason=").map_or("", |(_, reason)| reason);
    let reconcile = reference.and_then(|reference| mention(reference, reason.trim().trim_matches('"'), moment(rest)));
    Some(Told { level, reconcile, ..Told::default() })
}

/// The reconcile of `KIND.VERSION.GROUP/NAME.NAMESPACE`.
pub fn mention(reference: &str, reason: &str, moment: Moment) -> Option<Mention> {
    let (resource, name) = reference.trim_matches('"').split_once('/')?;
    let mut parts = resource.splitn(3, '.');
    let (kind, version) = (parts.next()?, parts.next().unwrap_or_default());
    if kind.is_empty() || name.is_empty() {
        return None;
    }
    Some(Mention {
        kind: kind.to_owned(),
        version: version.to_owned(),
        group: parts.next().unwrap_or_default().to_owned(),
        name: name.to_owned(),
        joined: true,
        reason: reason.to_owned(),
        moment,
        ..Mention::default()
    })
}

/// The module that printed a line within a reconcile: the first word after the spans that stands like a path before a colon.
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

/// With span events (`FmtSpan::NEW | FmtSpan::CLOSE`) a line says when a span begins and ends.
fn moment(rest: &str) -> Moment {
    let message = rest.trim_start_matches(':').rsplit_once(": ").map_or(rest, |(_, message)| message).trim();
    if message == "new" {
        Moment::Begins
    } else if message == "close" || message.starts_with("close time.busy") {
        let time = |name: &str| field(message, name).unwrap_or_default();
        closed(time("time.busy="), time("time.idle="))
    } else {
        Moment::Within
    }
}

/// The end of a span that was polled for so long, and waited for so long.
pub fn closed(busy: &str, idle: &str) -> Moment {
    let time = |text| go_duration(text).unwrap_or_default().0;
    let lasted = (!busy.is_empty()).then(|| Duration(time(busy).saturating_add(time(idle))));
    Moment::Ends { result: SpanResult::Unknown, error: String::new(), requeue_after: None, lasted }
}

#[cfg(test)]
mod tests {
    use super::{module, read};
    use crate::proxy::logs::Moment;
    use kuberewind_model::{Duration, SpanResult};

    #[test]
    fn kube_runtimes_span_names_the_reconcile() {
        let line = "2026-01-02T03:04:05.123456Z  INFO reconciling object{object.ref=Deployment.v1.apps/checkout.shop object.reason=object updated}: checkout: scaling name=\"checkout\"";
        let mention = read(line).and_then(|told| told.reconcile).expect("a reconcile");
        assert_eq!((mention.kind.as_str(), mention.version.as_str(), mention.group.as_str()), ("Deployment", "v1", "apps"));
        assert_eq!((mention.name.as_str(), mention.joined, mention.reason.as_str()), ("checkout.shop", true, "object updated"));
        assert_eq!(mention.moment, Moment::Within);
        assert_eq!(module(line), Some("checkout"));
        let deeper = line.replace("}: checkout:", "}:step{no=1}: shop::operators::checkout:");
        assert_eq!((module(&deeper), module("INFO shop: x")), (Some("shop::operators::checkout"), None));
    }

    #[test]
    fn span_events_tell_beginning_and_end() {
        let line = |end: &str| {
            format!(
                "2026-01-02T03:04:05Z  INFO reconciling object{{object.ref=ConfigMap.v1./foo.default object.reason=reconciler requested retry}}: kube_runtime::controller: {end}"
            )
        };
        let moment = |end: &str| read(&line(end)).and_then(|told| told.reconcile).map(|mention| mention.moment);
        assert_eq!(moment("new"), Some(Moment::Begins));
        let ends = |lasted| Moment::Ends { result: SpanResult::Unknown, error: String::new(), requeue_after: None, lasted };
        assert_eq!(moment("close time.busy=1.2ms time.idle=300µs"), Some(ends(Some(Duration(1_500_000)))));
        assert_eq!(moment("close"), Some(ends(None)));
    }
}
