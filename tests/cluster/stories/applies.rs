//! Server-side apply and managed fields.

use serde_json::{Value, json};

use super::{DEPLOYMENTS, MAPS, deployment, map, version, widget, widgets};
use crate::api::{Api, text};

fn config(data: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data})
}

fn fields_of<'a>(object: &'a Value, manager: &str) -> &'a Value {
    let entries = object["metadata"]["managedFields"].as_array().unwrap();
    entries.iter().find(|entry| entry["manager"] == manager).map_or(&Value::Null, |entry| &entry["fieldsV1"])
}

#[tokio::test]
async fn apply_creates_merges_and_removes_what_it_no_longer_says() {
    let api = Api::new();
    let uri = format!("{MAPS}/a");
    let (code, made) = api.apply("one", &uri, &config(&json!({"x": "1", "y": "1"}))).await;
    assert_eq!((code, fields_of(&made, "one")), (201, &json!({"f:data": {"f:x": {}, "f:y": {}}})));
    let (code, both) = api.apply("two", &uri, &config(&json!({"y": "1", "z": "1"}))).await;
    assert_eq!((code, &both["data"]), (200, &json!({"x": "1", "y": "1", "z": "1"})));
    api.tick();
    let (_, less) = api.apply("one", &uri, &config(&json!({}))).await;
    assert_eq!(less["data"], json!({"y": "1", "z": "1"}), "x was its own, y is shared");
    assert_eq!(fields_of(&less, "two"), &json!({"f:data": {"f:y": {}, "f:z": {}}}));
}

#[tokio::test]
async fn an_apply_that_changes_nothing_is_no_write() {
    let api = Api::new();
    let uri = format!("{MAPS}/a");
    let (_, made) = api.apply("one", &uri, &config(&json!({"x": "1"}))).await;
    let mut watch = api.watch(&format!("{MAPS}?watch=true&resourceVersion={}", version(&made))).await;
    api.tick();
    let (code, same) = api.apply("one", &uri, &config(&json!({"x": "1"}))).await;
    assert_eq!((code, same), (200, made));
    assert!(watch.ready().await.is_empty());
}

/// As in real servers: the stored object omits the empty list, but sending it counts as a change once a second.
#[tokio::test]
async fn an_apply_with_an_empty_list_is_a_write_once_a_second() {
    let api = Api::new();
    let uri = format!("{MAPS}/a");
    let mut wanted = config(&json!({"x": "1"}));
    wanted["metadata"]["finalizers"] = json!([]);
    let (_, made) = api.apply("one", &uri, &wanted).await;
    assert_eq!(made["metadata"].get("finalizers"), None);
    let (_, same) = api.apply("one", &uri, &wanted).await;
    assert_eq!(same, made, "within the second");
    api.tick();
    let (_, mut later) = api.apply("one", &uri, &wanted).await;
    assert_ne!(version(&later), version(&made));
    for changed in ["resourceVersion", "managedFields"] {
        later["metadata"][changed] = made["metadata"][changed].clone();
    }
    assert_eq!(later, made, "nothing else");
}

#[tokio::test]
async fn conflicts_name_the_manager_and_the_field() {
    let api = Api::new();
    api.post(DEPLOYMENTS, &deployment("web")).await;
    let uri = format!("{DEPLOYMENTS}/web");
    let mine = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {
        "replicas": 5, "template": {"spec": {"containers": [{"name": "a", "image": "i:9"}]}}}});
    let (code, refused) = api.apply("me", &uri, &mine).await;
    assert_eq!((code, text(&refused, "/reason")), (409, "Conflict".to_owned()));
    assert_eq!(
        text(&refused, "/message"),
        "Apply failed with 2 conflicts: conflicts with \"test\" using apps/v1:\n- .spec.replicas\n\
        - .spec.template.spec.containers[name=\"a\"].image"
    );
    assert_eq!(
        refused["details"]["causes"][0],
        json!({"reason": "FieldManagerConflict", "message": "conflict with \"test\" using apps/v1",
        "field": ".spec.replicas"})
    );
    let (code, forced) = api.apply("me", &format!("{uri}?force=true"), &mine).await;
    assert_eq!((code, &forced["spec"]["replicas"]), (200, &json!(5)));
    assert!(fields_of(&forced, "test")["f:spec"].get("f:replicas").is_none());
    assert_eq!(
        fields_of(&forced, "me")["f:spec"]["f:template"]["f:spec"]["f:containers"]["k:{\"name\":\"a\"}"],
        json!({".": {}, "f:image": {}, "f:name": {}})
    );
    assert_eq!(forced["spec"]["template"]["spec"]["containers"].as_array().unwrap().len(), 2);
    let mut other = mine;
    other["spec"] = json!({"replicas": 6});
    let (_, refused) = api.apply("it", &uri, &other).await;
    assert_eq!(text(&refused, "/message"), "Apply failed with 1 conflict: conflict with \"me\": .spec.replicas");
}

#[tokio::test]
async fn an_item_nobody_applies_any_more_goes() {
    let api = Api::new();
    let uri = format!("{DEPLOYMENTS}/web");
    api.apply("me", &uri, &deployment("web")).await;
    let mut less = deployment("web");
    less["spec"]["template"]["spec"]["containers"].as_array_mut().unwrap().truncate(1);
    let (_, next) = api.apply("me", &uri, &less).await;
    assert_eq!(next["spec"]["template"]["spec"]["containers"].as_array().unwrap().len(), 1);
    assert_eq!(next["metadata"]["generation"], 2);
}

#[tokio::test]
async fn custom_lists_are_merged_by_their_schema() {
    let api = Api::new();
    api.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &widgets()).await;
    let uri = "/apis/example.com/v1/namespaces/default/widgets/w";
    let with = |id: &str| {
        let mut body = widget("w", 1);
        body["spec"]["parts"] = json!([{"id": id, "value": 1}]);
        body
    };
    assert_eq!(api.apply("one", uri, &with("a")).await.0, 201);
    let (_, both) = api.apply("two", uri, &with("b")).await;
    assert_eq!(both["spec"]["parts"], json!([{"id": "a", "value": 1}, {"id": "b", "value": 1}]));
    let (_, one) = api.apply("one", uri, &widget("w", 1)).await;
    assert_eq!(one["spec"]["parts"], json!([{"id": "b", "value": 1}]));
    let (_, status) = api
        .apply(
            "st",
            &format!("{uri}/status"),
            &json!({"apiVersion": "example.com/v1", "kind": "Widget",
        "metadata": {"name": "w"}, "spec": {"size": 7}, "status": {"size": 3}}),
        )
        .await;
    assert_eq!((&status["spec"]["size"], &status["status"]["size"]), (&json!(1), &json!(3)));
    assert_eq!(fields_of(&status, "st"), &json!({"f:status": {"f:size": {}}}));
}

#[tokio::test]
async fn updates_take_ownership_of_what_they_change() {
    let api = Api::new();
    let uri = format!("{MAPS}/a");
    api.apply("one", &uri, &config(&json!({"x": "1", "y": "1"}))).await;
    api.tick();
    let (_, next) =
        api.patch("merge-patch+json", &format!("{uri}?fieldManager=kubectl-edit"), &json!({"data": {"x": "2", "y": null}})).await;
    assert_eq!(fields_of(&next, "kubectl-edit"), &json!({"f:data": {"f:x": {}}}));
    assert_eq!(fields_of(&next, "one"), &Value::Null);
    let reset = json!({"metadata": {"managedFields": [{}]}});
    assert!(api.patch("merge-patch+json", &uri, &reset).await.1["metadata"].get("managedFields").is_none());
}

#[tokio::test]
async fn an_apply_has_to_be_in_order() {
    let api = Api::new();
    let uri = format!("{MAPS}/a");
    let mut owned = map("a", "1");
    owned["metadata"]["managedFields"] = json!([{"manager": "x"}]);
    let (code, refused) = api.apply("one", &uri, &owned).await;
    assert_eq!((code, text(&refused, "/message")), (400, "metadata.managedFields must be nil".to_owned()));
    let yaml = [("content-type", "application/apply-patch+yaml")];
    let body = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: '1'}\n";
    assert_eq!(api.send(http::Method::PATCH, &format!("{uri}?fieldManager=y"), &yaml, body).await.0, 201);
    assert_eq!(api.send(http::Method::PATCH, &format!("{uri}?fieldManager=y"), &yaml, "a: [").await.0, 400);
    let (code, _) = api.send(http::Method::PATCH, &uri, &yaml, body).await;
    assert_eq!(code, 422, "an apply without a manager");
}
