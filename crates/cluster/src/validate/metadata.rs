//! Metadata of all kinds: labels, annotations, owners, finalizers.

use std::fmt::Display;

use serde_json::Value;

use super::causes::Causes;
use super::formats;
use crate::meta;

/// The most bytes of all annotations: 256 KiB.
const ANNOTATIONS: usize = 256 << 10;

/// Finalizers without a domain that a real server knows.
const STANDARD: &[&str] = &["kubernetes", "orphan", "foregroundDeletion"];

/// Checks the metadata. Finalizers of built-in kinds without a domain must be standard ones.
pub(super) fn check(object: &Value, builtin: bool, causes: &mut Causes) {
    labels(&object["metadata"]["labels"], &"metadata.labels", causes);
    let annotations = object["metadata"]["annotations"].as_object();
    for name in annotations.into_iter().flatten().map(|(name, _)| name) {
        causes.format("metadata.annotations", name, formats::qualified(&name.to_lowercase()));
    }
    let size =
        annotations.into_iter().flatten().map(|(name, value)| name.len() + value.as_str().map_or(0, str::len)).sum::<usize>();
    if size > ANNOTATIONS {
        causes.add("FieldValueTooLong", "metadata.annotations", format!("Too long: may not be more than {ANNOTATIONS} bytes"));
    }
    owners(object, causes);
    for (index, finalizer) in meta::finalizers(object).into_iter().enumerate() {
        causes.format("metadata.finalizers", finalizer, formats::qualified(finalizer));
        if builtin && !finalizer.contains('/') && !STANDARD.contains(&finalizer) {
            let why = "name is neither a standard finalizer name nor is it fully qualified";
            causes.invalid(format_args!("metadata.finalizers[{index}]"), &Value::from(finalizer), why);
        }
    }
}

/// Checks a map of labels.
pub(super) fn labels(labels: &Value, path: &dyn Display, causes: &mut Causes) {
    for (name, value) in labels.as_object().into_iter().flatten() {
        causes.format(path, name, formats::qualified(name));
        let value = value.as_str().unwrap_or_default();
        causes.format(path, value, formats::label_value(value));
    }
}

fn owners(object: &Value, causes: &mut Causes) {
    let owners = object["metadata"]["ownerReferences"].as_array();
    for owner in owners.into_iter().flatten() {
        for (field, why) in [
            ("apiVersion", "version must not be empty"),
            ("kind", "must not be empty"),
            ("name", "must not be empty"),
            ("uid", "must not be empty"),
        ] {
            if owner[field].as_str().is_none_or(str::is_empty) {
                causes.invalid(format_args!("metadata.ownerReferences.{field}"), &Value::from(""), why);
            }
        }
    }
    let controllers: Vec<_> = owners.into_iter().flatten().filter(|owner| owner["controller"] == true).collect();
    if let [first, second, ..] = controllers.as_slice() {
        let name = |owner: &Value| {
            format!("{}/{}", owner["kind"].as_str().unwrap_or_default(), owner["name"].as_str().unwrap_or_default())
        };
        let why = format!(
            "Only one reference can have Controller set to true. Found \"true\" in references for {} and {}",
            name(first),
            name(second)
        );
        causes.invalid("metadata.ownerReferences", &object["metadata"]["ownerReferences"], &why);
    }
}
