//! Compares responses with those of a real server, scenario by scenario.
//!
//! The corpus is not part of this project. The test looks for it in `KUBEREWIND_REAL_INPUTS` or beside the project, and reports
//! when it is absent.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::scenarios::{NAMES, Played, play};

/// Scenarios that are not run here, with reasons.
const OUT_OF_SCOPE: &[(&str, &str)] = &[
    ("configmap/record-and-reject", "admission webhooks are not called"),
    ("flunder/aggregated-api-delete", "there are no aggregated API servers"),
    ("flunder/aggregated-api-deletecollection", "there are no aggregated API servers"),
    ("flunder/aggregated-api-write", "there are no aggregated API servers"),
    ("pod/graceful-delete", "pods have no grace period: no kubelet runs them"),
    ("widget/crd-conversion", "conversion webhooks are not called"),
];

/// Files of the corpus about other callers.
fn is_about_others(file: &str) -> bool {
    // The garbage collector's own call, which is no request here. The watch shows its effect.
    file.starts_with("admission") || file.starts_with("conversion") || file == "audit.delete.cm-child.yaml"
}

fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let inputs = std::env::var_os("KUBEREWIND_REAL_INPUTS").map_or_else(beside, PathBuf::from);
    let corpus = inputs.join("mutationlab/corpus");
    corpus.is_dir().then_some(corpus)
}

/// Numbers the values that differ from run to run, in order of appearance.
#[derive(Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    fn of(&mut self, kind: &str, value: &str) -> String {
        let count = self.0.values().filter(|name| name.starts_with(kind)).count();
        self.0.entry(format!("{kind} {value}")).or_insert_with(|| format!("{kind}-{count}")).clone()
    }

    /// Replaces the values that differ from run to run by names.
    fn normal(&mut self, value: &Value) -> Value {
        let mut value = value.clone();
        let mut stack = vec![&mut value];
        while let Some(value) = stack.pop() {
            match value {
                Value::Object(map) => {
                    let keys: Vec<String> = map.keys().cloned().collect();
                    for key in keys {
                        let found = map.remove(&key).unwrap();
                        let (key, found) = self.member(&key, found);
                        map.insert(key, found);
                    }
                    map.sort_keys();
                    stack.extend(map.values_mut());
                }
                Value::Array(list) => stack.extend(list.iter_mut()),
                _ => {}
            }
        }
        value
    }

    fn member(&mut self, key: &str, value: Value) -> (String, Value) {
        let key = match key.strip_prefix("k:{\"uid\":\"").and_then(|rest| rest.strip_suffix("\"}")) {
            Some(uid) => format!("k:{}", self.of("uid", uid)),
            None => key.to_owned(),
        };
        let text = value.as_str().unwrap_or_default().to_owned();
        let value = match key.as_str() {
            "uid" => json!(self.of("uid", &text)),
            "resourceVersion" => json!(self.of("rv", &text)),
            "namespace" => json!("the namespace"),
            "time" | "creationTimestamp" | "deletionTimestamp" | "lastTransitionTime" | "lastUpdateTime" => json!("a time"),
            "name" if text.starts_with("cm-gen-") => json!("cm-gen-something"),
            "message" if text.starts_with("too old resource version") => json!("too old resource version: a (b)"),
            _ => value,
        };
        (key, value)
    }
}

/// The relevant part of a file of the corpus.
fn object_in(file: &Path) -> Value {
    let text = std::fs::read_to_string(file).unwrap();
    let value: Value = serde_saphyr::from_str(&text).unwrap();
    if value.get("type").is_some() {
        return json!({"type": value["type"], "object": value["object"]});
    }
    json!({"code": value["responseStatus"]["code"], "object": value["responseObject"]})
}

/// Our response as an audit log would contain it: without managed fields, also in the items of a list.
fn as_audited(step: &str, value: &Value) -> Value {
    let mut value = value.clone();
    if step.starts_with("audit") {
        let mut objects = vec![&mut value["object"]];
        while let Some(object) = objects.pop() {
            if let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) {
                meta.remove("managedFields");
            }
            objects.extend(object.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten());
        }
    }
    value
}

#[tokio::test]
async fn a_real_server_answered_the_same() {
    let Some(corpus) = corpus() else {
        eprintln!("skipped: the corpus of real answers is not here (KUBEREWIND_REAL_INPUTS)");
        return;
    };
    let mut differences = Vec::new();
    for &name in NAMES {
        let Played(steps) = play(name).await;
        let (mut ours, mut theirs) = (Names::default(), Names::default());
        let mut compared = 0;
        for (step, value) in &steps {
            let file = corpus.join(name).join(format!("{step}.yaml"));
            assert!(file.is_file(), "{name} has no {step}");
            let (wanted, found) = (theirs.normal(&object_in(&file)), ours.normal(&as_audited(step, value)));
            compared += 1;
            if wanted != found {
                differences.push(format!("{name} {step}\n  a real server: {wanted}\n  this one:      {found}"));
            }
        }
        let files = std::fs::read_dir(corpus.join(name)).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        assert_eq!(compared, files.filter(|file| !is_about_others(file)).count(), "every file of {name} is compared");
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_scenario_is_played_or_out_of_scope() {
    let Some(corpus) = corpus() else {
        eprintln!("skipped: the corpus of real answers is not here (KUBEREWIND_REAL_INPUTS)");
        return;
    };
    for kind in std::fs::read_dir(corpus).unwrap().map(Result::unwrap) {
        for scenario in std::fs::read_dir(kind.path()).unwrap().map(Result::unwrap) {
            let name = format!("{}/{}", kind.file_name().to_str().unwrap(), scenario.file_name().to_str().unwrap());
            let skipped = OUT_OF_SCOPE.iter().any(|(one, _)| *one == name);
            assert!(NAMES.contains(&name.as_str()) != skipped, "{name} is neither played nor out of scope");
        }
    }
}
