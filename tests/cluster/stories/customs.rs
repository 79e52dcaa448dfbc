//! Custom kinds.

use serde_json::{Value, json};

use super::{widget, widgets};
use crate::api::{Api, text};

const CRDS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const WIDGETS: &str = "/apis/example.com/v1/namespaces/default/widgets";

async fn with_widgets() -> Api {
    let api = Api::new();
    assert_eq!(api.get(WIDGETS).await.0, 404);
    let (code, made) = api.post(CRDS, &widgets()).await;
    assert_eq!((code, &made["status"]["conditions"][1]["type"]), (201, &json!("Established")));
    api
}

#[tokio::test]
async fn a_definition_serves_its_kind_and_takes_it_away() {
    let api = with_widgets().await;
    assert_eq!(api.post(WIDGETS, &widget("w", 3)).await.0, 201);
    let (_, list) = api.get(WIDGETS).await;
    assert_eq!((&list["kind"], &list["items"][0]["kind"]), (&json!("WidgetList"), &json!("Widget")));
    api.delete(&format!("{CRDS}/widgets.example.com"), &json!({})).await;
    assert_eq!((api.get(WIDGETS).await.0, api.get(&format!("{CRDS}/widgets.example.com")).await.0), (404, 404));
    api.post(CRDS, &widgets()).await;
    assert_eq!(api.get(WIDGETS).await.1["items"], json!([]), "the objects went with the definition");
}

#[tokio::test]
async fn nonsense_is_refused_and_harms_nobody() {
    let api = with_widgets().await;
    for (path, value, message) in [
        ("/spec/names", json!("text"), "[spec.names.plural: Required value, spec.names.kind: Required value]"),
        ("/spec/versions", json!([1]), "spec.versions: Required value"),
        (
            "/spec/group",
            json!("other.com"),
            "metadata.name: Invalid value: \"widgets.example.com\": must be spec.names.plural+\".\"+spec.group",
        ),
    ] {
        let patch = json!([{"op": "replace", "path": path, "value": value}]);
        let (code, refused) = api.patch("json-patch+json", &format!("{CRDS}/widgets.example.com"), &patch).await;
        let whole = format!("CustomResourceDefinition.apiextensions.k8s.io \"widgets.example.com\" is invalid: {message}");
        assert_eq!((code, text(&refused, "/message")), (422, whole));
    }
    let root = json!([{"op": "replace", "path": "", "value": [1]}]);
    assert_eq!(api.patch("json-patch+json", &format!("{CRDS}/widgets.example.com"), &root).await.0, 400);
    api.post("/api/v1/namespaces", &json!({"metadata": {"name": "odd"}, "status": 1})).await;
    api.patch("merge-patch+json", "/api/v1/namespaces/odd/status", &json!({"status": "text"})).await;
    assert_eq!(api.delete("/api/v1/namespaces/odd", &json!({})).await.0, 200);
    let maps = "/api/v1/namespaces/default/configmaps";
    for body in [json!({"metadata": 3}), json!({"metadata": {"name": {}}}), json!("text"), json!({"metadata": {"name": "a/b"}})] {
        assert!(matches!(api.post(maps, &body).await.0, 400 | 422), "{body}");
    }
    let odd = json!({"metadata": {"name": "odd", "labels": [1], "ownerReferences": "x", "finalizers": {"a": 1}}, "data": 7});
    assert!(api.post(maps, &odd).await.0 < 500);
    assert!(
        api.patch("strategic-merge-patch+json", &format!("{maps}/odd"), &json!({"metadata": {"labels": {"a": "b"}}})).await.0
            < 500
    );
    assert!(api.apply("me", &format!("{maps}/odd?force=true"), &json!({"metadata": {"finalizers": ["a/b"]}})).await.0 < 500);
    assert_eq!(api.get(WIDGETS).await.0, 200);
}

#[tokio::test]
async fn unknown_fields_go_defaults_come_and_values_are_checked() {
    let api = with_widgets().await;
    let mut sent = widget("w", 3);
    sent["spec"]["nonsense"] = json!(1);
    sent["spec"]["free"] = json!({"any": {"thing": 1}});
    sent["status"] = json!({"size": 1});
    let (_, made) = api.post(WIDGETS, &sent).await;
    assert_eq!(made["spec"], json!({"size": 3, "free": {"any": {"thing": 1}}, "mode": "fast"}));
    assert_eq!((made.get("status"), &made["metadata"]["generation"]), (None, &json!(1)));
    for (spec, message) in [
        (json!({"size": -1}), "spec.size: Invalid value: -1: spec.size in body should be greater than or equal to 0"),
        (json!({"mode": "fast"}), "spec.size: Required value"),
        (json!({"size": "big"}), "spec.size: Invalid value: \"string\": spec.size in body must be of type integer: \"string\""),
        (json!({"size": 1, "mode": "x"}), "spec.mode: Unsupported value: \"x\": supported values: \"fast\", \"slow\""),
    ] {
        let mut bad = widget("bad", 0);
        bad["spec"] = spec;
        let (code, refused) = api.post(WIDGETS, &bad).await;
        assert_eq!((code, text(&refused, "/message")), (422, format!("Widget.example.com \"bad\" is invalid: {message}")));
    }
    let (code, refused) = api.post(&format!("{WIDGETS}?fieldValidation=Strict"), &sent).await;
    let handled = "Widget in version \"v1\" cannot be handled as a Widget";
    assert_eq!(
        (code, text(&refused, "/message")),
        (400, format!("{handled}: strict decoding error: unknown field \"spec.nonsense\""))
    );
}

#[tokio::test]
async fn custom_kinds_have_their_own_rules() {
    let api = with_widgets().await;
    let (_, made) = api.post(WIDGETS, &widget("w", 3)).await;
    let uri = format!("{WIDGETS}/w");
    let (code, refused) = api.put(&uri, &widget("w", 4)).await;
    assert!(
        code == 422
            && text(&refused, "/message")
                .ends_with("metadata.resourceVersion: Invalid value: 0: must be specified for an update")
    );
    assert_eq!(api.patch("strategic-merge-patch+json", &uri, &json!({})).await.0, 415);
    let (_, scaled) = api.patch("merge-patch+json", &format!("{uri}/scale"), &json!({"spec": {"replicas": 5}})).await;
    assert_eq!(scaled["spec"]["replicas"], 5);
    let (_, updated) = api.patch("merge-patch+json", &format!("{uri}/status"), &json!({"status": {"size": 5}})).await;
    assert_eq!((&updated["spec"]["size"], &updated["metadata"]["generation"]), (&json!(5), &json!(2)));
    let mut labelled: Value = updated;
    labelled["metadata"]["labels"] = json!({"a": "b"});
    labelled["status"] = json!({"size": 9});
    let (_, next) = api.put(&uri, &labelled).await;
    assert_eq!((&next["status"]["size"], &next["metadata"]["generation"]), (&json!(5), &json!(2)));
    assert_ne!(next["metadata"]["resourceVersion"], made["metadata"]["resourceVersion"]);
}

#[tokio::test]
async fn manifests_are_loaded_in_a_sensible_order() {
    let folder = tempfile::tempdir().unwrap();
    let objects = [widget("w", 3), widgets(), json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})];
    let yaml: Vec<_> = objects.iter().map(Value::to_string).collect();
    std::fs::write(folder.path().join("a.yaml"), format!("---\n{}\n", yaml.join("\n---\n"))).unwrap();
    let maps = json!({"apiVersion": "v1", "kind": "List", "items": [super::map("m", "1")]});
    std::fs::write(folder.path().join("b.json"), maps.to_string()).unwrap();
    std::fs::write(folder.path().join("notes.txt"), "no manifest").unwrap();
    let api = Api::new();
    assert_eq!(api.cluster.load_manifests(folder.path()).unwrap(), 4);
    assert_eq!(api.cluster.load_manifests(folder.path()).unwrap(), 4, "a second time replaces");
    assert_eq!(api.cluster.get("example.com", "widgets", "default", "w").unwrap()["spec"]["size"], 3);
    std::fs::write(folder.path().join("c.yaml"), "a: [").unwrap();
    assert!(api.cluster.load_manifests(folder.path()).unwrap_err().chain().contains("c.yaml could not be read as manifests"));
    assert!(api.cluster.load_manifests(folder.path().join("none")).is_err());
    let unknown = json!({"apiVersion": "x/v1", "kind": "Y", "metadata": {"name": "z"}});
    assert!(api.cluster.put(unknown).unwrap_err().chain().contains("no matches for kind \"Y\" in version \"x/v1\""));
}
