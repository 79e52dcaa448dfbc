//! A controller of kube-rs over a served recording.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::runtime::controller::Action;
use kube::runtime::{Controller, watcher};
use kuberewind_model::Seq;
use kuberewind_serve::ServedService;

use super::requests::{Client, open, serve};
use crate::program::Sandbox;

async fn reconcile(_: Arc<Pod>, _: Arc<()>) -> Result<Action, Infallible> {
    Ok(Action::await_change())
}

async fn names(client: &Client) -> BTreeSet<String> {
    let list = client.get("/api/v1/pods").await;
    list["items"].as_array().unwrap().iter().map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_controller_reconciles_what_a_move_brings() {
    let sandbox = Sandbox::new();
    let file = sandbox.path(&sandbox.demo("rollout"));
    let last = open(&file).lineage().last();
    let client = serve(&file, Seq(last.0 / 2), false);
    let pods: Api<Pod> = Api::all(kube::Client::new(ServedService::new(client.0.clone()), "default"));
    let policy = |_: Arc<Pod>, _: &Infallible, _: Arc<()>| Action::await_change();
    let mut reconciled = Controller::new(pods, watcher::Config::default()).run(reconcile, policy, Arc::new(())).boxed();
    for at in [Seq(last.0 / 2), last] {
        let before = if client.0.cursor().0 == at { BTreeSet::new() } else { names(&client).await };
        client.0.move_to(at).unwrap();
        // Pods that were there already need no reconcile.
        let mut missing: BTreeSet<String> = names(&client).await.difference(&before).cloned().collect();
        assert!(!missing.is_empty());
        let all = async {
            while !missing.is_empty() {
                let (pod, _) = reconciled.next().await.unwrap().unwrap();
                missing.remove(&pod.name);
            }
        };
        tokio::time::timeout(Duration::from_secs(60), all).await.unwrap();
    }
}
