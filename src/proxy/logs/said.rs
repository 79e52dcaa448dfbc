//! What a line says, without what stands beside it anyway: its time, its level, and the reconcile it was printed in.

use std::borrow::Cow;
use std::fmt::Write;

use serde_json::Value;

use super::fields::Fields;
use super::{klog, level};

/// What every line of a logger has.
const OF_THE_LINE: [&str; 11] =
    ["level", "severity", "lvl", "ts", "time", "timestamp", "msg", "message", "target", "span", "spans"];
/// What controller-runtime's logger says of the reconcile; the object as well stands under the name of its kind.
const OF_THE_RECONCILE: [&str; 7] =
    ["controller", "controllerGroup", "controllerKind", "reconcileID", "namespace", "name", "object"];

/// The line without them; as it is where it is of no known form.
#[must_use]
pub fn said(line: &str) -> Cow<'_, str> {
    let plain = line.trim();
    if plain.starts_with('{') {
        return json(plain).map_or(Cow::Borrowed(line), Cow::Owned);
    }
    if let Some(said) = console(plain) {
        return Cow::Owned(said);
    }
    klog::text(plain).or_else(|| tracing(plain)).map_or(Cow::Borrowed(line), Cow::Borrowed)
}

/// zap's JSON, and tracing's, which has its fields one level deeper.
fn json(line: &str) -> Option<String> {
    let fields = Fields::read(line)?;
    let own = match fields.get("fields") {
        Some(own @ Value::Object(_)) if fields.get("target").is_some() => Fields::read(&own.to_string())?,
        _ => return Some(told(message(&fields)?, &fields)),
    };
    let target = fields.text("target");
    Some(format!("{target}: {}", told(message(&own).unwrap_or_default(), &own)))
}

fn message(fields: &Fields) -> Option<&str> {
    ["msg", "message"].into_iter().map(|name| fields.text(name)).find(|text| !text.is_empty())
}

/// zap's console: time, level, maybe a logger's name, the message, fields in JSON, with tabs between.
fn console(line: &str) -> Option<String> {
    let mut columns = line.split('\t').skip(1);
    if level(columns.next()?).is_empty() {
        return None;
    }
    let said = columns.map(|column| match Fields::read(column) {
        Some(fields) => told("", &fields).into(),
        None => Cow::Borrowed(column),
    });
    let said: Vec<Cow<'_, str>> = said.filter(|column| !column.is_empty()).collect();
    Some(said.join(" "))
}

/// tracing's text: time, level, the spans around it, the target and the message.
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

/// A message, and the fields that say something beside it.
fn told(message: &str, fields: &Fields) -> String {
    let kind = fields.text("controllerKind");
    let known = |name: &str| OF_THE_LINE.contains(&name) || (!kind.is_empty() && name == kind);
    let of_a_reconcile = fields.get("reconcileID").is_some();
    let mut said = message.to_owned();
    for (name, value) in fields.members() {
        if known(name) || (of_a_reconcile && OF_THE_RECONCILE.contains(&name)) {
            continue;
        }
        let blank = if said.is_empty() { "" } else { " " };
        // Into a text nothing fails to be written.
        let _written = match value.as_str().filter(|text| !text.is_empty() && !text.contains([' ', '"', '='])) {
            Some(text) => write!(said, "{blank}{name}={text}"),
            None => write!(said, "{blank}{name}={value}"),
        };
    }
    said
}

#[cfg(test)]
mod tests {
    use super::said;

    #[test]
    fn what_is_known_of_a_line_is_left_out() {
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
            assert_eq!(said(line), is);
        }
    }

    #[test]
    fn what_is_of_no_known_form_stays() {
        for line in
            ["Installing things", "  indented: yes", "{not json", "{}", "", "12:04:11 INFO started", "{\"a\":1}", "a\tb\tc"]
        {
            assert_eq!(said(line), line);
        }
    }
}
