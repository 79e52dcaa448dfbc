//! Real kube-rs controllers converge, in-process and over loopback.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::runtime::controller::{Action, Controller};
use kube::runtime::finalizer::{Event, finalizer};
use kube::runtime::watcher;
use kube::{Client, Resource, ResourceExt};
use kuberewind_cluster::http::{Certificate, HttpOptions, kubeconfig, serve};
use serde_json::json;

use crate::api;

/// For a ConfigMap labelled `role=parent`, creates a Deployment of the same name with `data.replicas` replicas. Its finalizer leaves
/// an annotation on a ledger when it is cleaned up.
async fn reconcile(parent: Arc<ConfigMap>, client: Arc<Client>) -> Result<Action, kube::Error> {
    let parents: Api<ConfigMap> = Api::namespaced(Client::clone(&client), "default");
    let done = finalizer(&parents, "test.dev/cleanup", parent, |event| async {
        match event {
            Event::Apply(parent) => ensure(&client, &parent).await,
            Event::Cleanup(parent) => {
                let ledger = json!({"data": {parent.name_any(): "cleaned"}});
                parents.patch("ledger", &PatchParams::default(), &Patch::Merge(&ledger)).await?;
                Ok(Action::await_change())
            }
        }
    });
    done.await.map_err(|error| match error {
        kube::runtime::finalizer::Error::ApplyFailed(error)
        | kube::runtime::finalizer::Error::CleanupFailed(error)
        | kube::runtime::finalizer::Error::AddFinalizer(error)
        | kube::runtime::finalizer::Error::RemoveFinalizer(error) => error,
        other => panic!("{other}"),
    })
}

async fn ensure(client: &Client, parent: &ConfigMap) -> Result<Action, kube::Error> {
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), "default");
    let replicas: i32 = parent.data.as_ref().and_then(|data| data.get("replicas")?.parse().ok()).unwrap_or(1);
    let owner = parent.controller_owner_ref(&()).unwrap();
    let child = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": parent.name_any(), "ownerReferences": [owner]},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "x"}}, "template": {
            "metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}},
    });
    deployments.patch(&parent.name_any(), &PatchParams::apply("parent-controller").force(), &Patch::Apply(&child)).await?;
    Ok(Action::await_change())
}

/// A client follows the whole life of a parent while a controller runs.
async fn life_of_a_parent(client: Client) {
    let parents: Api<ConfigMap> = Api::namespaced(client.clone(), "default");
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), "default");
    let map = |name: &str, data: serde_json::Value| -> ConfigMap {
        let role = if name == "ledger" { "ledger" } else { "parent" };
        serde_json::from_value(json!({"metadata": {"name": name, "labels": {"role": role}}, "data": data})).unwrap()
    };
    parents.create(&PostParams::default(), &map("ledger", json!({}))).await.unwrap();
    parents.create(&PostParams::default(), &map("web", json!({"replicas": "2"}))).await.unwrap();

    let running = Controller::new(parents.clone(), watcher::Config::default().labels("role=parent"))
        .owns(deployments.clone(), watcher::Config::default())
        .run(reconcile, |_, error, _| panic!("{error}"), Arc::new(client))
        .for_each(|_| async {});
    let story = async {
        until(&deployments, "web", |found| found.is_some_and(|child| child.spec.replicas == Some(2))).await;
        parents.patch("web", &PatchParams::default(), &Patch::Merge(json!({"data": {"replicas": "5"}}))).await.unwrap();
        until(&deployments, "web", |found| found.is_some_and(|child| child.spec.replicas == Some(5))).await;
        // Another client deletes the child. The controller owns it and creates it again.
        let old = deployments.get("web").await.unwrap().uid();
        deployments.delete("web", &DeleteParams::default()).await.unwrap();
        until(&deployments, "web", |found| found.is_some_and(|child| child.uid() != old)).await;
        // The parent is deleted: it waits for its finalizer, then its child is deleted.
        parents.delete("web", &DeleteParams::default()).await.unwrap();
        until(&deployments, "web", |found| found.is_none()).await;
        until(&parents, "web", |found| found.is_none()).await;
        assert_eq!(parents.get("ledger").await.unwrap().data.unwrap()["web"], "cleaned");
        assert!(deployments.list(&ListParams::default()).await.unwrap().items.is_empty());
    };
    tokio::select! {
        () = running => panic!("the controller ended"),
        done = tokio::time::timeout(Duration::from_secs(30), story) => done.expect("the controller did not converge"),
    }
}

/// Watches one object until it meets a condition.
async fn until<K>(api: &Api<K>, name: &str, wanted: impl Fn(Option<&K>) -> bool)
where
    K: Resource + Clone + std::fmt::Debug + serde::de::DeserializeOwned + Send + 'static,
{
    let states = kube::runtime::watcher::watch_object(api.clone(), name);
    futures::pin_mut!(states);
    while let Some(state) = states.next().await {
        if wanted(state.unwrap().as_ref()) {
            return;
        }
    }
}

#[tokio::test]
async fn a_controller_converges_in_process() {
    let api = api::Api::new();
    life_of_a_parent(api.cluster.client()).await;
}

#[tokio::test]
async fn a_controller_converges_over_loopback() {
    let api = api::Api::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let certificate = Some(Certificate::for_address(address.ip()).unwrap());
    let options = HttpOptions { token: "secret".to_owned(), certificate, ..HttpOptions::default() };
    let kubeconfig = kubeconfig(address, &options);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, api.cluster.clone(), options, async {
        stopped.await.unwrap_or_default();
    }));
    let config = kube::config::Kubeconfig::from_yaml(&kubeconfig).unwrap();
    let config = kube::Config::from_custom_kubeconfig(config, &kube::config::KubeConfigOptions::default()).await.unwrap();
    life_of_a_parent(Client::try_from(config.clone()).unwrap()).await;
    let mut stranger = config;
    stranger.auth_info = kube::config::AuthInfo::default();
    let maps: Api<ConfigMap> = Api::namespaced(Client::try_from(stranger).unwrap(), "default");
    match maps.get("ledger").await {
        Err(kube::Error::Api(refused)) => assert_eq!((refused.code, refused.reason.as_str()), (401, "Unauthorized")),
        other => panic!("{other:?}"),
    }
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}
