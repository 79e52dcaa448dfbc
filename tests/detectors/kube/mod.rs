//! Scenarios with real kube-rs controllers on the in-memory API server, recorded through the layer in simulated time. Each
//! class has a problem and its healthy lookalike.

mod loops;
mod objects;
mod races;
mod slow;

use std::future::{Future, pending, ready};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use ::kube::api::{Api, ApiResource, DynamicObject};
use ::kube::core::GroupVersionKind;
use ::kube::runtime::Controller;
use ::kube::runtime::controller::Action;
use ::kube::runtime::watcher;
use ::kube::{Client, Resource};
use futures::StreamExt;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kuberewind_analysis::Analysis;
use kuberewind_analysis::settings::Settings;
use kuberewind_demo::{ActorTask, DemoOptions, Environment, Pace, Scenario, run};
use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::SessionNo;
use serde_json::{Value, json};

use crate::story::{START, analyse_session};

/// The usual latency of watch events in milliseconds.
const PROMPT: RangeInclusive<u64> = 1..=3;

/// The actors, the objects, and the duration of a scenario.
struct Play {
    lasts: Duration,
    watch_lag: RangeInclusive<u64>,
    objects: fn() -> Vec<Value>,
    acts: fn(&Environment) -> Vec<ActorTask>,
}

impl Play {
    fn new(lasts: Duration, objects: fn() -> Vec<Value>, acts: fn(&Environment) -> Vec<ActorTask>) -> Play {
        Play { lasts, watch_lag: PROMPT, objects, acts }
    }

    /// Delays watch events.
    fn lag(mut self, millis: RangeInclusive<u64>) -> Play {
        self.watch_lag = millis;
        self
    }

    fn analysis(self) -> Analysis {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.db");
        let options = DemoOptions { output: file.clone(), pace: Pace::Simulated(START), recording_id: 7 };
        let scenario = Scenario {
            name: "story",
            summary: "",
            duration: self.lasts,
            watch_lag: self.watch_lag,
            objects: self.objects,
            actors: self.acts,
        };
        run(&scenario, &options, pending()).unwrap();
        let recording = Recording::open(&file, &OpenOptions::default()).unwrap();
        analyse_session(&recording, SessionNo(0), &Settings::default())
    }
}

fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// The result of a reconciler.
type Done = Result<Action, ::kube::Error>;

/// A controller over a resource as an actor. It waits a second after an error.
fn controller<F, W>(stage: &Environment, actor: &str, resource: ApiResource, reconcile: F) -> ActorTask
where
    F: Fn(Arc<DynamicObject>, Client) -> W + Send + Sync + 'static,
    W: Future<Output = Done> + Send + 'static,
{
    owner(stage, actor, resource, None, reconcile)
}

/// Like [`controller`], and watches the children of another resource.
fn owner<F, W>(stage: &Environment, actor: &str, resource: ApiResource, children: Option<ApiResource>, reconcile: F) -> ActorTask
where
    F: Fn(Arc<DynamicObject>, Client) -> W + Send + Sync + 'static,
    W: Future<Output = Done> + Send + 'static,
{
    let client = stage.client(actor);
    let all = |of: &ApiResource| Api::<DynamicObject>::namespaced_with(client.clone(), "shop", of);
    let mut running = Controller::new_with(all(&resource), watcher::Config::default(), resource.clone());
    if let Some(children) = children {
        running = running.owns_with(all(&children), children.clone(), watcher::Config::default());
    }
    let step = move |object: Arc<DynamicObject>, context: Arc<Client>| reconcile(object, Client::clone(&context));
    let step = stage.recorder().actor(actor).wrap_with(resource, step);
    let policy = |_: Arc<DynamicObject>, _: &::kube::Error, _: Arc<Client>| Action::requeue(secs(1));
    Box::pin(running.run(step, policy, Arc::new(client)).for_each(|_| ready(())))
}

/// An actor that runs one call after the other.
fn actor_calls<F, W>(stage: &Environment, actor: &str, deeds: F) -> ActorTask
where
    F: FnOnce(Client) -> W + 'static,
    W: Future<Output = ()> + 'static,
{
    let client = stage.client(actor);
    Box::pin(async move { deeds(client).await })
}

async fn pause(wait: Duration) {
    tokio::time::sleep(wait).await;
}

fn resource<K: Resource<DynamicType = ()>>() -> ApiResource {
    ApiResource::erase::<K>(&())
}

fn backups() -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk("ops.example.com", "v1", "Backup"))
}

fn all(client: &Client, of: &ApiResource) -> Api<DynamicObject> {
    Api::namespaced_with(client.clone(), "shop", of)
}

fn maps(client: &Client) -> Api<ConfigMap> {
    Api::namespaced(client.clone(), "shop")
}

fn pods(client: &Client) -> Api<Pod> {
    Api::namespaced(client.clone(), "shop")
}

fn namespace() -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
}

/// The custom resource, with a schema for its spec.
fn crd(spec: &Value) -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "backups.ops.example.com"},
        "spec": {
            "group": "ops.example.com", "scope": "Namespaced",
            "names": {"plural": "backups", "singular": "backup", "kind": "Backup", "listKind": "BackupList"},
            "versions": [{
                "name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                    "spec": {"type": "object", "properties": spec},
                    "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}
                }}}
            }]
        }
    })
}

/// A Backup whose spec may have an image, a size and the given fields.
fn backup(name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "ops.example.com/v1", "kind": "Backup", "metadata": {"name": name, "namespace": "shop"}, "spec": spec})
}

fn map(name: &str, data: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop"}, "data": data})
}

/// A Backup `nightly`, alone.
fn one_backup() -> Vec<Value> {
    let spec = json!({"image": {"type": "string"}, "size": {"type": "integer"}, "workers": {"type": "integer"}});
    vec![namespace(), crd(&spec), backup("nightly", &json!({"image": "a:1", "size": 1, "workers": 1}))]
}

/// The time in a status, as operators write it.
fn now(origin: tokio::time::Instant) -> String {
    START.plus(kuberewind_model::Duration::from_std(origin.elapsed())).rfc3339(3)
}
