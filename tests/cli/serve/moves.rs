//! Moves of the cursor, as watches see them.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::runtime::{WatchStreamExt, reflector, watcher};
use kuberewind_model::Seq;
use kuberewind_serve::ServedService;
use serde_json::{Value, json};

use super::requests::{Client, open, serve};
use crate::program::Sandbox;

const PODS: &str = "/api/v1/pods";

/// Name and resourceVersion of each listed object.
fn versions(items: impl IntoIterator<Item = Value>) -> BTreeMap<String, String> {
    let meta = |item: &Value, field: &str| item["metadata"][field].as_str().unwrap().to_owned();
    items.into_iter().map(|item| (meta(&item, "name"), meta(&item, "resourceVersion"))).collect()
}

async fn listed(client: &Client) -> BTreeMap<String, String> {
    versions(client.get(PODS).await["items"].as_array().unwrap().clone())
}

#[tokio::test]
async fn after_500_random_moves_the_store_of_a_reflector_is_the_list() {
    let sandbox = Sandbox::new();
    let file = sandbox.path(&sandbox.demo("rollout"));
    let last = open(&file).lineage().last().0;
    let client = serve(&file, Seq(last / 2), false);
    let api: Api<Pod> = Api::all(kube::Client::new(ServedService::new(client.0.clone()), "default"));
    let (reader, writer) = reflector::store();
    let mut events = reflector(writer, watcher(api, watcher::Config::default())).default_backoff().boxed();
    let mut random = fastrand::Rng::with_seed(14);
    for _ in 0..500 {
        client.0.move_to(Seq(random.u64(0..=last))).unwrap();
        // The reflector falls behind, and catches up again.
        for _ in 0..random.usize(0..4) {
            if events.next().now_or_never().is_none() {
                break;
            }
        }
    }
    let stored = || versions(reader.state().iter().map(|pod| serde_json::to_value(&**pod).unwrap()));
    let expected = listed(&client).await;
    let caught_up = async {
        while stored() != expected {
            events.next().await.unwrap().unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(60), caught_up).await.unwrap_or_else(|_| {
        panic!("the store has {:?}, the list {expected:?}", stored());
    });
}

/// Reads the next event of a watch.
async fn event(
    watch: &mut (impl http_body_util::BodyExt<Data = bytes::Bytes, Error = std::convert::Infallible> + Unpin),
) -> Value {
    let frame = watch.frame().await.unwrap().unwrap();
    serde_json::from_slice(frame.data_ref().unwrap()).unwrap()
}

async fn open_watch(client: &Client, query: &str) -> kuberewind_cluster::ClusterBody {
    use tower::Service;
    let request = http::Request::get(format!("{PODS}?watch=1&{query}")).header("user-agent", "watcher/2 (y)");
    let request = request.body(http_body_util::Full::new(bytes::Bytes::new())).unwrap();
    ServedService::new(client.0.clone()).call(request).await.unwrap().into_body()
}

#[tokio::test]
async fn a_move_and_its_way_back_are_the_same_changes_in_reverse_with_new_versions() {
    let sandbox = Sandbox::new();
    let file = sandbox.path(&sandbox.demo("rollout"));
    let last = open(&file).lineage().last();
    let client = serve(&file, last, false);
    let before = listed(&client).await;
    let revision = client.get(PODS).await["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    assert!(before.values().all(|version| version.parse::<u64>().unwrap() <= revision.parse().unwrap()));
    let mut watch = open_watch(&client, &format!("resourceVersion={revision}")).await;

    let gone = client.0.move_to(Seq(0)).unwrap();
    assert_eq!((gone.at, gone.added, gone.modified), (Seq(0), 0, 0));
    assert_eq!(listed(&client).await.len(), 0);
    let mut deleted = Vec::new();
    for _ in 0..before.len() {
        let event = event(&mut watch).await;
        assert_eq!(event["type"], "DELETED");
        deleted.push(event["object"]["metadata"]["name"].clone());
    }
    let back = client.0.move_to(last).unwrap();
    assert_eq!((back.at, back.added, back.deleted), (last, gone.deleted, 0));
    let (mut added, mut newest) = (Vec::new(), revision.parse::<u64>().unwrap());
    for _ in 0..before.len() {
        let event = event(&mut watch).await;
        assert_eq!(event["type"], "ADDED");
        let version: u64 = event["object"]["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap();
        assert!(version > newest, "the versions of events rise");
        newest = version;
        added.push(event["object"]["metadata"]["name"].clone());
    }
    deleted.reverse();
    assert_eq!(added, deleted);
    let after = listed(&client).await;
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());

    let clients = client.get("/kuberewind/cursor").await["clients"].clone();
    let watches = |clients: &Value| clients.as_array().unwrap().iter().find(|one| one["client"] == "watcher/2").cloned().unwrap();
    assert_eq!(watches(&clients), json!({"client": "watcher/2", "watches": 1, "calls": 1, "last": "GET /api/v1/pods"}));
    drop(watch);
    assert_eq!(watches(&client.get("/kuberewind/cursor").await["clients"])["watches"], 0);
}

#[tokio::test]
async fn what_is_older_than_10_000_events_gets_410() {
    let sandbox = Sandbox::new();
    let file = sandbox.path(&sandbox.demo("rollout"));
    let last = open(&file).lineage().last();
    let client = serve(&file, last, false);
    let page = client.get(&format!("{PODS}?limit=1")).await;
    let next = page["metadata"]["continue"].as_str().unwrap().to_owned();
    let revision = page["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    let mut changes = 0;
    // The page after a move is that of the list before it.
    client.0.move_to(Seq(0)).unwrap();
    let rest = client.get(&format!("{PODS}?limit=100&continue={next}")).await;
    assert_eq!(rest["metadata"]["resourceVersion"], json!(revision));
    assert!(!rest["items"].as_array().unwrap().is_empty());
    while changes <= 10_000 {
        for at in [last, Seq(0)] {
            let moved = client.0.move_to(at).unwrap();
            changes += moved.added + moved.modified + moved.deleted;
        }
    }
    let (code, message) = client.refused(&format!("{PODS}?continue={next}")).await;
    assert!(code == 410 && message.contains("continue parameter is too old"), "{code} {message}");
    let mut watch = open_watch(&client, &format!("resourceVersion={revision}")).await;
    let expired = event(&mut watch).await;
    assert_eq!((&expired["type"], &expired["object"]["code"]), (&json!("ERROR"), &json!(410)));
}

#[tokio::test]
async fn a_thousand_watches_get_a_move() {
    let sandbox = Sandbox::new();
    let file = sandbox.path(&sandbox.demo("rollout"));
    let last = open(&file).lineage().last();
    let client = serve(&file, Seq(0), false);
    let mut watches = Vec::new();
    for _ in 0..1_000 {
        watches.push(open_watch(&client, "resourceVersion=0").await);
    }
    for _ in 0..5 {
        client.0.move_to(last).unwrap();
        client.0.move_to(Seq(0)).unwrap();
    }
    client.0.move_to(last).unwrap();
    for watch in &mut watches {
        assert_eq!(event(watch).await["type"], "ADDED");
    }
    assert_eq!(client.get("/kuberewind/cursor").await["clients"][0]["watches"], 1_000);
}

/// Applies an event of a watch to what a client knows.
fn apply(known: &mut BTreeMap<String, String>, event: &Value) {
    let meta = |field: &str| event["object"]["metadata"][field].as_str().unwrap().to_owned();
    match event["type"].as_str().unwrap() {
        "ADDED" | "MODIFIED" => drop(known.insert(meta("name"), meta("resourceVersion"))),
        "DELETED" => drop(known.remove(&meta("name"))),
        other => panic!("{other}: {event}"),
    }
}

#[tokio::test]
async fn a_thousand_moves_by_the_endpoint_end_in_the_same_world_for_all_watches() {
    let sandbox = Sandbox::new();
    let file = sandbox.path(&sandbox.demo("rollout"));
    let last = open(&file).lineage().last().0;
    let client = serve(&file, Seq(0), false);
    let mut watches = Vec::new();
    for _ in 0..20 {
        watches.push((open_watch(&client, "resourceVersion=0").await, BTreeMap::new()));
    }
    let mut random = fastrand::Rng::with_seed(1_000);
    for number in 0..1_000 {
        let at = random.u64(0..=last);
        let (code, moved) = client.send(http::Method::POST, "/kuberewind/cursor", "", &json!({"at": at}).to_string()).await;
        let moved: Value = serde_json::from_slice(&moved).unwrap();
        assert_eq!((code, &moved["at"]), (200, &json!(at)));
        tokio::task::yield_now().await;
        // Some clients read on, the others fall behind.
        for (watch, known) in watches.iter_mut().skip(number % 4) {
            while let Some(event) = event(watch).now_or_never() {
                apply(known, &event);
            }
        }
    }
    let expected = listed(&client).await;
    for (watch, known) in &mut watches {
        let caught_up = async {
            while *known != expected {
                apply(known, &event(watch).await);
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(60), caught_up).await;
        assert!(in_time.is_ok(), "a watch has {known:?}, the list {expected:?}");
    }
}
