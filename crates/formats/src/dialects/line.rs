//! Opens a record: JSON, JSON behind a prefix, or a line of a log.

use std::borrow::Cow;

use memchr::memmem;

use super::dialect::Dialect;
use super::envelope;
use super::leaf::Leaves;
use super::prefixed::{Content, content, log_line};
use crate::records::{JsonProgress, JsonTracker};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Finds the entries of a record.
pub(crate) fn leaves<'a>(record: &'a [u8], out: &mut Leaves<'a>) {
    let record = record.strip_prefix(BYTE_ORDER_MARK).unwrap_or(record).trim_ascii();
    if !matches!(record.first(), Some(b'{' | b'[')) {
        return text(record, out);
    }
    // A bracket or a brace may also begin a prefix.
    let is_object = record.first() == Some(&b'{') && matches!(record[1..].trim_ascii_start().first(), Some(b'"' | b'}'));
    if is_object
        && record.last() == Some(&b'}')
        && memmem::find(record, b"}{").is_none()
        && memmem::find(record, b"} {").is_none()
    {
        return envelope::open(Cow::Borrowed(record), None, true, out);
    }
    values(record, out);
}

/// Values that follow each other.
fn values<'a>(record: &'a [u8], out: &mut Leaves<'a>) {
    let mut rest = record;
    while matches!(rest.first(), Some(b'{' | b'[')) {
        let JsonProgress::Done(end) = JsonTracker::default().feed(rest) else { break };
        envelope::open(Cow::Borrowed(&rest[..end]), None, true, out);
        rest = rest[end..].trim_ascii();
        // The comma or the bracket of an array around it.
        while let Some(after) = rest.strip_prefix(b",").or_else(|| rest.strip_prefix(b"]")) {
            rest = after.trim_ascii();
        }
    }
    match rest.len() {
        0 => {}
        length if length == record.len() => text(rest, out),
        length => out.unread(length, "the text after the JSON is not read"),
    }
}

fn text<'a>(record: &'a [u8], out: &mut Leaves<'a>) {
    let before = out.list.len();
    let found = content(record);
    if let Some(Content::Json(at, range)) = &found {
        envelope::open(Cow::Borrowed(&record[range.clone()]), *at, false, out);
        if out.list.len() > before || out.unread > 0 {
            return;
        }
    }
    match found {
        Some(Content::Log(at, range)) => out.push(Dialect::Log, Cow::Borrowed(&record[range]), at),
        _ => match log_line(record) {
            Some((at, range)) => out.push(Dialect::Log, Cow::Borrowed(&record[range]), at),
            None if memchr::memchr(b'{', record).is_none() => out.noise(record.len(), "it is neither JSON nor a log line"),
            None => out.unread(record.len(), "it is neither JSON nor a log line"),
        },
    }
}

/// True if a record holds an entry.
pub(crate) fn has_leaf(record: &[u8]) -> bool {
    let mut found = Leaves::default();
    leaves(record, &mut found);
    !found.list.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(record: &str) -> Vec<(Dialect, String)> {
        let mut out = Leaves::default();
        leaves(record.as_bytes(), &mut out);
        out.list.into_iter().map(|leaf| (leaf.dialect, String::from_utf8(leaf.text.into_owned()).unwrap())).collect()
    }

    const EVENT: &str = r#"{"auditID":"a","stage":"ResponseComplete"}"#;

    #[test]
    fn the_json_begins_at_the_first_brace() {
        for prefix in [
            "",
            "\u{feff}",
            "2026-11-20T10:00:00.004Z ",
            "2026-11-20T10:00:00.004Z stdout F ",
            "node-1.example ",
            "Nov 20 10:00:00 node-1 kube-apiserver[7]: ",
            "2026-11-20T10:00:00.004000+00:00 kube-apiserver-audit-7 ",
            "kube-apiserver/audit.log:",
            "{pod} ",
        ] {
            assert_eq!(found(&format!("{prefix}{EVENT}")), [(Dialect::Audit, EVENT.to_owned())], "{prefix}");
        }
        assert_eq!(found(&format!("{EVENT}{EVENT},")).len(), 2);
    }

    #[test]
    fn any_envelope_is_opened() {
        let quoted = serde_json::Value::from(EVENT).to_string();
        let twice = serde_json::Value::from(format!("{{\"log\":{quoted}}}")).to_string();
        for envelope in [
            format!("[{EVENT}]"),
            format!("{{\"hits\":{{\"total\":1,\"hits\":[{{\"_source\":{EVENT}}}]}}}}"),
            format!("{{\"data\":{{\"result\":[{{\"stream\":{{}},\"values\":[[\"1795168800004000000\",{quoted}]]}}]}}}}"),
            format!("{{\"result\":{{\"_raw\":{quoted}}}}}"),
            format!("{{\"results\":[[{{\"field\":\"@message\",\"value\":{quoted}}}]]}}"),
            format!("{{\"tables\":[{{\"columns\":[{{\"name\":\"log_s\"}}],\"rows\":[[{quoted}]]}}]}}"),
            format!("{{\"message\":{twice}}}"),
            format!("{{\"anything\":{{\"at\":{{\"all\":{EVENT}}}}}}}"),
        ] {
            assert_eq!(found(&envelope), [(Dialect::Audit, EVENT.to_owned())], "{envelope}");
        }
    }

    #[test]
    fn the_fields_of_a_log_line_are_not_entries() {
        let zap =
            r#"{"level":"info","ts":1.5,"msg":"applying","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"}}}"#;
        assert_eq!(found(zap), [(Dialect::Log, zap.to_owned())]);
        let console = "2026-11-20T10:00:00.004Z\tINFO\tapplying\t{\"object\":{\"kind\":\"Pod\"}}";
        assert_eq!(found(console), [(Dialect::Log, console.to_owned())]);
        let container = format!("2026-11-20T10:00:00.004Z stdout F {zap}");
        assert_eq!(found(&container), [(Dialect::Log, zap.to_owned())]);
    }

    #[test]
    fn items_without_a_kind_take_that_of_their_list() {
        let list = r#"{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"a"}}]}"#;
        assert_eq!(found(list), [(Dialect::Watch, r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}"#.to_owned())]);
        let empty = r#"{"kind":"NodeList","apiVersion":"v1","metadata":{},"items":[]}"#;
        let mut out = Leaves::default();
        leaves(empty.as_bytes(), &mut out);
        assert_eq!((out.list.len(), out.unread, out.understood > 0), (0, 0, true));
    }
}
