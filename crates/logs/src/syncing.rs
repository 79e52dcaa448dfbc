//! The lines of kube-controller-manager's controllers: `"Started syncing deployment" deployment="shop/web"` and `"Finished syncing"
//! kind="ReplicaSet" key="shop/web-1" duration="5ms"`, as text or as JSON. The logger's name is the controller's.

use serde_json::Value;

use super::fields::Fields;
use super::go_duration::go_duration;
use super::line::{ReconcileMention, ReconcilePhase};
use kuberewind_model::SpanResult;
use kuberewind_model::k8s::kinds::{self, BuiltinKind};

const STARTED: &str = "Started syncing";
const FINISHED: &str = "Finished syncing";
/// Fields of these lines that are no objects.
const OTHER_FIELDS: [&str; 12] =
    ["ts", "caller", "msg", "v", "logger", "kind", "duration", "elapsed", "elapsedTime", "time", "startTime", "err"];

/// True for a message that [`mention`] reads.
pub(super) fn is_syncing(message: &str) -> bool {
    message.starts_with(STARTED) || message.starts_with(FINISHED)
}

/// Reads a reconcile; `None` for other messages and unknown kinds.
pub(super) fn mention(fields: &Fields, message: &str) -> Option<ReconcileMention> {
    let subject = message.strip_prefix(STARTED).or_else(|| message.strip_prefix(FINISHED))?;
    let (field, (namespace, name)) = fields
        .members()
        .filter(|(field, _)| !OTHER_FIELDS.contains(field))
        .find_map(|(field, value)| Some((field, object_of(value)?)))?;
    let row = kind_of(fields.text("kind"), subject, field)?;
    let phase = if message.starts_with(STARTED) {
        ReconcilePhase::Start
    } else {
        let time = ["duration", "elapsed", "elapsedTime", "time", "startTime"].iter().map(|name| fields.text(name));
        let duration = time.filter_map(go_duration).next();
        ReconcilePhase::End { result: SpanResult::Unknown, error: String::new(), requeue_after: None, duration }
    };
    Some(ReconcileMention {
        controller: fields.text("logger").to_owned(),
        group: row.group.to_owned(),
        version: row.version.to_owned(),
        kind: row.kind.to_owned(),
        namespace: if row.namespaced { namespace } else { String::new() },
        name,
        phase,
        ..ReconcileMention::default()
    })
}

/// The namespace and name in `shop/web`, `web` or `{"name":"web","namespace":"shop"}`.
fn object_of(value: &Value) -> Option<(String, String)> {
    match value {
        Value::String(text) if !text.is_empty() => {
            let (namespace, name) = text.split_once('/').unwrap_or(("", text));
            Some((namespace.to_owned(), name.to_owned()))
        }
        Value::Object(members) => {
            let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            Some((text("namespace"), text("name"))).filter(|(_, name)| !name.is_empty())
        }
        _ => None,
    }
}

/// The kind from its field, from the message (`daemon set`, `service endpoint slices`) or from the field of the object.
fn kind_of(named: &str, subject: &str, field: &str) -> Option<&'static BuiltinKind> {
    let letters = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let first = || kinds::by_any_name(&letters(subject.split_whitespace().next()?));
    if !named.is_empty() {
        return kinds::by_kind(named);
    }
    kinds::by_any_name(&letters(subject)).or_else(|| kinds::by_any_name(&letters(field))).or_else(first)
}

#[cfg(test)]
mod tests {
    use crate::{ReconcilePhase, parse};
    use kuberewind_model::Duration;

    #[test]
    fn reads_the_lines_of_kube_controller_manager() {
        for (line, controller, object, ends) in [
            (
                r#"I1130 12:29:25.397084   27414 deployment_controller.go:605] "Started syncing deployment" logger="deployment-controller" deployment="shop/web" startTime="2026-11-30 12:29:25.39 +0000 UTC m=+5""#,
                "deployment-controller",
                "apps Deployment shop web",
                None,
            ),
            (
                r#"I1130 12:29:25.397084   27414 replica_set.go:711] "Finished syncing" logger="replicaset-controller" kind="ReplicaSet" key="shop/web-1" duration="5.5ms""#,
                "replicaset-controller",
                "apps ReplicaSet shop web-1",
                Some(5_500_000),
            ),
            (
                r#"I1130 12:29:25.397084   27414 namespace_controller.go:182] "Finished syncing namespace" logger="namespace-controller" namespace="shop" duration="1s""#,
                "namespace-controller",
                " Namespace  shop",
                Some(1_000_000_000),
            ),
            (
                r#"I1130 12:29:25.397084   27414 daemon_controller.go:1208] "Finished syncing daemon set" logger="daemonset-controller" daemonset="shop/agent" time="2ms""#,
                "daemonset-controller",
                "apps DaemonSet shop agent",
                Some(2_000_000),
            ),
            (
                r#"{"ts":1796041765397.084,"caller":"endpointslice/endpointslice_controller.go:374","msg":"Finished syncing service endpoint slices","logger":"endpointslice-controller","v":4,"key":"shop/web","elapsedTime":"3ms"}"#,
                "endpointslice-controller",
                " Service shop web",
                Some(3_000_000),
            ),
            (
                r#"{"ts":1796041765397.084,"caller":"x.go:1","msg":"Started syncing deployment","logger":"deployment-controller","v":4,"deployment":{"name":"web","namespace":"shop"}}"#,
                "deployment-controller",
                "apps Deployment shop web",
                None,
            ),
        ] {
            let mention = parse(line).reconcile.expect(line);
            assert_eq!(mention.controller, controller);
            assert_eq!(format!("{} {} {} {}", mention.group, mention.kind, mention.namespace, mention.name), object);
            let expected = ends.map(Duration);
            match mention.phase {
                ReconcilePhase::Start => assert_eq!(expected, None, "{line}"),
                ReconcilePhase::End { duration, .. } => assert_eq!(duration, expected, "{line}"),
                ReconcilePhase::Running => panic!("{line}"),
            }
        }
    }
}
