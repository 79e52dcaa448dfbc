//! The names, labels and volume claims of a StatefulSet's pods.

use serde_json::{Value, json};

use crate::controllers::kind::STATEFUL_SETS;
use crate::controllers::template;
use crate::controllers::value::{items, label, text};
use crate::meta;

/// The names of a StatefulSet's pods: `NAME-ORDINAL`.
pub(super) struct Names {
    set: String,
}

impl Names {
    pub(super) fn of(set: &Value) -> Names {
        Names { set: meta::text(set, "name").to_owned() }
    }

    pub(super) fn pod(&self, ordinal: i64) -> String {
        format!("{}-{ordinal}", self.set)
    }

    /// The ordinal in the name of a pod.
    pub(super) fn ordinal(&self, pod: &str) -> Option<i64> {
        let digits = pod.strip_prefix(&self.set)?.strip_prefix('-')?;
        let ordinal = digits.parse().ok()?;
        (self.pod(ordinal) == pod).then_some(ordinal)
    }

    /// The volume claims of a pod.
    pub(super) fn claims(&self, set: &Value, ordinal: i64) -> Vec<Value> {
        let claims = items(set, "/spec/volumeClaimTemplates").iter().map(|template| {
            let mut claim = template.clone();
            claim["apiVersion"] = json!("v1");
            claim["kind"] = json!("PersistentVolumeClaim");
            if let Some(map) = claim.as_object_mut() {
                map.shift_remove("status");
            }
            meta::set(&mut claim, "name", format!("{}-{}", meta::text(template, "name"), self.pod(ordinal)));
            meta::set(&mut claim, "namespace", meta::text(set, "namespace"));
            let labels = set["spec"]["selector"]["matchLabels"].as_object();
            for (name, value) in labels.into_iter().flatten() {
                label(&mut claim, name, value.as_str().unwrap_or_default());
            }
            claim
        });
        claims.collect()
    }

    /// A new pod.
    pub(super) fn build(&self, set: &Value, template: &Value, ordinal: i64, revision: &str) -> Value {
        let mut pod = template::pod(template, STATEFUL_SETS, set);
        let name = self.pod(ordinal);
        meta::set(&mut pod, "generateName", format!("{}-", self.set));
        meta::set(&mut pod, "name", name.clone());
        label(&mut pod, "apps.kubernetes.io/pod-index", &ordinal.to_string());
        template::label_revision(&mut pod, revision);
        label(&mut pod, "statefulset.kubernetes.io/pod-name", &name);
        pod["spec"]["hostname"] = json!(name);
        let service = text(set, "/spec/serviceName");
        if !service.is_empty() {
            pod["spec"]["subdomain"] = json!(service);
        }
        let mut volumes: Vec<Value> = Vec::new();
        for template in items(set, "/spec/volumeClaimTemplates") {
            let volume = meta::text(template, "name");
            volumes.push(json!({"name": volume, "persistentVolumeClaim": {"claimName": format!("{volume}-{name}")}}));
        }
        let claimed: Vec<Value> = volumes.iter().map(|volume| volume["name"].clone()).collect();
        volumes.extend(items(&pod, "/spec/volumes").iter().filter(|one| !claimed.contains(&one["name"])).cloned());
        if !volumes.is_empty() {
            pod["spec"]["volumes"] = Value::Array(volumes);
        }
        pod
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_the_set_gives_have_ordinals() {
        let names = Names { set: "db".to_owned() };
        assert_eq!(names.ordinal("db-0"), Some(0));
        assert_eq!(names.ordinal("db-12"), Some(12));
        for other in ["db", "db-", "db-01", "db-x", "dbx-1", "db--1", "db-1-2"] {
            assert!(names.ordinal(other).is_none_or(|ordinal| ordinal < 0), "{other}");
        }
    }
}
