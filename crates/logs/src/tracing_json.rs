//! Lines of Rust's `tracing` in JSON: `{"timestamp":…,"level":…,"fields":{"message":…},"target":…,"span":{…},"spans":[…]}`.

use serde_json::Value;

use super::fields::Fields;
use super::level::level;
use super::line::{ParsedLine, ReconcilePhase};
use super::tracing_text;

/// Parses a line; `None` for other JSON.
pub fn read(line: &str) -> Option<ParsedLine> {
    if !line.contains("\"fields\"") || !line.contains("\"target\"") {
        return None;
    }
    let value: Value = serde_json::from_str(line).ok()?;
    let level = level(value.get("level").and_then(Value::as_str)?);
    let message = value.pointer("/fields/message").and_then(Value::as_str).unwrap_or_default();
    let own = value.get("span").into_iter();
    let around = value.get("spans").and_then(Value::as_array).into_iter().flatten().rev();
    let span = own.chain(around).find(|span| span.get("name").and_then(Value::as_str) == Some(tracing_text::SPAN));
    let text = |name: &str| span.and_then(|span| span.get(name)).and_then(Value::as_str).unwrap_or_default();
    let time = |path: &str| value.pointer(path).and_then(Value::as_str).unwrap_or_default();
    // `new` and `close` of a span inside the reconcile do not start or end the reconcile.
    let innermost = value.pointer("/span/name").and_then(Value::as_str) == Some(tracing_text::SPAN);
    let phase = match message {
        "new" if innermost => ReconcilePhase::Start,
        "close" if innermost => tracing_text::closed(time("/fields/time.busy"), time("/fields/time.idle")),
        _ => ReconcilePhase::Running,
    };
    Some(ParsedLine {
        level,
        reconcile: tracing_text::mention(text("object.ref"), text("object.reason"), phase),
        ..ParsedLine::default()
    })
}

/// The module that printed a line.
pub fn module(line: &str) -> Option<String> {
    let fields = line.contains("\"target\"").then(|| Fields::read(line)).flatten()?;
    Some(fields.text("target").to_owned()).filter(|module| !module.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{module, read};
    use crate::ReconcilePhase;

    #[test]
    fn the_span_is_found_among_the_spans() {
        let span =
            r#"{"object.reason":"object updated","object.ref":"Deployment.v1.apps/checkout.shop","name":"reconciling object"}"#;
        let within = format!(
            r#"{{"timestamp":"t","level":"WARN","fields":{{"message":"new"}},"target":"x","span":{{"name":"step"}},"spans":[{span},{{"name":"step"}}]}}"#
        );
        let parsed = read(&within).expect("tracing");
        let mention = parsed.reconcile.expect("a reconcile");
        assert_eq!(module(&within).as_deref(), Some("x"));
        assert_eq!((parsed.level, mention.name.as_str(), mention.phase), ("warn", "checkout.shop", ReconcilePhase::Running));
        let begins = format!(
            r#"{{"timestamp":"t","level":"INFO","fields":{{"message":"new"}},"target":"x","span":{span},"spans":[{span}]}}"#
        );
        assert_eq!(read(&begins).and_then(|parsed| parsed.reconcile).map(|mention| mention.phase), Some(ReconcilePhase::Start));
    }
}
