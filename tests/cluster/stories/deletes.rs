//! Finalizers, preconditions, owners, namespaces.

use kuberewind_cluster::GarbageCollection;
use serde_json::{Value, json};

use super::{MAPS, map, version};
use crate::api::{Api, text};

fn owned(name: &str, owner: &Value, blocking: bool) -> Value {
    let mut child = map(name, "1");
    child["metadata"]["ownerReferences"] = json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": text(owner, "/metadata/name"),
        "uid": text(owner, "/metadata/uid"), "blockOwnerDeletion": blocking}]);
    child
}

async fn exists(api: &Api, name: &str) -> bool {
    api.get(&format!("{MAPS}/{name}")).await.0 == 200
}

#[tokio::test]
async fn the_last_finalizer_deletes() {
    let api = Api::new();
    let mut held = map("a", "1");
    held["metadata"]["finalizers"] = json!(["x/y"]);
    let (_, made) = api.post(MAPS, &held).await;
    let mut watch = api.watch(&format!("{MAPS}?watch=true&resourceVersion={}", version(&made))).await;
    let (code, marked) = api.delete(&format!("{MAPS}/a"), &json!({})).await;
    assert_eq!((code, &marked["metadata"]["deletionGracePeriodSeconds"]), (200, &json!(0)));
    assert_eq!(text(&marked, "/metadata/deletionTimestamp"), "2026-02-04T10:13:21Z");
    assert_eq!(api.delete(&format!("{MAPS}/a"), &json!({})).await.1, marked);
    let more = json!({"metadata": {"finalizers": ["x/y", "new/one"]}});
    let (code, refused) = api.patch("merge-patch+json", &format!("{MAPS}/a"), &more).await;
    assert!(code == 422 && text(&refused, "/message").contains("no new finalizers can be added if the object is being deleted"));
    let (code, last) = api.patch("merge-patch+json", &format!("{MAPS}/a"), &json!({"metadata": {"finalizers": null}})).await;
    assert_eq!((code, version(&last)), (200, version(&marked)));
    let kinds: Vec<_> = watch.ready().await.into_iter().map(|(kind, _, version)| (kind, version)).collect();
    let (first, second) = ((version(&made) + 1).to_string(), (version(&made) + 2).to_string());
    assert_eq!(kinds, [("MODIFIED".to_owned(), first), ("DELETED".to_owned(), second)]);
    assert!(!exists(&api, "a").await);
}

#[tokio::test]
async fn preconditions_are_kept() {
    let api = Api::new();
    let (_, made) = api.post(MAPS, &map("a", "1")).await;
    let wrong = json!({"preconditions": {"uid": "other"}});
    let (code, refused) = api.delete(&format!("{MAPS}/a"), &wrong).await;
    assert_eq!(code, 409);
    let reason = format!(
        "the UID in the precondition (other) does not match the UID in record ({}). The object might have been deleted and then recreated",
        text(&made, "/metadata/uid")
    );
    assert_eq!(text(&refused, "/message"), format!("Operation cannot be fulfilled on ConfigMap \"a\": {reason}"));
    assert_eq!(api.delete(&format!("{MAPS}/a"), &json!({"preconditions": {"resourceVersion": "1"}})).await.0, 409);
    let right = json!({"preconditions": {"uid": text(&made, "/metadata/uid"), "resourceVersion": text(&made, "/metadata/resourceVersion")}});
    let (code, gone) = api.delete(&format!("{MAPS}/a"), &right).await;
    assert_eq!((code, &gone["status"], &gone["details"]["uid"]), (200, &json!("Success"), &made["metadata"]["uid"]));
    assert_eq!(api.delete(&format!("{MAPS}/a"), &json!({})).await.0, 404);
}

#[tokio::test]
async fn dependents_follow_their_owner() {
    let api = Api::new();
    let (_, owner) = api.post(MAPS, &map("owner", "1")).await;
    let (_, child) = api.post(MAPS, &owned("child", &owner, false)).await;
    api.post(MAPS, &owned("grandchild", &child, false)).await;
    let mut shared = owned("shared", &owner, false);
    let (_, other) = api.post(MAPS, &map("other", "1")).await;
    shared["metadata"]["ownerReferences"]
        .as_array_mut()
        .unwrap()
        .extend(owned("x", &other, false)["metadata"]["ownerReferences"].as_array().unwrap().clone());
    api.post(MAPS, &shared).await;
    api.delete(&format!("{MAPS}/owner"), &json!({})).await;
    assert!(!exists(&api, "child").await && !exists(&api, "grandchild").await);
    let left = api.get(&format!("{MAPS}/shared")).await.1;
    assert_eq!(left["metadata"]["ownerReferences"].as_array().unwrap().len(), 1);
    // An owner that never existed counts as deleted.
    api.post(MAPS, &owned("stray", &owner, false)).await;
    assert!(!exists(&api, "stray").await);
}

#[tokio::test]
async fn orphans_stay_and_foreground_waits() {
    let api = Api::new();
    let (_, owner) = api.post(MAPS, &map("owner", "1")).await;
    api.post(MAPS, &owned("child", &owner, true)).await;
    api.delete(&format!("{MAPS}/owner"), &json!({"propagationPolicy": "Orphan"})).await;
    let child = api.get(&format!("{MAPS}/child")).await.1;
    assert!(!exists(&api, "owner").await && child["metadata"].get("ownerReferences").is_none());

    let (_, owner) = api.post(MAPS, &map("owner", "1")).await;
    let mut held = owned("held", &owner, true);
    held["metadata"]["finalizers"] = json!(["x/y"]);
    api.post(MAPS, &held).await;
    let (_, waiting) = api.delete(&format!("{MAPS}/owner?propagationPolicy=Foreground"), &json!({})).await;
    assert_eq!(waiting["metadata"]["finalizers"], json!(["foregroundDeletion"]));
    assert!(exists(&api, "owner").await && exists(&api, "held").await);
    api.patch("merge-patch+json", &format!("{MAPS}/held"), &json!({"metadata": {"finalizers": null}})).await;
    assert!(!exists(&api, "owner").await && !exists(&api, "held").await);
    assert_eq!(api.delete(&format!("{MAPS}/child?propagationPolicy=Never"), &json!({})).await.0, 422);
}

#[tokio::test]
async fn garbage_can_be_collected_by_hand() {
    let api = Api::with(|options| options.garbage_collection = GarbageCollection::Manual);
    let (_, owner) = api.post(MAPS, &map("owner", "1")).await;
    api.post(MAPS, &owned("child", &owner, false)).await;
    api.delete(&format!("{MAPS}/owner"), &json!({})).await;
    assert!(exists(&api, "child").await);
    assert_eq!((api.cluster.collect_garbage(), api.cluster.collect_garbage()), (1, 0));
    assert!(!exists(&api, "child").await);
}

#[tokio::test]
async fn a_namespace_takes_its_contents_along() {
    let api = Api::new();
    assert_eq!(api.delete("/api/v1/namespaces/default", &json!({})).await.0, 403);
    let shop = json!({"metadata": {"name": "shop"}});
    assert_eq!(api.post("/api/v1/namespaces", &shop).await.1["status"]["phase"], "Active");
    let maps = MAPS.replace("default", "shop");
    let mut held = map("held", "1");
    held["metadata"]["finalizers"] = json!(["x/y"]);
    api.post(&maps, &held).await;
    api.post(&maps, &map("free", "1")).await;
    let (_, going) = api.delete("/api/v1/namespaces/shop", &json!({})).await;
    assert_eq!(going["status"]["phase"], "Terminating");
    assert_eq!(api.get(&format!("{maps}/free")).await.0, 404);
    let (code, refused) = api.post(&maps, &map("new", "1")).await;
    assert_eq!((code, &refused["details"]["causes"][0]["reason"]), (403, &json!("NamespaceTerminating")));
    assert_eq!(api.get("/api/v1/namespaces/shop").await.0, 200);
    api.patch("merge-patch+json", &format!("{maps}/held"), &json!({"metadata": {"finalizers": null}})).await;
    assert_eq!(api.get("/api/v1/namespaces/shop").await.0, 404);
}

#[tokio::test]
async fn a_collection_is_deleted_by_selector() {
    let api = Api::new();
    for name in ["a", "b", "c"] {
        api.post(MAPS, &map(name, "1")).await;
    }
    let (code, gone) = api.delete(&format!("{MAPS}?labelSelector=app%20notin%20(b)"), &json!({})).await;
    assert_eq!((code, gone["items"].as_array().unwrap().len()), (200, 2));
    assert!(exists(&api, "b").await && !exists(&api, "a").await);
}
