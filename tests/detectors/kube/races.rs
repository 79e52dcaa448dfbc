//! Classes N and P, blind writes over what was not shown, and writes to a dying object.

use std::sync::Arc;

use ::kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use ::kube::runtime::controller::Action;
use ::kube::runtime::{WatchStreamExt, reflector, watcher};
use ::kube::{Client, ResourceExt};
use futures::StreamExt;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kuberewind::demo::{Act, Stage};
use serde_json::{Value, json};

use super::{Play, backups, controller, map, maps, millis, namespace, one_backup, pause, pods, secs, somebody};
use crate::story::{healthy, only};

/// N: one worker is wanted; whether there is one is looked up in a cache that a watch feeds.
fn workers(stage: &Stage, again: u64) -> Vec<Act> {
    let client = stage.client("k0smotron");
    let (cache, writer) = reflector::store::<Pod>();
    let pods_api: Api<Pod> = pods(&client);
    let feeding = reflector::reflector(writer, watcher(pods_api, watcher::Config::default())).applied_objects();
    let feed: Act = Box::pin(feeding.for_each(|_| std::future::ready(())));
    let operator = controller(stage, "k0smotron", backups(), move |parent, client| {
        let cache = cache.clone();
        async move {
            cache.wait_until_ready().await.unwrap();
            if cache.state().is_empty() {
                let pod: Pod = serde_json::from_value(json!({
                    "apiVersion": "v1", "kind": "Pod",
                    "metadata": {"generateName": "worker-", "namespace": "shop", "ownerReferences": [{
                        "apiVersion": "ops.example.com/v1", "kind": "Backup", "controller": true,
                        "name": parent.name_any(), "uid": parent.metadata.uid
                    }]},
                    "spec": {"containers": [{"name": "x", "image": "x"}]}
                }))
                .unwrap();
                pods(&client).create(&PostParams::default(), &pod).await?;
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
fn the_trap_of_n_is_a_cache_that_was_told() {
    healthy(&Play::new(secs(10), one_backup, |stage| workers(stage, 1_200)).lag(100..=110).analysis());
}

fn pool() -> Vec<Value> {
    vec![namespace(), map("pool", &json!({"image": "a:1", "size": "1"}))]
}

async fn patch(client: &Client, data: Value) -> ::kube::Result<ConfigMap> {
    maps(client).patch("pool", &PatchParams::default(), &Patch::Merge(json!({"data": data}))).await
}

/// P: what was read is changed and written as a whole, some time later.
async fn write_back(client: &Client, wait: u64, on_its_base: bool) -> ::kube::Result<ConfigMap> {
    let mut pool = maps(client).get("pool").await?;
    pause(millis(wait)).await;
    pool.data.get_or_insert_default().insert("size".to_owned(), "2".to_owned());
    if !on_its_base {
        pool.metadata.resource_version = None;
    }
    maps(client).replace("pool", &PostParams::default(), &pool).await
}

fn deployer(stage: &Stage) -> Act {
    somebody(stage, "deployer", |client| async move {
        pause(millis(500)).await;
        patch(&client, json!({"image": "a:2"})).await.unwrap();
    })
}

#[test]
fn p_a_lost_update() {
    let play = Play::new(secs(5), pool, |stage| {
        let kobe = somebody(stage, "kobe", |client| async move {
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
fn the_trap_of_p_is_a_base_that_the_server_checks() {
    let play = Play::new(secs(5), pool, |stage| {
        let kobe = somebody(stage, "kobe", |client| async move {
            assert!(write_back(&client, 1_000, true).await.is_err(), "the base is not what is there");
            write_back(&client, 5, true).await.unwrap();
        });
        vec![deployer(stage), kobe]
    });
    healthy(&play.analysis());
}

/// Two people set the same field; the second one looked before the first one wrote, and perhaps again after.
fn two_people(stage: &Stage, looks_again: bool) -> Vec<Act> {
    let bob = somebody(stage, "kubectl/bob", move |client| async move {
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
fn a_blind_write_over_what_was_not_shown() {
    let finding = only(&Play::new(secs(5), pool, |stage| two_people(stage, false)).analysis(), "stale-write");
    assert_eq!(finding.actors, ["kubectl/bob", "deployer"]);
    assert!(finding.sentence.contains("/data/image"), "{}", finding.sentence);
}

#[test]
fn who_looked_knows_what_he_overwrites() {
    healthy(&Play::new(secs(5), pool, |stage| two_people(stage, true)).analysis());
}

#[test]
fn a_delete_of_what_has_changed_since_it_was_looked_at() {
    let play = Play::new(secs(5), pool, |stage| {
        let cleaner = somebody(stage, "cleaner", |client| async move {
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

/// Somebody deletes it; an operator cleans up in its own time and then takes its finalizer off; another one counts on.
fn dying(stage: &Stage, counts: bool) -> Vec<Act> {
    let deletes = somebody(stage, "kubectl/alice", |client| async move {
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
    let goes_on = somebody(stage, "counter", move |client| async move {
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
fn who_cleans_up_knows_that_it_is_dying() {
    healthy(&Play::new(secs(4), guarded, |stage| dying(stage, false)).analysis());
}

/// The clone of a client is the same actor.
#[test]
fn one_actor_with_two_hands_loses_nothing() {
    let play = Play::new(secs(5), pool, |stage| {
        vec![somebody(stage, "kobe", |client| async move {
            let other = Arc::new(client.clone());
            maps(&client).get("pool").await.unwrap();
            patch(&other, json!({"image": "a:2"})).await.unwrap();
            patch(&client, json!({"image": "a:3"})).await.unwrap();
        })]
    });
    healthy(&play.analysis());
}
