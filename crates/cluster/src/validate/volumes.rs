//! Volumes of pods.

use std::collections::BTreeSet;
use std::fmt::Display;

use serde_json::Value;

use super::causes::Causes;
use super::formats;

/// Sources with a field that they need.
const NEEDED: &[(&str, &str)] = &[
    ("configMap", "name"),
    ("secret", "secretName"),
    ("persistentVolumeClaim", "claimName"),
    ("hostPath", "path"),
    ("nfs", "server"),
    ("csi", "driver"),
];

/// Checks the volumes at `path` and returns their names.
pub(super) fn check<'a>(volumes: &'a Value, path: &dyn Display, causes: &mut Causes) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for (at, volume) in volumes.as_array().into_iter().flatten().enumerate() {
        let path = format_args!("{path}[{at}]");
        let sources = volume.as_object().into_iter().flatten().filter(|(name, source)| *name != "name" && !source.is_null());
        for (second, _) in sources.skip(1) {
            causes.forbidden(format_args!("{path}.{second}"), "may not specify more than 1 volume type");
        }
        for (source, field) in NEEDED {
            if volume[*source].is_object() && volume[*source][*field].as_str().is_none_or(str::is_empty) {
                causes.required(format_args!("{path}.{source}.{field}"));
            }
        }
        match volume["name"].as_str().filter(|name| !name.is_empty()) {
            None => causes.required(format_args!("{path}.name")),
            Some(name) => {
                causes.format(format_args!("{path}.name"), name, formats::label(name));
                if !names.insert(name) {
                    causes.duplicate(format_args!("{path}.name"), &volume["name"]);
                }
            }
        }
    }
    names
}
