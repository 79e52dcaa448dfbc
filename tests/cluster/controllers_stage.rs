//! A cluster with controllers on a clock that tests move.

use kuberewind_cluster::controllers::Controllers;
use kuberewind_cluster::{Cluster, Fidelity};
use kuberewind_model::{Duration, Timestamp};
use serde_json::{Value, json};

use crate::api::{Api, text};

pub(crate) struct Stage {
    pub(crate) api: Api,
    controllers: Controllers,
}

impl Stage {
    pub(crate) fn new() -> Stage {
        let api = Api::with(|options| options.fidelity = Fidelity::Real);
        let controllers = Controllers::new(&api.cluster);
        Stage { api, controllers }
    }

    pub(crate) fn cluster(&self) -> &Cluster {
        &self.api.cluster
    }

    /// Does what is due now.
    pub(crate) fn settle(&mut self) {
        self.controllers.settle();
    }

    /// Moves the clock by seconds, and stops whenever something is due.
    pub(crate) fn pass(&mut self, seconds: u64) {
        let mut rest = seconds * 1_000_000_000;
        self.settle();
        while let Some(wait) = self.controllers.wait().map(|wait| wait.0).filter(|wait| *wait <= rest) {
            self.api.clock.advance(Duration(wait));
            self.settle();
            rest -= wait;
        }
        self.api.clock.advance(Duration(rest));
        self.settle();
    }

    /// Creates or replaces an object.
    pub(crate) fn put(&mut self, object: Value) -> Value {
        let stored = self.api.cluster.put(object).unwrap();
        self.settle();
        stored
    }

    /// Merges a patch into an object.
    pub(crate) async fn merge(&mut self, path: &str, patch: Value) -> Value {
        let (code, object) = self.api.patch("merge-patch+json", path, &patch).await;
        assert_eq!(code, 200, "{object}");
        self.settle();
        object
    }

    pub(crate) async fn delete(&mut self, path: &str, options: Value) {
        let (code, object) = self.api.delete(path, &options).await;
        assert_eq!(code, 200, "{object}");
        self.settle();
    }

    pub(crate) async fn list(&self, path: &str) -> Vec<Value> {
        let (code, list) = self.api.get(path).await;
        assert_eq!(code, 200, "{list}");
        list["items"].as_array().unwrap().clone()
    }

    pub(crate) async fn pods(&self) -> Vec<Value> {
        self.list("/api/v1/namespaces/default/pods").await
    }

    /// The names of the pods that are ready.
    pub(crate) async fn ready(&self) -> Vec<String> {
        let ready = |pod: &&Value| condition(pod, "Ready")["status"] == "True";
        self.pods().await.iter().filter(ready).map(|pod| text(pod, "/metadata/name")).collect()
    }

    /// The reasons and messages of the events about objects of a kind, in the order of their creation.
    pub(crate) async fn events(&self, kind: &str) -> Vec<String> {
        let mut events = self.list("/api/v1/namespaces/default/events").await;
        events.sort_by_key(|event| text(event, "/metadata/resourceVersion").parse::<u64>().unwrap());
        let about = events.iter().filter(|event| event["involvedObject"]["kind"] == kind);
        about.map(|event| format!("{}: {}", text(event, "/reason"), text(event, "/message"))).collect()
    }

    pub(crate) fn get(&self, group: &str, plural: &str, name: &str) -> Value {
        self.api.cluster.get(group, plural, "default", name).unwrap_or_else(|| panic!("there is no {plural} {name}"))
    }

    /// The names of the managers of an object, with the subresource through which they wrote.
    pub(crate) fn managers(object: &Value) -> Vec<String> {
        let entries = object["metadata"]["managedFields"].as_array().unwrap();
        let mut names: Vec<_> =
            entries.iter().map(|one| format!("{}/{}", text(one, "/manager"), text(one, "/subresource"))).collect();
        names.sort();
        names
    }

    pub(crate) fn now(&self) -> Timestamp {
        kuberewind_model::Clock::now(&self.api.clock)
    }
}

pub(crate) fn condition(object: &Value, kind: &str) -> Value {
    let list = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    list.into_iter().find(|one| one["type"] == kind).unwrap_or_default()
}

pub(crate) fn template(labels: Value, image: &str) -> Value {
    json!({"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": image}]}})
}

pub(crate) fn deployment(name: &str, replicas: i64) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template(json!({"app": name}), "image:1")},
    })
}
