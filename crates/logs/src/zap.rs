//! zap's lines: JSON, or console lines whose last column is JSON.

use super::controller_runtime::mention;
use super::fields::Fields;
use super::level::level;
use super::line::ParsedLine;

/// Parses a JSON line.
pub fn read_json(line: &str) -> Option<ParsedLine> {
    let (message, fields) = json_parts(line)?;
    let word = ["level", "severity", "lvl"].iter().map(|name| fields.text(name)).find(|word| !word.is_empty());
    let level = match word {
        Some(word) => level(word),
        // klog's JSON has a verbosity, or an error without one.
        None if fields.get("v").is_some() && fields.get("caller").is_some() => "info",
        None if fields.get("err").is_some() && fields.get("caller").is_some() => "error",
        None => "",
    };
    Some(ParsedLine { level, reconcile: mention(&fields, &message), ..ParsedLine::default() })
}

/// The message and the fields of a JSON line.
pub(super) fn json_parts(line: &str) -> Option<(String, Fields)> {
    let fields = Fields::read(line)?;
    let message = ["msg", "message"].iter().map(|name| fields.text(name)).find(|text| !text.is_empty()).unwrap_or_default();
    Some((message.to_owned(), fields))
}

/// Parses a console line: time, level, optional logger name, message and JSON fields, separated by tabs.
pub fn read_console(line: &str) -> Option<ParsedLine> {
    let level = level(line.split('\t').nth(1)?);
    if level.is_empty() {
        return None;
    }
    let reconcile = console_parts(line).and_then(|(message, fields)| mention(&fields, &message));
    Some(ParsedLine { level, reconcile, ..ParsedLine::default() })
}

/// The message and the fields of a console line.
pub(super) fn console_parts(line: &str) -> Option<(String, Fields)> {
    let rest: Vec<&str> = line.split('\t').skip(2).collect();
    let fields = rest.iter().rev().find(|column| column.starts_with('{')).and_then(|column| Fields::read(column))?;
    let message = rest.iter().rev().find(|column| !column.starts_with('{')).copied().unwrap_or_default();
    Some((message.to_owned(), fields))
}

#[cfg(test)]
mod tests {
    use super::{read_console, read_json};
    use crate::ReconcilePhase;
    use kuberewind_model::{Duration, SpanResult};

    #[test]
    fn a_console_line_names_the_object_under_its_kind() {
        let line = "2025-02-21T11:06:58-08:00\tINFO\tcreated a new RouteConfig\t{\"controller\": \"rpod\", \"controllerGroup\": \"apps.example\", \"controllerKind\": \"RPod\", \"RPod\": {\"name\":\"sample-8\",\"namespace\":\"tracey\"}, \"namespace\": \"tracey\", \"name\": \"sample-8\", \"reconcileID\": \"5937b38f\", \"name\": \"route-config-sample-8\"}";
        let parsed = read_console(line).expect("a console line");
        let mention = parsed.reconcile.expect("a reconcile");
        assert_eq!((parsed.level, mention.controller.as_str(), mention.kind.as_str()), ("info", "rpod", "RPod"));
        assert_eq!((mention.namespace.as_str(), mention.name.as_str(), mention.id.as_str()), ("tracey", "sample-8", "5937b38f"));
        assert_eq!(mention.phase, ReconcilePhase::Running);
    }

    #[test]
    fn json_lines_report_the_end() {
        let line = |message: &str| {
            format!(
                r#"{{"level":"error","ts":"t","msg":"{message}","controller":"c","controllerKind":"Pod","Pod":{{"name":"a","namespace":"b"}},"reconcileID":"x","error":"boom"}}"#
            )
        };
        let phase = |message: &str| read_json(&line(message)).and_then(|parsed| parsed.reconcile).map(|mention| mention.phase);
        assert_eq!(
            phase("Reconciler error"),
            Some(ReconcilePhase::End { result: SpanResult::Error, error: "boom".into(), requeue_after: None, duration: None })
        );
        assert_eq!(phase("Reconciling"), Some(ReconcilePhase::Start));
        let requeue_after = Some(Duration(90_000_000_000));
        let after = ReconcilePhase::End { result: SpanResult::Ok, error: String::new(), requeue_after, duration: None };
        assert_eq!(phase("Reconcile done, requeueing after 1m30s"), Some(after));
    }

    #[test]
    fn development_lines_of_every_verbosity_are_read() {
        let line = "2026-11-30T12:40:12.250Z\tLEVEL(-5)\tReconcile done, requeueing after 5s\t{\"controller\": \"web\", \"controllerKind\": \"Pod\", \"Pod\": {\"name\":\"a\",\"namespace\":\"b\"}, \"reconcileID\": \"x\"}";
        let parsed = read_console(line).expect("a console line");
        let requeue_after = Some(Duration(5_000_000_000));
        let end = ReconcilePhase::End { result: SpanResult::Ok, error: String::new(), requeue_after, duration: None };
        assert_eq!((parsed.level, parsed.reconcile.map(|mention| mention.phase)), ("trace", Some(end)));
    }

    #[test]
    fn lines_before_reconcile_ids_name_the_reconcile() {
        let line = r#"{"level":"error","ts":1.5,"logger":"controller.web","msg":"Reconciler error","reconciler group":"shop.example.com","reconciler kind":"Shop","name":"a","namespace":"b","error":"boom"}"#;
        let mention = read_json(line).and_then(|parsed| parsed.reconcile).expect("a reconcile");
        assert_eq!((mention.controller.as_str(), mention.kind.as_str(), mention.name.as_str()), ("web", "Shop", "a"));
        let error = "boom".into();
        assert_eq!(mention.phase, ReconcilePhase::End { result: SpanResult::Error, error, requeue_after: None, duration: None });
    }

    #[test]
    fn lines_outside_of_reconciles_have_a_level_only() {
        let parsed =
            read_console("2025-02-21T11:06:58-08:00\tERROR\tsetup\tproblem\t{\"error\": \"x\"}").expect("a console line");
        assert_eq!((parsed.level, parsed.reconcile), ("error", None));
    }
}
