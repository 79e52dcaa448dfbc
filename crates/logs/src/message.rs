//! The message of a line: the line without its time, level and reconcile, which the screen shows elsewhere.

use std::borrow::Cow;
use std::fmt::Write;

use serde_json::Value;

use super::fields::Fields;
use super::klog;
use super::level::level;

/// Fields that every line of a logger has.
const LINE_FIELDS: [&str; 11] =
    ["level", "severity", "lvl", "ts", "time", "timestamp", "msg", "message", "target", "span", "spans"];
/// Fields that controller-runtime's logger adds for the reconcile. The object appears under the name of its kind as well.
const RECONCILE_FIELDS: [&str; 7] =
    ["controller", "controllerGroup", "controllerKind", "reconcileID", "namespace", "name", "object"];

/// Returns the message and the other fields; a line of unknown format unchanged.
#[must_use]
pub fn message(line: &str) -> Cow<'_, str> {
    let plain = line.trim();
    if plain.starts_with('{') {
        return json(plain).map_or(Cow::Borrowed(line), Cow::Owned);
    }
    if let Some(text) = console(plain) {
        return Cow::Owned(text);
    }
    klog::text(plain).or_else(|| tracing(plain)).map_or(Cow::Borrowed(line), Cow::Borrowed)
}

/// zap's JSON, and tracing's JSON, whose fields are nested one level deeper.
fn json(line: &str) -> Option<String> {
    let fields = Fields::read(line)?;
    let own = match fields.get("fields") {
        Some(own @ Value::Object(_)) if fields.get("target").is_some() => Fields::read(&own.to_string())?,
        _ => return Some(with_fields(message_of(&fields)?, &fields)),
    };
    let target = fields.text("target");
    Some(format!("{target}: {}", with_fields(message_of(&own).unwrap_or_default(), &own)))
}

fn message_of(fields: &Fields) -> Option<&str> {
    ["msg", "message"].into_iter().map(|name| fields.text(name)).find(|text| !text.is_empty())
}

/// zap's console format: time, level, optional logger name, message and JSON fields, separated by tabs.
fn console(line: &str) -> Option<String> {
    let mut columns = line.split('\t').skip(1);
    if level(columns.next()?).is_empty() {
        return None;
    }
    let text = columns.map(|column| match Fields::read(column) {
        Some(fields) => with_fields("", &fields).into(),
        None => Cow::Borrowed(column),
    });
    let text: Vec<Cow<'_, str>> = text.filter(|column| !column.is_empty()).collect();
    Some(text.join(" "))
}

/// tracing's text format: time, level, spans, target and message.
fn tracing(line: &str) -> Option<&str> {
    let (time, rest) = line.split_once(' ')?;
    let is_time = time.len() > 18 && time.starts_with(|c: char| c.is_ascii_digit()) && time.contains('T');
    let (word, rest) = rest.trim_start().split_once(' ')?;
    if !is_time || level(word).is_empty() {
        return None;
    }
    let within_spans = rest.find('{').is_some_and(|brace| rest.find(": ").is_some_and(|colon| brace < colon));
    let after_spans = rest.split_once("}: ").filter(|_| within_spans).map(|(_, after)| after);
    Some(after_spans.unwrap_or(rest).trim_start())
}

/// Appends the fields that are not known from elsewhere.
fn with_fields(message: &str, fields: &Fields) -> String {
    let kind = fields.text("controllerKind");
    let known = |name: &str| LINE_FIELDS.contains(&name) || (!kind.is_empty() && name == kind);
    let of_a_reconcile = fields.get("reconcileID").is_some();
    let mut out = message.to_owned();
    for (name, value) in fields.members() {
        if known(name) || (of_a_reconcile && RECONCILE_FIELDS.contains(&name)) {
            continue;
        }
        let blank = if out.is_empty() { "" } else { " " };
        // Writing to a `String` cannot fail.
        let _infallible = match value.as_str().filter(|text| !text.is_empty() && !text.contains([' ', '"', '='])) {
            Some(text) => write!(out, "{blank}{name}={text}"),
            None => write!(out, "{blank}{name}={value}"),
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::message;

    #[test]
    fn time_level_and_reconcile_are_left_out() {
        for (line, is) in [
            (
                r#"{"level":"info","ts":"2026-02-21T11:06:58Z","logger":"web","msg":"scaling","controller":"web","controllerKind":"Deployment","Deployment":{"name":"a"},"reconcileID":"8d1f","replicas":3,"why":"the load rose"}"#,
                r#"scaling logger=web replicas=3 why="the load rose""#,
            ),
            (
                "2025-02-21T11:06:58-08:00\tINFO\tsetup\tstarting manager\t{\"name\": \"health probe\", \"addr\": \"[::]:8081\"}",
                r#"setup starting manager name="health probe" addr=[::]:8081"#,
            ),
            ("2025-02-21T11:06:58-08:00\tINFO\tStarting workers", "Starting workers"),
            (
                "2026-11-27T17:44:03.548831Z  INFO reconciling object{object.ref=Deployment.v1.apps/a.b object.reason=object updated}:step{n=1}: hpa::hpa: scaling wanted=5",
                "hpa::hpa: scaling wanted=5",
            ),
            (
                "2026-11-27T17:44:03.533169Z  WARN kube_runtime::controller: press {ctrl}: now",
                "kube_runtime::controller: press {ctrl}: now",
            ),
            (
                r#"{"timestamp":"2026-11-27T17:44:03Z","level":"INFO","fields":{"message":"scaling","wanted":5},"target":"hpa::hpa","span":{"name":"reconciling object"},"spans":[]}"#,
                "hpa::hpa: scaling wanted=5",
            ),
            (r#"I0221 11:06:58.123456   77 controller.go:324] "Scaling" replicas=3"#, r#""Scaling" replicas=3"#),
        ] {
            assert_eq!(message(line), is);
        }
    }

    #[test]
    fn lines_of_unknown_format_are_unchanged() {
        for line in
            ["Installing things", "  indented: yes", "{not json", "{}", "", "12:04:11 INFO started", "{\"a\":1}", "a\tb\tc"]
        {
            assert_eq!(message(line), line);
        }
    }
}
