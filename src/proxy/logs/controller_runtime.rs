//! controller-runtime's lines, as zap prints them: JSON, or a console line that ends in JSON.
//!
//! Within a reconcile the logger carries `controller`, `controllerGroup`, `controllerKind`, the object under the kind's own name,
//! `namespace`, `name` and `reconcileID` (since v0.13). Fields of the operator's own come after these, sometimes with the same names.

use serde_json::Value;

use super::fields::Fields;
use super::{Mention, Moment, Told, go_duration, level};
use kuberewind_model::SpanResult;

/// A line in JSON.
pub fn read_json(line: &str) -> Option<Told> {
    let fields = Fields::read(line)?;
    let word =
        ["level", "severity", "lvl"].iter().map(|name| fields.text(name)).find(|word| !word.is_empty()).unwrap_or_default();
    let message = ["msg", "message"].iter().map(|name| fields.text(name)).find(|text| !text.is_empty()).unwrap_or_default();
    Some(Told { level: level(word), reconcile: mention(&fields, message), ..Told::default() })
}

/// A console line: time, level, maybe the logger's name, the message, fields in JSON, with tabs between.
pub fn read_console(line: &str) -> Option<Told> {
    let mut columns = line.split('\t');
    let (_time, word) = (columns.next()?, columns.next()?);
    let level = level(word);
    if level.is_empty() {
        return None;
    }
    let rest: Vec<&str> = columns.collect();
    let fields = rest.iter().rev().find(|column| column.starts_with('{')).and_then(|column| Fields::read(column));
    let message = rest.iter().rev().find(|column| !column.starts_with('{')).copied().unwrap_or_default();
    Some(Told { level, reconcile: fields.and_then(|fields| mention(&fields, message)), ..Told::default() })
}

/// The reconcile that the fields speak of.
pub fn mention(fields: &Fields, message: &str) -> Option<Mention> {
    let id = fields.text("reconcileID");
    if id.is_empty() {
        return None;
    }
    let kind = fields.text("controllerKind");
    let object = fields.get(kind).or_else(|| fields.get("object"));
    let (namespace, name) = match object {
        Some(Value::Object(object)) => {
            let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
            (text("namespace"), text("name"))
        }
        // klog writes an object as `namespace/name`.
        Some(Value::String(joined)) => joined.split_once('/').unwrap_or(("", joined)),
        _ => (fields.text("namespace"), fields.text("name")),
    };
    Some(Mention {
        id: id.to_owned(),
        controller: fields.text("controller").to_owned(),
        group: fields.text("controllerGroup").to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        moment: moment(fields, message),
        ..Mention::default()
    })
}

/// What controller-runtime itself says at the beginning and the end (some of it at verbosity 5).
fn moment(fields: &Fields, message: &str) -> Moment {
    let ends = |result, error: &str, requeue_after| Moment::Ends { result, error: error.to_owned(), requeue_after, lasted: None };
    match message {
        "Reconciling" => Moment::Begins,
        "Reconcile successful" | "Reconcile done, requeueing" => ends(SpanResult::Ok, "", None),
        "Reconciler error" => ends(SpanResult::Error, fields.text("error"), None),
        _ => match message.strip_prefix("Reconcile done, requeueing after ") {
            Some(after) => ends(SpanResult::Ok, "", go_duration(after)),
            None => Moment::Within,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{read_console, read_json};
    use crate::proxy::logs::Moment;
    use kuberewind_model::{Duration, SpanResult};

    #[test]
    fn a_console_line_names_the_object_under_its_kind() {
        let line = "2025-02-21T11:06:58-08:00\tINFO\tcreated a new RouteConfig\t{\"controller\": \"rpod\", \"controllerGroup\": \"apps.example\", \"controllerKind\": \"RPod\", \"RPod\": {\"name\":\"sample-8\",\"namespace\":\"tracey\"}, \"namespace\": \"tracey\", \"name\": \"sample-8\", \"reconcileID\": \"5937b38f\", \"name\": \"route-config-sample-8\"}";
        let told = read_console(line).expect("a console line");
        let mention = told.reconcile.expect("a reconcile");
        assert_eq!((told.level, mention.controller.as_str(), mention.kind.as_str()), ("info", "rpod", "RPod"));
        assert_eq!((mention.namespace.as_str(), mention.name.as_str(), mention.id.as_str()), ("tracey", "sample-8", "5937b38f"));
        assert_eq!(mention.moment, Moment::Within);
    }

    #[test]
    fn json_lines_tell_the_end() {
        let line = |message: &str| {
            format!(
                r#"{{"level":"error","ts":"t","msg":"{message}","controller":"c","controllerKind":"Pod","Pod":{{"name":"a","namespace":"b"}},"reconcileID":"x","error":"boom"}}"#
            )
        };
        let moment = |message: &str| read_json(&line(message)).and_then(|told| told.reconcile).map(|mention| mention.moment);
        assert_eq!(
            moment("Reconciler error"),
            Some(Moment::Ends { result: SpanResult::Error, error: "boom".into(), requeue_after: None, lasted: None })
        );
        assert_eq!(moment("Reconciling"), Some(Moment::Begins));
        let requeue_after = Some(Duration(90_000_000_000));
        let after = Moment::Ends { result: SpanResult::Ok, error: String::new(), requeue_after, lasted: None };
        assert_eq!(moment("Reconcile done, requeueing after 1m30s"), Some(after));
    }

    #[test]
    fn lines_outside_of_reconciles_have_a_level_only() {
        let told = read_console("2025-02-21T11:06:58-08:00\tERROR\tsetup\tproblem\t{\"error\": \"x\"}").expect("a console line");
        assert_eq!((told.level, told.reconcile), ("error", None));
    }
}
