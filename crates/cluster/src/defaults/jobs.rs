//! Defaults of jobs that depend on other fields.

use serde_json::{Value, json};

use crate::meta;

/// A job that names neither completions nor parallelism runs once.
pub(super) fn fill(job: &mut Value) {
    let Some(spec) = job.get_mut("spec").and_then(Value::as_object_mut) else { return };
    if spec.get("parallelism").is_none_or(Value::is_null) {
        if spec.get("completions").is_none_or(Value::is_null) {
            spec.insert("completions".to_owned(), json!(1));
        }
        spec.insert("parallelism".to_owned(), json!(1));
    }
}

/// Gives the job a selector by its uid and its pods the labels for it.
pub(super) fn select_by_uid(job: &mut Value) {
    if !job["spec"].is_object() || job["spec"]["manualSelector"] == true {
        return;
    }
    let (uid, name) = (meta::text(job, "uid").to_owned(), meta::text(job, "name").to_owned());
    job["spec"]["selector"] = json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}});
    let Some(template) = job.pointer_mut("/spec/template").filter(|template| template.is_object()) else { return };
    for (label, value) in [
        ("batch.kubernetes.io/controller-uid", &uid),
        ("batch.kubernetes.io/job-name", &name),
        ("controller-uid", &uid),
        ("job-name", &name),
    ] {
        let mut labels = meta::field(template, "labels").cloned().filter(Value::is_object).unwrap_or_else(|| json!({}));
        labels[label] = json!(value);
        meta::set(template, "labels", labels);
    }
    let labels = meta::field(template, "labels").cloned();
    if let Some(labels) = labels.filter(|_| meta::field(job, "labels").is_none()) {
        meta::set(job, "labels", labels);
    }
}
