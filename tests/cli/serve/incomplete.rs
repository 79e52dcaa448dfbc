//! Objects that the recording has in part, or not at all.

use http::Method;
use kuberewind_model::Seq;
use serde_json::{Value, json};

use super::requests::{Client, serve};
use super::story::{self, WEB};

const INCOMPLETE: &str = "kuberewind.dev/incomplete";
const MAPS: &str = "/api/v1/namespaces/shop/configmaps";

fn serving(at: u64, list_unknown: bool) -> (tempfile::TempDir, Client) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    story::write(&file);
    let client = serve(&file, Seq(at), list_unknown);
    (folder, client)
}

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_whole_object_is_served_byte_for_byte_and_others_say_what_they_lack() {
    let (_folder, client) = serving(7, false);
    assert_eq!(client.bytes("/apis/apps/v1/namespaces/shop/deployments/web").await, WEB.as_bytes());
    let list = client.bytes("/apis/apps/v1/deployments").await;
    let item = WEB.replace(r#""kind":"Deployment","apiVersion":"apps/v1","#, "");
    assert!(String::from_utf8_lossy(&list).ends_with(&format!("\"items\":[{item}]}}")), "{list:?}");
    for (path, lacks) in [
        ("/api/v1/namespaces/shop/secrets/db", "redacted: /data/*"),
        (&*format!("{MAPS}/rebuilt"), "reconstructed"),
        (&*format!("{MAPS}/cut"), "cut"),
    ] {
        let object = client.get(path).await;
        assert_eq!(object["metadata"]["annotations"], json!({INCOMPLETE: lacks}), "{path}");
    }
    let cut = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cut", "namespace": "shop", "uid": "u-cut",
        "resourceVersion": "15", "annotations": {INCOMPLETE: "cut"}}});
    assert_eq!(client.get(&format!("{MAPS}/cut")).await, cut, "nothing is invented");
    assert_eq!(names(&client.get(MAPS).await), ["cut", "late", "rebuilt"]);
    let (code, table) = client.send(Method::GET, MAPS, "application/json;as=Table;g=meta.k8s.io;v=v1", "").await;
    let table: Value = serde_json::from_slice(&table).unwrap();
    assert_eq!((code, &table["rows"][0]["cells"][0], table["rows"].as_array().unwrap().len()), (200, &json!("cut"), 3));
}

#[tokio::test]
async fn an_object_of_which_the_metadata_is_known_has_its_own_kind() {
    let (_folder, client) = serving(10, false);
    let path = "/apis/shop.example.com/v1alpha1/namespaces/shop/coupons";
    let metadata = json!({"name": "partial", "namespace": "shop", "uid": "u-partial", "resourceVersion": "19",
        "annotations": {INCOMPLETE: "metadata only"}});
    let partial = json!({"apiVersion": "shop.example.com/v1alpha1", "kind": "Coupon", "metadata": metadata});
    assert_eq!(client.get(&format!("{path}/partial")).await, partial);
    assert_eq!(names(&client.get(path).await), ["partial", "spring"]);
}

#[tokio::test]
async fn unknown_is_not_absent() {
    let (_folder, client) = serving(6, false);
    let known = client.refused("/apis/apps/v1/namespaces/shop/deployments/nosuch").await;
    assert_eq!(known, (404, "deployments.apps \"nosuch\" not found".to_owned()), "a complete list lacks it");
    for (path, what) in [
        (&*format!("{MAPS}/late"), "configmaps \"late\""),
        ("/api/v1/namespaces/shop/pods/x", "pods \"x\""),
        ("/api/v1/namespaces/shop", "namespaces \"shop\""),
        ("/apis/shop.example.com/v1alpha1/namespaces/shop/coupons/summer", "coupons.shop.example.com \"summer\""),
    ] {
        assert_eq!(client.refused(path).await, (404, format!("{what} not known at #6")));
    }
    assert!(names(&client.get("/api/v1/pods").await).is_empty(), "clients may ask for a built-in kind that was never seen");
    assert_eq!(client.refused("/apis/nowhere.example.com/v1/things").await.0, 404);
    client.0.move_to(Seq(8)).unwrap();
    assert_eq!(client.refused("/apis/apps/v1/namespaces/shop/deployments/web").await.1, "deployments.apps \"web\" not found");
    // Before the first list nothing is known.
    client.0.move_to(Seq(0)).unwrap();
    assert!(client.get("/apis/apps/v1/deployments").await["items"].as_array().unwrap().is_empty());
    assert!(client.refused("/apis/apps/v1/namespaces/shop/deployments/web").await.1.ends_with("not known at #0"));
}

#[tokio::test]
async fn unknown_names_are_listed_on_request() {
    let (_folder, client) = serving(6, true);
    let list = client.get(MAPS).await;
    assert_eq!(names(&list), ["cut", "late", "rebuilt"]);
    let late = json!({"name": "late", "namespace": "shop", "uid": "u-late", "annotations": {INCOMPLETE: "not known at #6"}});
    assert_eq!(list["items"][1]["metadata"], late);
    assert_eq!(names(&client.get("/api/v1/namespaces").await), ["shop"], "a namespace that was used and never seen");
    let moved = client.0.move_to(Seq(7)).unwrap();
    assert_eq!((moved.added, moved.modified, moved.deleted), (0, 1, 0), "the object becomes known");
    assert!(client.get(&format!("{MAPS}/late")).await["metadata"].get("annotations").is_none());
}

#[tokio::test]
async fn encodings_and_writes_are_answered_as_a_real_server_does() {
    let (_folder, client) = serving(7, false);
    let secret = "/api/v1/namespaces/shop/secrets/db";
    let (code, encoded) = client.send(Method::GET, secret, "application/vnd.kubernetes.protobuf", "").await;
    assert_eq!(code, 200);
    let decoded = kuberewind_kinds::protobuf::decode(&encoded).unwrap().value().unwrap();
    assert_eq!(decoded["metadata"]["annotations"][INCOMPLETE], "redacted: /data/*");
    assert_eq!(client.send(Method::GET, secret, "application/cbor", "").await.0, 406);
    let coupon = "/apis/shop.example.com/v1alpha1/namespaces/shop/coupons/spring";
    assert_eq!(client.send(Method::GET, coupon, "application/vnd.kubernetes.protobuf", "").await.0, 406);
    for (method, path) in [
        (Method::PUT, secret),
        (Method::PATCH, secret),
        (Method::DELETE, secret),
        (Method::DELETE, "/api/v1/namespaces/shop/secrets"),
        (Method::POST, "/api/v1/namespaces/shop/secrets"),
    ] {
        let (code, body) = client.send(method.clone(), path, "", "{}").await;
        let status: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            (code, &status["reason"], &status["message"]),
            (405, &json!("MethodNotAllowed"), &json!("this is a recording at #7 (run.db): start with --writable to change it")),
            "{method} {path}"
        );
    }
    let review = json!({"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1",
        "spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}});
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let (code, answered) = client.send(Method::POST, path, "", &review.to_string()).await;
    let answered: Value = serde_json::from_slice(&answered).unwrap();
    assert_eq!((code, &answered["status"]["allowed"]), (201, &json!(true)));
}

#[tokio::test]
async fn discovery_has_the_kinds_that_were_seen() {
    let (_folder, client) = serving(7, false);
    for version in ["v2", "v2beta1"] {
        let accept = format!("application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList");
        let (_, body) = client.send(Method::GET, "/apis", &accept, "").await;
        let document: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(document["apiVersion"], format!("apidiscovery.k8s.io/{version}"));
        let group =
            |name: &str| document["items"].as_array().unwrap().iter().find(|one| one["metadata"]["name"] == name).cloned();
        let coupons = &group("shop.example.com").unwrap()["versions"][0]["resources"][0];
        let expected = json!({"resource": "coupons", "responseKind": {"group": "shop.example.com", "version": "v1alpha1", "kind": "Coupon"},
            "scope": "Namespaced", "singularResource": "coupon", "verbs": ["get", "list", "watch"]});
        assert_eq!(*coupons, expected);
        assert!(group("batch").is_none());
        let things = &group("other.example.com").unwrap()["versions"][0]["resources"][0];
        assert_eq!(things["responseKind"]["kind"], "things", "the name of this kind is not known");
    }
    let core = client.get("/api/v1").await;
    let names: Vec<&str> = core["resources"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["configmaps", "secrets"]);
    let things = "/apis/other.example.com/v1/namespaces/shop/things";
    assert!(client.get(things).await["items"].as_array().unwrap().is_empty());
    assert!(client.refused(&format!("{things}/x")).await.1.ends_with("\"x\" not known at #7"));
    assert!(
        client.get("/openapi/v3/apis/shop.example.com/v1alpha1").await["components"]["schemas"].as_object().unwrap().len() > 1
    );
    assert_eq!(client.bytes("/version").await, story::VERSION);
    let selected = client.get("/api/v1/configmaps?fieldSelector=metadata.name%3Dlate&limit=1").await;
    assert_eq!(selected["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_cursor_answers_and_refuses() {
    let (_folder, client) = serving(7, false);
    let send = async |method: Method, path: &str, body: &str| {
        let (code, body) = client.send(method, path, "", body).await;
        (code, serde_json::from_slice::<Value>(&body).unwrap())
    };
    let path = "/kuberewind/cursor";
    let (code, moved) = send(Method::POST, path, r#"{"at":"50%"}"#).await;
    assert_eq!((code, &moved["at"], &moved["changed"]), (200, &json!(5), &json!({"added": 0, "modified": 0, "deleted": 2})));
    assert_eq!(send(Method::POST, path, r#"{"at":6}"#).await.1["changed"], json!({"added": 1, "modified": 0, "deleted": 0}));
    assert_eq!(send(Method::GET, path, "").await.1["at"], 6);
    for (body, code, part) in [
        ("", 400, "not JSON"),
        ("{}", 400, "names no moment"),
        ("{\"at\":\"#x\"}", 400, "names no moment"),
        (r#"{"at":"nowhere"}"#, 404, "no bookmark"),
        (r#"{"at":"other:1"}"#, 404, "no session"),
    ] {
        let (found, status) = send(Method::POST, path, body).await;
        assert!(found == code && status["message"].as_str().unwrap().contains(part), "{body}: {status}");
    }
    let long = format!("{{\"at\":\"{}\"}}", "1".repeat(10_000));
    assert_eq!(send(Method::POST, path, &long).await.0, 400);
    assert_eq!(send(Method::PUT, path, "{}").await.0, 405);
    assert_eq!(send(Method::GET, "/kuberewind/other", "").await.0, 404);
    assert_eq!(send(Method::GET, path, "").await.1["at"], 6, "what is refused does not move the cursor");
}
