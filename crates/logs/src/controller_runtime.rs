//! The fields that controller-runtime adds to every line of a reconcile.
//!
//! The logger carries `controller`, `controllerGroup`, `controllerKind`, the object under the name of its kind, `namespace`,
//! `name` and `reconcileID` (since v0.13). The operator's own fields follow and may repeat these names. Older versions print
//! `reconciler group` and `reconciler kind`, and the controller in the logger's name.

use serde_json::Value;

use super::fields::Fields;
use super::go_duration::go_duration;
use super::line::{ReconcileMention, ReconcilePhase};
use super::syncing;
use kuberewind_model::SpanResult;

/// Reads the reconcile from the fields; `None` if the line names none.
pub fn mention(fields: &Fields, message: &str) -> Option<ReconcileMention> {
    let id = fields.text("reconcileID");
    if id.is_empty() {
        return syncing::mention(fields, message).or_else(|| without_id(fields, message));
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
    Some(ReconcileMention {
        id: id.to_owned(),
        controller: fields.text("controller").to_owned(),
        group: fields.text("controllerGroup").to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        phase: phase(fields, message),
        ..ReconcileMention::default()
    })
}

/// Reads a line of a version without `reconcileID`.
fn without_id(fields: &Fields, message: &str) -> Option<ReconcileMention> {
    let (kind, name) = (fields.text("reconciler kind"), fields.text("name"));
    if kind.is_empty() || name.is_empty() {
        return None;
    }
    let logger = fields.text("logger");
    Some(ReconcileMention {
        controller: logger.rsplit_once("controller.").map_or(logger, |(_, controller)| controller).to_owned(),
        group: fields.text("reconciler group").to_owned(),
        kind: kind.to_owned(),
        namespace: fields.text("namespace").to_owned(),
        name: name.to_owned(),
        phase: phase(fields, message),
        ..ReconcileMention::default()
    })
}

/// Recognises controller-runtime's own messages at the start and the end of a reconcile. Some need verbosity 5.
fn phase(fields: &Fields, message: &str) -> ReconcilePhase {
    let ends = |result, error: &str, requeue_after| ReconcilePhase::End {
        result,
        error: error.to_owned(),
        requeue_after,
        duration: None,
    };
    match message {
        "Reconciling" => ReconcilePhase::Start,
        "Reconcile successful" | "Reconcile done, requeueing" => ends(SpanResult::Ok, "", None),
        "Reconciler error" => {
            let error = ["error", "err"].into_iter().map(|name| fields.text(name)).find(|error| !error.is_empty());
            ends(SpanResult::Error, error.unwrap_or_default(), None)
        }
        _ => match message.strip_prefix("Reconcile done, requeueing after ") {
            Some(after) => ends(SpanResult::Ok, "", go_duration(after)),
            None => ReconcilePhase::Running,
        },
    }
}
