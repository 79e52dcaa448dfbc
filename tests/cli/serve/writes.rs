//! Writes over a recorded moment.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use futures::StreamExt;
use http::Method;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::runtime::{WatchStreamExt, reflector, watcher};
use kuberewind_model::{Moment, Seq};
use kuberewind_serve::{MovedWrites, ServeOptions, ServedService, WritePolicy};
use serde_json::{Value, json};

use super::requests::{Client, open, serve_with};
use super::server::{Server, has_kubectl};
use super::story;
use crate::program::Sandbox;

const MAPS: &str = "/api/v1/namespaces/shop/configmaps";
const WEB: &str = "/apis/apps/v1/namespaces/shop/deployments/web";

fn writable(file: &Path, at: Moment, writes: WritePolicy) -> Client {
    serve_with(file, at, ServeOptions { writes, ..ServeOptions::of_world("run.db") })
}

impl Client {
    /// Sends a write and returns the code and the answer.
    async fn write(&self, method: &str, path: &str, media: &str, body: &Value) -> (u16, Value) {
        let media = format!("application/{media}");
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let (code, answer) = self.send_with(method, path, [("content-type", media.as_str())], &body.to_string()).await;
        (code, serde_json::from_slice(&answer).unwrap())
    }
}

fn version(object: &Value) -> u64 {
    object["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap()
}

/// Name and content of each listed object.
async fn listed(client: &Client, path: &str) -> BTreeMap<String, Value> {
    let list = client.get(path).await;
    let item = |item: &Value| (item["metadata"]["name"].as_str().unwrap().to_owned(), item.clone());
    list["items"].as_array().unwrap().iter().map(item).collect()
}

/// A method, a path, the media type, the body, the code of the answer, a pointer into it, and the value there.
type Case = (&'static str, &'static str, &'static str, &'static str, u16, &'static str, &'static str);

const WRITES: &[Case] = &[
    ("PATCH", "WEB", "merge-patch+json", r#"{"spec": {"replicas": 7}}"#, 200, "/spec/replicas", "7"),
    ("PATCH", "WEB", "strategic-merge-patch+json", r#"{"metadata": {"labels": {"a": "b"}}}"#, 200, "/metadata/labels/a", "\"b\""),
    ("PATCH", "WEB", "json-patch+json", r#"[{"op": "remove", "path": "/metadata/labels/a"}]"#, 200, "/metadata/labels/a", "null"),
    (
        "PATCH",
        "WEB/status",
        "merge-patch+json",
        r#"{"status": {"observedGeneration": 9}}"#,
        200,
        "/status/observedGeneration",
        "9",
    ),
    ("PATCH", "WEB/scale", "merge-patch+json", r#"{"spec": {"replicas": 2}}"#, 200, "/spec/replicas", "2"),
    ("POST", "MAPS", "json", r#"{"metadata": {"name": "made"}, "data": {"x": "1"}}"#, 201, "/data/x", "\"1\""),
    ("POST", "MAPS", "json", r#"{"metadata": {"generateName": "made-"}}"#, 201, "/metadata/generateName", "\"made-\""),
    ("PUT", "MAPS/made", "json", r#"{"metadata": {"name": "made"}, "data": {"x": "2"}}"#, 200, "/data/x", "\"2\""),
    (
        "PATCH",
        "MAPS/applied?fieldManager=me",
        "apply-patch+yaml",
        r#"{"apiVersion": "v1", "kind": "ConfigMap", "data": {"y": "1"}}"#,
        201,
        "/metadata/managedFields/0/manager",
        "\"me\"",
    ),
];

#[tokio::test]
async fn every_kind_of_write_changes_what_is_read_and_watched() {
    let sandbox = Sandbox::new();
    let file = sandbox.path(&sandbox.demo("rollout"));
    let middle = Seq(open(&file).lineage().last().0 / 2);
    let client = writable(&file, middle, WritePolicy::DropOnMove);
    let before = client.get(WEB).await;
    let pods = listed(&client, "/api/v1/namespaces/shop/pods").await;
    let mut versions = vec![version(&client.get("/api/v1/pods").await)];
    for (method, path, media, body, code, pointer, expected) in WRITES {
        let path = &path.replace("WEB", WEB).replace("MAPS", MAPS);
        let [body, expected] = [body, expected].map(|text| serde_json::from_str::<Value>(text).unwrap());
        let (found, answer) = client.write(method, path, media, &body).await;
        assert_eq!((found, answer.pointer(pointer).unwrap_or(&Value::Null)), (*code, &expected), "{method} {path}: {answer}");
        let version = version(&answer);
        assert!(version > *versions.last().unwrap(), "{method} {path}: the versions rise");
        versions.push(version);
    }
    let after = client.get(WEB).await;
    assert_eq!((&after["spec"]["replicas"], &after["metadata"]["uid"]), (&json!(2), &before["metadata"]["uid"]));
    assert!(after["metadata"]["generation"].as_u64() > before["metadata"]["generation"].as_u64());
    assert_eq!(listed(&client, MAPS).await.len(), 3);
    let (code, _) = client.write("DELETE", &format!("{MAPS}?labelSelector=none%3Dsuch"), "json", &json!({})).await;
    assert_eq!((code, listed(&client, MAPS).await.len()), (200, 3));
    let (code, _) = client.write("DELETE", MAPS, "json", &json!({})).await;
    assert_eq!((code, listed(&client, MAPS).await.len()), (200, 0));
    // The dependents of a deleted owner go with it, whatever their kinds.
    let pod = format!("/api/v1/namespaces/shop/pods/{}", pods.keys().next().unwrap());
    let (code, _) = client.write("POST", &format!("{pod}/eviction"), "json", &json!({"metadata": {}})).await;
    assert_eq!((code, client.refused(&pod).await.0), (201, 404));
    let (code, _) = client.write("DELETE", WEB, "json", &json!({})).await;
    assert_eq!((code, client.refused(WEB).await.0), (200, 404));
    for path in ["/apis/apps/v1/replicasets", "/api/v1/pods"] {
        assert!(listed(&client, path).await.is_empty(), "{path}");
    }
    // A watch from before the first write has all of them.
    let pods_deleted = format!("/api/v1/pods?watch=1&timeoutSeconds=1&resourceVersion={}", versions[0]);
    let events = String::from_utf8(client.bytes(&pods_deleted).await.to_vec()).unwrap();
    let deleted =
        events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).filter(|event| event["type"] == "DELETED");
    assert_eq!(deleted.count(), pods.len());
}

#[tokio::test]
async fn a_write_that_a_cluster_refuses_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    story::write(&file);
    let client = writable(&file, Seq(7), WritePolicy::DropOnMove);
    let old = json!({"metadata": {"name": "rebuilt", "resourceVersion": "3"}, "data": {}});
    for (method, path, media, body, code, part) in [
        ("POST", MAPS, "json", json!({"metadata": {"name": "cut"}}), 409, "already exists"),
        ("POST", MAPS, "json", json!({"metadata": {"name": "No"}}), 422, "metadata.name"),
        ("POST", MAPS, "json", json!({"metadata": {"name": "x"}, "data": {"a": 1}}), 400, "cannot unmarshal number"),
        ("PUT", &*format!("{MAPS}/rebuilt"), "json", old, 409, "the object has been modified"),
        ("PATCH", &*format!("{MAPS}/nosuch"), "merge-patch+json", json!({}), 404, "not known at #7"),
        ("DELETE", "/apis/apps/v1/namespaces/shop/deployments/nosuch", "json", json!({}), 404, "nosuch\\\" not found"),
        ("PATCH", WEB, "merge-patch+json", json!({"spec": {"replicas": -1}}), 422, "spec.replicas"),
        ("PATCH", &*format!("{MAPS}/cut"), "text", json!({}), 415, "Unsupported Media Type"),
        ("POST", "/apis/nowhere.example.com/v1/things", "json", json!({}), 404, ""),
    ] {
        let method_name = Method::from_bytes(method.as_bytes()).unwrap();
        let media = format!("application/{media}");
        let (found, answer) = client.send_with(method_name, path, [("content-type", media.as_str())], &body.to_string()).await;
        let answer = String::from_utf8(answer.to_vec()).unwrap();
        assert!(found == code && answer.contains(part), "{method} {path}: {found} {answer}");
    }
    assert_eq!(client.0.move_to(Seq(7)).unwrap().writes, MovedWrites::None, "nothing was written");
    // Nothing is known of the namespace, so it may be there.
    let (code, made) = client.write("POST", MAPS, "json", &json!({"metadata": {"name": "made"}})).await;
    assert_eq!((code, &made["metadata"]["creationTimestamp"]), (201, &json!(client.0.cursor().1.rfc3339(0))), "{made}");
    // A kind that is known from its objects only: its status is a subresource.
    let coupon = "/apis/shop.example.com/v1alpha1/namespaces/shop/coupons/spring";
    let (code, coupon) =
        client.write("PATCH", &format!("{coupon}/status"), "merge-patch+json", &json!({"status": {"used": 1}})).await;
    assert_eq!((code, &coupon["status"]["used"]), (200, &json!(1)), "{coupon}");
    let things = client.get("/apis/apps/v1").await["resources"].clone();
    let verbs = things.as_array().unwrap().iter().find(|one| one["name"] == "deployments").unwrap()["verbs"].clone();
    assert!(["create", "delete", "patch"].iter().all(|verb| verbs.as_array().unwrap().contains(&json!(verb))), "{verbs}");
    // An incomplete object has its annotation after a write, too.
    let secret = "/api/v1/namespaces/shop/secrets/db";
    let (_, secret) = client.write("PATCH", secret, "merge-patch+json", &json!({"metadata": {"labels": {"a": "b"}}})).await;
    assert_eq!(secret["metadata"]["annotations"]["kuberewind.dev/incomplete"], "redacted: /data/*");
}

#[tokio::test]
async fn a_move_drops_writes_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    story::write(&file);
    let client = writable(&file, Seq(7), WritePolicy::DropOnMove);
    let recorded = client.bytes(WEB).await;
    // The recording has too little of the deployment for a write of all of it.
    client.write("PATCH", &format!("{WEB}/status"), "merge-patch+json", &json!({"status": {"replicas": 5}})).await;
    client.write("POST", MAPS, "json", &json!({"metadata": {"name": "made"}})).await;
    client.write("DELETE", &format!("{MAPS}/rebuilt"), "json", &json!({})).await;
    let revision = version(&client.get(MAPS).await);
    let (code, moved) = client.write("POST", "/kuberewind/cursor", "json", &json!({"at": 7})).await;
    assert_eq!(code, 200);
    assert_eq!(moved["changed"], json!({"added": 1, "modified": 1, "deleted": 1}), "{moved}");
    assert_eq!(moved["writes"], json!({"dropped": 3}));
    let again = client.bytes(WEB).await;
    let at = |text: &[u8]| serde_json::from_slice::<Value>(text).unwrap();
    assert!(version(&at(&again)) > revision, "its version is new");
    let versions = [&recorded, &again].map(|text| format!("\"resourceVersion\":\"{}\"", version(&at(text))));
    assert_eq!(String::from_utf8(again.to_vec()).unwrap().replace(&versions[1], &versions[0]).as_bytes(), recorded);
    assert_eq!(listed(&client, MAPS).await.keys().collect::<Vec<_>>(), ["cut", "late", "rebuilt"]);
    let (_, moved) = client.write("POST", "/kuberewind/cursor", "json", &json!({"at": 6})).await;
    assert!(moved.get("writes").is_none(), "there are no more writes: {moved}");
}

#[tokio::test]
async fn kept_writes_lie_on_top_of_each_world() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    story::write(&file);
    let client = writable(&file, Seq(7), WritePolicy::KeepOnMove);
    // The recording has too little of the deployment for a write of all of it.
    client.write("PATCH", &format!("{WEB}/status"), "merge-patch+json", &json!({"status": {"replicas": 5}})).await;
    client.write("POST", MAPS, "json", &json!({"metadata": {"name": "made"}, "data": {"k": "v"}})).await;
    client.write("DELETE", &format!("{MAPS}/rebuilt"), "json", &json!({})).await;
    client.write("PATCH", &format!("{MAPS}/late"), "merge-patch+json", &json!({"data": {"mine": "1"}})).await;
    let made = client.get(&format!("{MAPS}/made")).await;
    let go = async |at: u64| client.write("POST", "/kuberewind/cursor", "json", &json!({"at": at})).await.1;
    // At #8 web is gone.
    let conflict = json!({"object": "Deployment/shop/web", "path": "", "written": "changed", "recorded": "not there"});
    let moved = go(8).await;
    assert_eq!(moved["writes"], json!({"kept": 4, "conflicts": [conflict]}));
    assert_eq!(moved["changed"], json!({"added": 0, "modified": 0, "deleted": 1}));
    assert_eq!(client.get(&format!("{MAPS}/made")).await, made, "a move leaves it alone");
    assert_eq!(listed(&client, MAPS).await.keys().collect::<Vec<_>>(), ["cut", "late", "made"]);
    let moved = go(7).await;
    assert_eq!(moved["writes"], json!({"kept": 4, "conflicts": []}));
    assert_eq!(client.get(WEB).await["status"]["replicas"], 5);
    assert_eq!(client.get(WEB).await["spec"]["x"], 15.0);
    // At #6 `late` is not known.
    go(6).await;
    assert_eq!(listed(&client, MAPS).await.keys().collect::<Vec<_>>(), ["cut", "made"]);
    go(7).await;
    assert_eq!(client.get(&format!("{MAPS}/late")).await["data"], json!({"mine": "1"}));
    // What is created before the recording has it clashes with it.
    go(6).await;
    let (code, _) = client.write("POST", MAPS, "json", &json!({"metadata": {"name": "late"}, "data": {"mine": "2"}})).await;
    assert_eq!(code, 201);
    let moved = go(7).await;
    let late = client.get(&format!("{MAPS}/late")).await;
    assert_eq!((&late["data"], &late["metadata"]["uid"]), (&json!({"mine": "2"}), &json!("u-late")), "{moved}");
}

#[tokio::test]
async fn a_reflector_has_the_list_after_random_moves_and_writes() {
    let sandbox = Sandbox::new();
    let file = sandbox.path(&sandbox.demo("conflict-storm"));
    let last = open(&file).lineage().last().0;
    for writes in [WritePolicy::DropOnMove, WritePolicy::KeepOnMove] {
        let client = writable(&file, Seq(last / 2), writes);
        let api: Api<ConfigMap> = Api::all(kube::Client::new(ServedService::new(client.0.clone()), "default"));
        let (reader, writer) = reflector::store();
        let mut events = reflector(writer, watcher(api, watcher::Config::default())).default_backoff().boxed();
        let mut random = fastrand::Rng::with_seed(7);
        let mut newest = 0;
        for round in 0..200 {
            let path = format!("{MAPS}/a{}", random.u8(0..4));
            let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"round": round.to_string()}});
            match random.u8(0..6) {
                0 | 1 => drop(client.0.move_to(Seq(random.u64(0..=last))).unwrap()),
                2 => drop(client.write("DELETE", &path, "json", &json!({})).await),
                _ => drop(client.write("PATCH", &format!("{path}?fieldManager=me&force=true"), "apply-patch+yaml", &body).await),
            }
            let revision = version(&client.get(MAPS).await);
            assert!(revision >= newest, "revisions never fall");
            newest = revision;
            if random.bool() {
                drop(futures::FutureExt::now_or_never(events.next()));
            }
        }
        let stored = || -> BTreeMap<String, Value> {
            let value = |map: &std::sync::Arc<ConfigMap>| serde_json::to_value(&**map).unwrap();
            reader
                .state()
                .iter()
                .map(value)
                .map(|map| (map["metadata"]["name"].as_str().unwrap().to_owned(), map["metadata"]["resourceVersion"].clone()))
                .collect()
        };
        let expected: BTreeMap<String, Value> = listed(&client, "/api/v1/configmaps")
            .await
            .into_iter()
            .map(|(name, map)| (name, map["metadata"]["resourceVersion"].clone()))
            .collect();
        let caught_up = async {
            while stored() != expected {
                events.next().await.unwrap().unwrap();
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(60), caught_up).await;
        assert!(in_time.is_ok(), "{writes:?}: the store has {:?}, the list {expected:?}", stored());
    }
}

#[test]
fn kubectl_writes_and_the_server_prints_what_moves_do() {
    if !has_kubectl() {
        return;
    }
    let sandbox = Sandbox::new();
    let file = sandbox.demo("rollout");
    std::fs::write(sandbox.path("map.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: applied}\ndata: {x: '1'}\n")
        .unwrap();
    let mut server = Server::start(&sandbox, &[&file, "--at", "50%", "--writable", "--keep-writes"]);
    for (line, part) in [
        ("scale deploy web -n shop --replicas=7", "web scaled"),
        ("set image deploy/web web=nginx:9 -n shop", "image updated"),
        ("get deploy web -n shop -o jsonpath={.spec.replicas}", "7"),
        ("rollout pause deploy/web -n shop", "paused"),
        ("annotate deploy web -n shop a=b", "annotated"),
        ("label pods --all -n shop l=1", "labeled"),
        ("create configmap made -n shop --from-literal=a=b", "created"),
        ("apply -n shop -f map.yaml", "created"),
        ("apply -n shop -f map.yaml", "unchanged"),
        ("apply -n shop --server-side --force-conflicts -f map.yaml", "serverside-applied"),
        ("diff -n shop -f map.yaml", ""),
        ("delete configmap made applied -n shop", "deleted"),
        ("create namespace other", "created"),
        ("run x --image=nginx -n other", "created"),
        ("delete namespace other --wait=false", "deleted"),
        ("get pods -n other", "No resources found"),
    ] {
        let ran = server.kubectl(line).ok();
        assert!(ran.out.contains(part) || ran.err.contains(part), "kubectl {line}: {}{}", ran.out, ran.err);
    }
    let moved = server.move_to("#120");
    assert!(moved["writes"]["kept"].as_u64().unwrap() > 0, "{moved}");
    let line = server.line();
    assert!(line.starts_with("kuberewind: conflict at #120: "), "{line}");
    server.interrupt();
    let mut server = Server::start(&sandbox, &[&file, "--at", "50%", "--writable"]);
    server.kubectl("label pods --all -n shop l=1").ok();
    server.kubectl("delete deploy web -n shop --cascade=orphan").ok();
    let dropped = server.move_to("50%")["writes"]["dropped"].as_u64().unwrap();
    assert_eq!(server.line(), format!("kuberewind: moved to #187: the writes of {dropped} objects were dropped\n"));
    assert!(server.kubectl("get pods -n shop -l l=1").ok().err.contains("No resources found"));
    server.interrupt();
}
