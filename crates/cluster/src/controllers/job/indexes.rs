//! Jobs whose pods have indexes.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::controllers::pods;
use crate::controllers::value::{annotate, annotation, items, label, number, text as text_at};
use crate::meta;

const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// The largest number of indexes, as in a real server.
const MOST: i64 = 100_000;

fn index_of(pod: &Value) -> Option<i64> {
    annotation(pod, INDEX).parse().ok()
}

/// The indexes that have succeeded: those of the status, and those of finished pods.
pub(super) fn succeeded(job: &Value, all: &[Arc<Value>]) -> Vec<i64> {
    let mut done: BTreeSet<i64> = parse(text_at(job, "/status/completedIndexes")).into_iter().collect();
    let finished = all.iter().filter(|pod| text_at(pod, "/status/phase") == "Succeeded");
    done.extend(finished.filter_map(|pod| index_of(pod)));
    done.into_iter().filter(|index| *index < completions(job)).collect()
}

/// The indexes that have neither succeeded nor a pod that runs.
pub(super) fn missing(job: &Value, all: &[Arc<Value>]) -> Vec<i64> {
    let mut taken: BTreeSet<i64> = succeeded(job, all).into_iter().collect();
    taken.extend(all.iter().filter(|pod| pods::is_active(pod)).filter_map(|pod| index_of(pod)));
    (0..completions(job)).filter(|index| !taken.contains(index)).collect()
}

fn completions(job: &Value) -> i64 {
    number(job, "/spec/completions").unwrap_or(1).clamp(0, MOST)
}

/// Gives a new pod its index.
pub(super) fn pod(mut pod: Value, job: &Value, index: i64) -> Value {
    let (name, index) = (meta::text(job, "name"), index.to_string());
    meta::set(&mut pod, "generateName", format!("{name}-{index}-"));
    annotate(&mut pod, INDEX, &index);
    label(&mut pod, INDEX, &index);
    pod["spec"]["hostname"] = json!(format!("{name}-{index}"));
    for list in ["initContainers", "containers"] {
        let containers = pod["spec"].get_mut(list).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten().filter(|container| container.is_object()) {
            let mut env = items(container, "/env").to_vec();
            let source = json!({"fieldRef": {"apiVersion": "v1", "fieldPath": format!("metadata.labels['{INDEX}']")}});
            env.push(json!({"name": "JOB_COMPLETION_INDEX", "valueFrom": source}));
            container["env"] = Value::Array(env);
        }
    }
    pod
}

/// Formats indexes: `0,2-4`.
pub(super) fn text(indexes: &[i64]) -> String {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for index in indexes {
        match ranges.last_mut() {
            Some((_, last)) if last.saturating_add(1) == *index => *last = *index,
            _ => ranges.push((*index, *index)),
        }
    }
    let parts = ranges.into_iter().map(|(first, last)| match last.saturating_sub(first) {
        0 => first.to_string(),
        1 => format!("{first},{last}"),
        _ => format!("{first}-{last}"),
    });
    parts.collect::<Vec<_>>().join(",")
}

/// Reads what [`text`] writes. Skips what it cannot read.
fn parse(text: &str) -> Vec<i64> {
    let ranges = text.split(',').filter_map(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some((first.parse::<i64>().ok()?, last.parse::<i64>().ok()?.min(MOST)))
    });
    ranges.flat_map(|(first, last)| first..=last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_written_as_ranges() {
        for (indexes, wanted) in [(&[][..], ""), (&[0, 2, 3, 4], "0,2-4"), (&[1, 2], "1,2"), (&[0, 1, 2], "0-2")] {
            assert_eq!(text(indexes), wanted);
            assert_eq!(parse(wanted), indexes);
        }
        assert_eq!(parse("x,1-y,7"), [7]);
    }
}
