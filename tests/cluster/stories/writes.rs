//! Create, replace, patch, status, scale.

use kuberewind_cluster::UnknownNamespaces;
use serde_json::json;

use super::{DEPLOYMENTS, MAPS, deployment, map, version};
use crate::api::{Api, text};

#[tokio::test]
async fn create_fills_in_what_the_server_owns() {
    let api = Api::new();
    let (code, made) = api.post(MAPS, &map("a", "1")).await;
    assert_eq!((code, text(&made, "/metadata/namespace")), (201, "default".to_owned()));
    assert_eq!(text(&made, "/metadata/creationTimestamp"), "2026-02-04T10:13:21Z");
    assert_eq!(text(&made, "/metadata/uid").len(), 36);
    assert!(made["metadata"].get("generation").is_none());
    let (_, web) = api.post(DEPLOYMENTS, &deployment("web")).await;
    assert_eq!(web["metadata"]["generation"], 1);
    assert!(version(&web) > version(&made));
    let (code, refused) = api.post(MAPS, &map("a", "1")).await;
    assert_eq!((code, text(&refused, "/message")), (409, "configmaps \"a\" already exists".to_owned()));
}

#[tokio::test]
async fn generated_names_come_from_the_seed() {
    let body = json!({"metadata": {"generateName": "job-"}});
    let (one, two) = (Api::new().post(MAPS, &body).await.1, Api::new().post(MAPS, &body).await.1);
    let name = text(&one, "/metadata/name");
    assert!(name.starts_with("job-") && name.len() == 9, "{name}");
    assert_eq!(one, two);
}

#[tokio::test]
async fn bad_objects_are_refused_in_the_words_of_a_server() {
    let api = Api::new();
    for (body, code, message) in [
        (
            json!({"metadata": {}}),
            422,
            "ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required",
        ),
        (
            json!({"kind": "Pod", "metadata": {"name": "a"}}),
            400,
            "Pod in version \"v1\" cannot be handled as a ConfigMap: converting (v1.Pod) to (core.ConfigMap): unknown conversion",
        ),
        (
            json!({"metadata": {"name": "a", "namespace": "b"}}),
            400,
            "the namespace of the provided object does not match the namespace sent on the request",
        ),
    ] {
        let (found, refused) = api.post(MAPS, &body).await;
        assert_eq!((found, text(&refused, "/message")), (code, message.to_owned()));
    }
    let (code, refused) = api.post(MAPS, &json!([1])).await;
    let unrecognized =
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: ";
    assert!(code == 400 && text(&refused, "/message").starts_with(unrecognized), "{refused}");
    let (code, refused) = api.post(&MAPS.replace("default", "nowhere"), &map("a", "1")).await;
    assert_eq!((code, text(&refused, "/message")), (404, "namespaces \"nowhere\" not found".to_owned()));
    let easy = Api::with(|options| options.unknown_namespaces = UnknownNamespaces::Create);
    assert_eq!(easy.post(&MAPS.replace("default", "nowhere"), &map("a", "1")).await.0, 201);
    let (code, _) = api.send(http::Method::POST, MAPS, &[], "{\"deep\":".repeat(10_000)).await;
    assert_eq!(code, 400);
    let media = [("content-type", "application/vnd.kubernetes.protobuf")];
    let (code, refused) = api.send(http::Method::POST, MAPS, &media, "nonsense").await;
    assert_eq!((code, text(&refused, "/reason")), (400, "BadRequest".to_owned()));
    let (code, refused) = api.send(http::Method::POST, MAPS, &[], vec![b' '; 4 << 20]).await;
    assert_eq!((code, text(&refused, "/reason")), (413, "RequestEntityTooLarge".to_owned()));
}

#[tokio::test]
async fn a_replace_of_an_older_state_is_a_conflict() {
    let api = Api::new();
    let (_, first) = api.post(MAPS, &map("a", "1")).await;
    let mut winner = first.clone();
    winner["data"]["key"] = json!("2");
    assert_eq!(api.put(&format!("{MAPS}/a"), &winner).await.0, 200);
    let mut loser = first;
    loser["data"]["key"] = json!("3");
    let (code, refused) = api.put(&format!("{MAPS}/a"), &loser).await;
    assert_eq!((code, text(&refused, "/reason")), (409, "Conflict".to_owned()));
    loser["metadata"]["resourceVersion"] = json!("");
    assert_eq!(api.put(&format!("{MAPS}/a"), &loser).await.0, 200);
    loser["metadata"]["uid"] = json!("another");
    let (code, refused) = api.put(&format!("{MAPS}/a"), &loser).await;
    assert!(code == 409 && text(&refused, "/message").contains("Precondition failed: UID in precondition: another"));
    assert_eq!(api.put(&format!("{MAPS}/none"), &map("none", "1")).await.0, 404);
}

#[tokio::test]
async fn a_write_that_changes_nothing_is_no_write() {
    let api = Api::new();
    let (_, made) = api.post(MAPS, &map("a", "1")).await;
    api.tick();
    for how in ["merge-patch+json", "strategic-merge-patch+json"] {
        let (_, same) = api.patch(how, &format!("{MAPS}/a"), &json!({"data": {"key": "1"}})).await;
        assert_eq!(same, made);
    }
    assert_eq!(api.put(&format!("{MAPS}/a"), &made).await.1, made);
    assert_eq!(api.cluster.revision(), version(&made));
}

#[tokio::test]
async fn generation_counts_changes_of_the_spec_and_status_has_its_own_door() {
    let api = Api::new();
    let uri = format!("{DEPLOYMENTS}/web");
    let mut sent = deployment("web");
    sent["status"] = json!({"replicas": 7});
    let (_, made) = api.post(DEPLOYMENTS, &sent).await;
    assert!(made.get("status").is_none());
    let (_, labelled) =
        api.patch("merge-patch+json", &uri, &json!({"metadata": {"labels": {"a": "b"}}, "status": {"replicas": 7}})).await;
    assert_eq!((&labelled["metadata"]["generation"], labelled.get("status")), (&json!(1), None));
    let (_, scaled) = api.patch("merge-patch+json", &uri, &json!({"spec": {"replicas": 3}})).await;
    assert_eq!(scaled["metadata"]["generation"], 2);
    let body = json!({"spec": {"replicas": 9}, "status": {"replicas": 3, "observedGeneration": 2}});
    let (_, updated) = api.patch("merge-patch+json", &format!("{uri}/status"), &body).await;
    assert_eq!(
        (&updated["spec"]["replicas"], &updated["status"]["replicas"], &updated["metadata"]["generation"]),
        (&json!(3), &json!(3), &json!(2))
    );
    let fields = updated["metadata"]["managedFields"].as_array().unwrap();
    assert!(fields.iter().any(|entry| entry["subresource"] == "status" && entry["fieldsV1"]["f:status"].is_object()));
}

#[tokio::test]
async fn scale_is_a_view_of_the_replicas() {
    let api = Api::new();
    api.post(DEPLOYMENTS, &deployment("web")).await;
    let uri = format!("{DEPLOYMENTS}/web/scale");
    let (_, scale) = api.get(&uri).await;
    assert_eq!(
        (&scale["kind"], &scale["spec"], &scale["status"]),
        (&json!("Scale"), &json!({"replicas": 1}), &json!({"replicas": 0, "selector": "app=web"}))
    );
    let (code, scale) = api.patch("merge-patch+json", &uri, &json!({"spec": {"replicas": 4}})).await;
    assert_eq!((code, &scale["spec"]["replicas"]), (200, &json!(4)));
    let mut sent = scale;
    sent["spec"]["replicas"] = json!(-1);
    assert_eq!(api.put(&uri, &sent).await.0, 422);
    sent["spec"]["replicas"] = json!(5);
    assert_eq!(api.put(&uri, &sent).await.0, 200);
    assert_eq!(api.put(&uri, &sent).await.0, 409);
    assert_eq!(api.get(&format!("{DEPLOYMENTS}/web")).await.1["metadata"]["generation"], 3);
    assert_eq!(api.get(&format!("{MAPS}/a/scale")).await.0, 404);
}

#[tokio::test]
async fn strategic_merge_knows_the_keys_of_lists() {
    let api = Api::new();
    api.post(DEPLOYMENTS, &deployment("web")).await;
    let spec = |spec: serde_json::Value| json!({"spec": {"template": {"spec": spec}}});
    let body = spec(json!({
        "$setElementOrder/containers": [{"name": "b"}, {"name": "a"}],
        "containers": [
            {"name": "a", "image": "i:2", "env": [{"name": "X", "$patch": "delete"}, {"name": "Y", "value": "2"}]},
            {"name": "c", "image": "k:1"}],
        "tolerations": [{"key": "t"}],
    }));
    let (code, next) = api.patch("strategic-merge-patch+json", &format!("{DEPLOYMENTS}/web"), &body).await;
    assert_eq!(code, 200, "{next}");
    let found = &next["spec"]["template"]["spec"];
    let names: Vec<_> = found["containers"].as_array().unwrap().iter().map(|one| text(one, "/name")).collect();
    assert_eq!(names, ["b", "a", "c"]);
    assert_eq!(
        found["containers"][1],
        json!({"name": "a", "image": "i:2", "env": [{"name": "Y", "value": "2"}], "ports": [{"containerPort": 80}]})
    );
    let body = spec(json!({"tolerations": [{"key": "u"}], "containers": [{"$patch": "replace"}, {"name": "z", "image": "z"}]}));
    let (_, next) = api.patch("strategic-merge-patch+json", &format!("{DEPLOYMENTS}/web"), &body).await;
    let found = &next["spec"]["template"]["spec"];
    assert_eq!((&found["tolerations"], &found["containers"]), (&json!([{"key": "u"}]), &json!([{"name": "z", "image": "z"}])));
    let finalizers = |list: serde_json::Value| json!({"metadata": list});
    let uri = format!("{DEPLOYMENTS}/web");
    api.patch("strategic-merge-patch+json", &uri, &finalizers(json!({"finalizers": ["a/a"]}))).await;
    let (_, two) = api.patch("strategic-merge-patch+json", &uri, &finalizers(json!({"finalizers": ["b/b"]}))).await;
    assert_eq!(two["metadata"]["finalizers"], json!(["b/b", "a/a"]));
    let less = finalizers(json!({"$deleteFromPrimitiveList/finalizers": ["a/a"]}));
    assert_eq!(api.patch("strategic-merge-patch+json", &uri, &less).await.1["metadata"]["finalizers"], json!(["b/b"]));
}

#[tokio::test]
async fn json_patches_test_before_they_write() {
    let api = Api::new();
    api.post(MAPS, &map("a", "1")).await;
    let uri = format!("{MAPS}/a");
    let good = json!([{"op": "test", "path": "/data/key", "value": "1"}, {"op": "add", "path": "/data/more", "value": "2"}]);
    assert_eq!(api.patch("json-patch+json", &uri, &good).await.1["data"], json!({"key": "1", "more": "2"}));
    let bad = json!([{"op": "remove", "path": "/data/key"}, {"op": "test", "path": "/data/key", "value": "1"}]);
    assert_eq!(api.patch("json-patch+json", &uri, &bad).await.0, 422);
    assert_eq!(api.get(&uri).await.1["data"]["key"], "1");
    assert_eq!(api.patch("unknown+json", &uri, &bad).await.0, 415);
}

#[tokio::test]
async fn a_dry_run_answers_and_leaves_no_trace() {
    let api = Api::new();
    let before = api.cluster.revision();
    let (code, made) = api.post(&format!("{MAPS}?dryRun=All"), &map("a", "1")).await;
    assert_eq!((code, made["metadata"].get("resourceVersion")), (201, None));
    assert_eq!(api.get(&format!("{MAPS}/a")).await.0, 404);
    assert_eq!(api.cluster.revision(), before);
    api.post(MAPS, &map("a", "1")).await;
    let (_, next) = api.patch("merge-patch+json", &format!("{MAPS}/a?dryRun=All"), &json!({"data": {"key": "2"}})).await;
    assert_eq!(next["data"]["key"], "2");
    assert_eq!(api.delete(&format!("{MAPS}/a?dryRun=All"), &json!({})).await.0, 200);
    assert_eq!(api.get(&format!("{MAPS}/a")).await.1["data"]["key"], "1");
}

#[tokio::test]
async fn secrets_take_plain_text() {
    let api = Api::new();
    let body = json!({"metadata": {"name": "s"}, "stringData": {"user": "root"}});
    let (_, made) = api.post("/api/v1/namespaces/default/secrets", &body).await;
    assert_eq!((&made["data"]["user"], &made["type"], made.get("stringData")), (&json!("cm9vdA=="), &json!("Opaque"), None));
}
