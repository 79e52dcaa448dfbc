//! Lines of Rust's `tracing` in JSON: `{"timestamp":…,"level":…,"fields":{"message":…},"target":…,"span":{…},"spans":[…]}`.

use serde_json::Value;

use super::fields::Fields;
use super::{Moment, Told, level, tracing_text};

/// A line of tracing in JSON; `None` where it is none.
pub fn read(line: &str) -> Option<Told> {
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
    // `new` and `close` of a span within the reconcile are not its own.
    let innermost = value.pointer("/span/name").and_then(Value::as_str) == Some(tracing_text::SPAN);
    let moment = match message {
        "new" if innermost => Moment::Begins,
        "close" if innermost => tracing_text::closed(time("/fields/time.busy"), time("/fields/time.idle")),
        _ => Moment::Within,
    };
    Some(Told { level, reconcile: tracing_text::mention(text("object.ref"), text("object.reason"), moment), ..Told::default() })
}

/// The module that printed a line.
pub fn module(line: &str) -> Option<String> {
    let fields = line.contains("\"target\"").then(|| Fields::read(line)).flatten()?;
    Some(fields.text("target").to_owned()).filter(|module| !module.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{module, read};
    use crate::proxy::logs::Moment;

    #[test]
    fn the_span_is_found_among_the_spans() {
        let span =
            r#"{"object.reason":"object updated","object.ref":"Deployment.v1.apps/checkout.shop","name":"reconciling object"}"#;
        let within = format!(
            r#"{{"timestamp":"t","level":"WARN","fields":{{"message":"new"}},"target":"x","span":{{"name":"step"}},"spans":[{span},{{"name":"step"}}]}}"#
        );
        let told = read(&within).expect("tracing");
        let mention = told.reconcile.expect("a reconcile");
        assert_eq!(module(&within).as_deref(), Some("x"));
        assert_eq!((told.level, mention.name.as_str(), mention.moment), ("warn", "checkout.shop", Moment::Within));
        let begins = format!(
            r#"{{"timestamp":"t","level":"INFO","fields":{{"message":"new"}},"target":"x","span":{span},"spans":[{span}]}}"#
        );
        assert_eq!(read(&begins).and_then(|told| told.reconcile).map(|mention| mention.moment), Some(Moment::Begins));
    }
}
