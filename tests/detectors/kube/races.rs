//! Classes N, O and P, writes over unobserved changes, and writes to an object that is being deleted.

use std::sync::Arc;

use ::kube::api::{Api, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use ::kube::runtime::controller::Action;
use ::kube::runtime::{Controller, WatchStreamExt, reflector, watcher};
use ::kube::{Client, ResourceExt};
use futures::StreamExt;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kuberewind_demo::{ActorTask, Environment};
use serde_json::{Value, json};

use super::{Play, actor_calls, all, backups, controller, map, maps, millis, namespace, one_backup, pause, pods, secs};
use crate::story::{healthy, only};

/// A worker of a Backup. Without a name, the server generates one.
fn worker(parent: &DynamicObject, name: &str) -> Pod {
    let mut pod: Pod = serde_json::from_value(json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"namespace": "shop", "ownerReferences": [{
            "apiVersion": "ops.example.com/v1", "kind": "Backup", "controller": true,
            "name": parent.name_any(), "uid": parent.metadata.uid
        }]},
        "spec": {"containers": [{"name": "x", "image": "x"}]}
    }))
    .unwrap();
    match name {
        "" => pod.metadata.generate_name = Some("worker-".to_owned()),
        name => pod.metadata.name = Some(name.to_owned()),
    }
    pod
}

/// N: one worker is wanted. The controller looks for it in a cache fed by a watch.
fn workers(stage: &Environment, again: u64) -> Vec<ActorTask> {
    let client = stage.client("k0smotron");
    let (cache, writer) = reflector::store::<Pod>();
    let pods_api: Api<Pod> = pods(&client);
    let feeding = reflector::reflector(writer, watcher(pods_api, watcher::Config::default())).applied_objects();
    let feed: ActorTask = Box::pin(feeding.for_each(|_| std::future::ready(())));
    let operator = controller(stage, "k0smotron", backups(), move |parent, client| {
        let cache = cache.clone();
        async move {
            cache.wait_until_ready().await.unwrap();
            if cache.state().is_empty() {
                pods(&client).create(&PostParams::default(), &worker(&parent, "")).await?;
            }
            Ok(Action::requeue(millis(again)))
        }
    });
    vec![feed, operator]
}

#[test]
fn n_a_second_worker_from_a_stale_cache() {
    let analysis = Play::new(secs(10), one_backup, |stage| workers(stage, 1_200)).lag(3_000..=3_010).analysis();
    let finding = only(&analysis, "duplicates");
    assert_eq!(finding.actors, ["k0smotron"]);
}

#[test]
fn n_ignores_a_cache_that_was_updated() {
    healthy(&Play::new(secs(10), one_backup, |stage| workers(stage, 1_200)).lag(100..=110).analysis());
}

/// O: keeps the number of workers that the Backup requests, and restarts after a while, possibly with another API server.
fn restarting(stage: &Environment, behind: u64) -> ActorTask {
    let (first, second) =
        (scaler(stage.client("rabbit/operator"), stage), scaler(stage.client_behind("rabbit/operator", behind), stage));
    Box::pin(async move {
        tokio::select! {
            () = first => {}
            () = pause(secs(10)) => {}
        }
        second.await;
    })
}

fn scaler(client: Client, stage: &Environment) -> ActorTask {
    let reconcile = |parent: Arc<DynamicObject>, client: Arc<Client>| async move {
        // A get of the current state, which the watch may be behind of.
        all(&client, &backups()).get(&parent.name_any()).await?;
        let wanted = parent.data["spec"]["workers"].as_u64().unwrap_or(0);
        for number in 0..8 {
            let name = format!("worker-{number}");
            let found = pods(&client).get_opt(&name).await?;
            if found.is_none() && number < wanted {
                pods(&client).create(&PostParams::default(), &worker(&parent, &name)).await?;
            } else if found.is_some() && number >= wanted {
                pods(&client).delete(&name, &DeleteParams::default()).await?;
            }
        }
        Ok(Action::await_change())
    };
    // Any version is acceptable; kube requests that only without pages.
    let config = watcher::Config { page_size: None, ..watcher::Config::default().any_semantic() };
    let running = Controller::new_with(all(&client, &backups()), config, backups());
    let step = stage.recorder().actor("rabbit/operator").wrap_with(backups(), reconcile);
    let policy = |_: Arc<DynamicObject>, _: &::kube::Error, _: Arc<Client>| Action::requeue(secs(1));
    Box::pin(running.run(step, policy, Arc::new(client)).for_each(|_| std::future::ready(())))
}

/// Requests a number of workers at given seconds.
fn scales(stage: &Environment, wishes: &'static [(u64, u64)]) -> ActorTask {
    actor_calls(stage, "kubectl/alice", move |client| async move {
        let begin = tokio::time::Instant::now();
        for (second, workers) in wishes {
            tokio::time::sleep_until(begin + secs(*second)).await;
            let patch = Patch::Merge(json!({"spec": {"workers": workers}}));
            all(&client, &backups()).patch("nightly", &PatchParams::default(), &patch).await.unwrap();
        }
    })
}

#[test]
fn o_back_in_time_and_a_deletion() {
    // Two workers are requested and created: three changes that the other API server does not have.
    let play = Play::new(secs(20), one_backup, |stage| vec![restarting(stage, 3), scales(stage, &[(5, 3)])]);
    let finding = only(&play.lag(200..=210).analysis(), "back-in-time");
    assert_eq!((finding.object.as_str(), finding.actors), ("Backup/shop/nightly", vec!["rabbit/operator".to_owned()]));
    assert!(finding.sentence.contains("deletes Pod/shop/worker-1"), "{}", finding.sentence);
}

#[test]
fn o_ignores_a_relist_that_is_not_older() {
    // Deletes after its start as well, but on request.
    let play = Play::new(secs(20), one_backup, |stage| vec![restarting(stage, 0), scales(stage, &[(5, 3), (12, 1)])]);
    healthy(&play.lag(200..=210).analysis());
}

fn pool() -> Vec<Value> {
    vec![namespace(), map("pool", &json!({"image": "a:1", "size": "1"}))]
}

async fn patch(client: &Client, data: Value) -> ::kube::Result<ConfigMap> {
    maps(client).patch("pool", &PatchParams::default(), &Patch::Merge(json!({"data": data}))).await
}

/// P: writes back a whole object some time after reading it.
async fn write_back(client: &Client, wait: u64, on_its_base: bool) -> ::kube::Result<ConfigMap> {
    let mut pool = maps(client).get("pool").await?;
    pause(millis(wait)).await;
    pool.data.get_or_insert_default().insert("size".to_owned(), "2".to_owned());
    if !on_its_base {
        pool.metadata.resource_version = None;
    }
    maps(client).replace("pool", &PostParams::default(), &pool).await
}

fn deployer(stage: &Environment) -> ActorTask {
    actor_calls(stage, "deployer", |client| async move {
        pause(millis(500)).await;
        patch(&client, json!({"image": "a:2"})).await.unwrap();
    })
}

#[test]
fn p_a_lost_update() {
    let play = Play::new(secs(5), pool, |stage| {
        let kobe = actor_calls(stage, "kobe", |client| async move {
            write_back(&client, 1_000, false).await.unwrap();
        });
        vec![deployer(stage), kobe]
    });
    let finding = only(&play.analysis(), "lost-update");
    assert_eq!(
        (finding.actors, finding.fields),
        (vec!["kobe".to_owned(), "deployer".to_owned()], vec!["/data/image".to_owned()])
    );
}

#[test]
fn p_ignores_a_base_that_the_server_checks() {
    let play = Play::new(secs(5), pool, |stage| {
        let kobe = actor_calls(stage, "kobe", |client| async move {
            assert!(write_back(&client, 1_000, true).await.is_err(), "the base is not what is there");
            write_back(&client, 5, true).await.unwrap();
        });
        vec![deployer(stage), kobe]
    });
    healthy(&play.analysis());
}

/// Two people set the same field. The second read before the first wrote, and possibly again after.
fn two_people(stage: &Environment, looks_again: bool) -> Vec<ActorTask> {
    let bob = actor_calls(stage, "kubectl/bob", move |client| async move {
        maps(&client).get("pool").await.unwrap();
        pause(secs(1)).await;
        if looks_again {
            maps(&client).get("pool").await.unwrap();
        }
        patch(&client, json!({"image": "a:3"})).await.unwrap();
    });
    vec![deployer(stage), bob]
}

#[test]
fn a_write_over_an_unobserved_change() {
    let finding = only(&Play::new(secs(5), pool, |stage| two_people(stage, false)).analysis(), "stale-write");
    assert_eq!(finding.actors, ["kubectl/bob", "deployer"]);
    assert!(finding.sentence.contains("/data/image"), "{}", finding.sentence);
}

#[test]
fn a_write_over_an_observed_change_is_not_reported() {
    healthy(&Play::new(secs(5), pool, |stage| two_people(stage, true)).analysis());
}

#[test]
fn a_delete_over_an_unobserved_change() {
    let play = Play::new(secs(5), pool, |stage| {
        let cleaner = actor_calls(stage, "cleaner", |client| async move {
            maps(&client).get("pool").await.unwrap();
            pause(secs(1)).await;
            maps(&client).delete("pool", &DeleteParams::default()).await.unwrap();
        });
        vec![deployer(stage), cleaner]
    });
    let finding = only(&play.analysis(), "stale-write");
    assert!(finding.sentence.starts_with("cleaner deletes ConfigMap/shop/pool"), "{}", finding.sentence);
}

fn guarded() -> Vec<Value> {
    let mut pool = map("pool", &json!({"size": "1"}));
    pool["metadata"]["finalizers"] = json!(["ops.example.com/cleanup"]);
    vec![namespace(), pool]
}

/// One actor deletes the object, an operator cleans up and then removes its finalizer, another actor keeps writing.
fn dying(stage: &Environment, counts: bool) -> Vec<ActorTask> {
    let deletes = actor_calls(stage, "kubectl/alice", |client| async move {
        pause(millis(500)).await;
        maps(&client).delete("pool", &DeleteParams::default()).await.unwrap();
    });
    let cleans = controller(stage, "cleaner", super::resource::<ConfigMap>(), |seen, client| async move {
        if seen.metadata.deletion_timestamp.is_some() && !seen.finalizers().is_empty() {
            patch(&client, json!({"phase": "cleaning"})).await?;
            pause(secs(1)).await;
            let patch = Patch::Merge(json!({"metadata": {"finalizers": null}}));
            maps(&client).patch("pool", &PatchParams::default(), &patch).await?;
        }
        Ok(Action::await_change())
    });
    let goes_on = actor_calls(stage, "counter", move |client| async move {
        maps(&client).get("pool").await.unwrap();
        pause(millis(700)).await;
        if counts {
            patch(&client, json!({"size": "2"})).await.unwrap();
        }
    });
    vec![deletes, cleans, goes_on]
}

#[test]
fn a_write_to_an_object_that_is_being_deleted() {
    let finding = only(&Play::new(secs(4), guarded, |stage| dying(stage, true)).analysis(), "dying-write");
    assert_eq!(
        (finding.actors, finding.fields),
        (vec!["counter".to_owned(), "kubectl/alice".to_owned()], vec!["/data/size".to_owned()])
    );
}

#[test]
fn cleanup_of_a_deleted_object_is_not_reported() {
    healthy(&Play::new(secs(4), guarded, |stage| dying(stage, false)).analysis());
}

/// A clone of a client is the same actor.
#[test]
fn two_clients_of_one_actor_lose_nothing() {
    let play = Play::new(secs(5), pool, |stage| {
        vec![actor_calls(stage, "kobe", |client| async move {
            let other = Arc::new(client.clone());
            maps(&client).get("pool").await.unwrap();
            patch(&other, json!({"image": "a:2"})).await.unwrap();
            patch(&client, json!({"image": "a:3"})).await.unwrap();
        })]
    });
    healthy(&play.analysis());
}
