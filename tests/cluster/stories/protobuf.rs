//! Protobuf requests and responses, with bodies that client-go wrote.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::{MAPS, map, widgets};
use crate::api::{Api, text, warnings};

const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";
const BOTH: &[(&str, &str)] = &[("content-type", PROTOBUF), ("accept", PROTOBUF)];

/// A config map `x` with an unknown field 15.
const UNKNOWN: &[u8] = b"k8s\0\n\x0f\n\x02v1\x12\tConfigMap\x12\x12\n\x05\n\x01x\x12\x00\x12\x06\n\x01a\x12\x01b\x7a\x01z";

/// Bodies of client-go with the JSON that Go prints for them.
fn bodies() -> impl Iterator<Item = (&'static str, Vec<u8>, Value)> {
    include_str!("../../../crates/kinds/tests/client_go.txt").lines().map(|line| {
        let mut parts = line.split('\t');
        let (version, _, hex, json) =
            (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (version, (0..hex.len()).step_by(2).map(byte).collect(), serde_json::from_str(json).unwrap())
    })
}

/// The path of the objects of a kind in the namespace of the object; `None` if the kind is not stored.
async fn collection(api: &Api, version: &str, object: &Value) -> Option<String> {
    let prefix = if version.contains('/') { format!("/apis/{version}") } else { format!("/api/{version}") };
    let (_, list) = api.get(&prefix).await;
    let is_kind = |one: &&Value| one["kind"] == object["kind"] && !one["name"].as_str().unwrap().contains('/');
    let resource = list["resources"].as_array().into_iter().flatten().find(is_kind)?;
    let verbs = resource["verbs"].as_array().unwrap();
    let namespace = Some(text(object, "/metadata/namespace")).filter(|one| !one.is_empty()).unwrap_or("default".to_owned());
    let inside = if resource["namespaced"] == true { format!("/namespaces/{namespace}") } else { String::new() };
    verbs.contains(&json!("list")).then(|| format!("{prefix}{inside}/{}", text(resource, "/name")))
}

#[tokio::test]
async fn every_stored_kind_is_created_read_and_replaced_in_protobuf() {
    let mut stored = 0;
    for (version, body, mut object) in bodies() {
        let api = Api::with(|options| options.unknown_namespaces = kuberewind_cluster::UnknownNamespaces::Create);
        let Some(path) = collection(&api, version, &object).await else { continue };
        let seeded = !text(&object, "/metadata/resourceVersion").is_empty();
        let answer = api.response(Method::POST, &path, BOTH, body).await;
        if seeded {
            assert_eq!(answer.status(), 500, "{path}: an object with a resourceVersion is not new");
            continue;
        }
        assert_eq!(answer.status(), 201, "{path}");
        assert!(warnings(&answer).is_empty());
        assert_eq!((answer.headers()["content-type"].to_str().unwrap(), &answer.body()[..4]), (PROTOBUF, &b"k8s\0"[..]));
        let own = format!("{path}/{}", text(&object, "/metadata/name"));
        let (_, created) = api.get(&own).await;
        for name in ["metadata", "status", "stringData", "type"] {
            object.as_object_mut().unwrap().remove(name);
        }
        for (name, value) in object.as_object().unwrap().iter().filter(|_| !path.ends_with("secrets")) {
            assert_eq!(created[name], *value, "{path} {name}");
        }
        let bytes = api.response(Method::GET, &own, BOTH, "").await.into_body();
        assert_eq!(api.response(Method::PUT, &own, BOTH, bytes).await.status(), 200, "{path}");
        assert_eq!(api.get(&own).await.1, created, "a replace with the bytes of a get changes nothing");
        let list = api.response(Method::GET, &path, BOTH, "").await;
        assert_eq!((list.status().as_u16(), &list.body()[..4]), (200, &b"k8s\0"[..]), "{path}");
        stored += 1;
    }
    assert!(stored >= 35, "{stored}");
}

#[tokio::test]
async fn an_unknown_field_is_left_out_with_a_warning() {
    let api = Api::new();
    let answer = api.response(Method::POST, MAPS, &[("content-type", PROTOBUF)], UNKNOWN).await;
    assert_eq!(answer.status(), 201);
    assert_eq!(warnings(&answer), ["299 - \"unknown protobuf field 15 of \\\"\\\"\""]);
    assert_eq!(api.get(&format!("{MAPS}/x")).await.1["data"], json!({"a": "b"}));
    for end in 0..UNKNOWN.len() {
        let cut = Bytes::from_static(&UNKNOWN[..end]);
        let (code, refused) = api.send(Method::POST, MAPS, &[("content-type", PROTOBUF)], cut).await;
        assert!(code == 400 || code == 409 || code == 422, "{end}: {code} {refused}");
    }
}

#[tokio::test]
async fn delete_options_errors_and_watches_are_protobuf_too() {
    let api = Api::new();
    api.post(MAPS, &map("a", "1")).await;
    let uri = format!("{MAPS}/a");
    let (_, options, _) = bodies().find(|(_, _, json)| json["kind"] == "DeleteOptions").unwrap();
    let refused = api.response(Method::DELETE, &uri, BOTH, options.clone()).await;
    assert_eq!((refused.status().as_u16(), &refused.body()[..4]), (409, &b"k8s\0"[..]), "its uid is a precondition");
    let (_, refused) = api.send(Method::DELETE, &uri, &[("content-type", PROTOBUF)], options).await;
    assert!(text(&refused, "/message").contains("the UID in the precondition (u)"), "{refused}");
    let accept = [("accept", "application/vnd.kubernetes.protobuf;stream=watch")];
    tokio::time::pause();
    let watch = api.response(Method::GET, &format!("{MAPS}?watch=1&timeoutSeconds=1"), &accept, "").await;
    assert_eq!(watch.headers()["content-type"], "application/vnd.kubernetes.protobuf;stream=watch");
    let length = u32::from_be_bytes(watch.body()[..4].try_into().unwrap());
    assert_eq!(watch.body().len(), 4 + usize::try_from(length).unwrap(), "one frame");
    assert!(watch.body().windows(5).any(|bytes| bytes == b"ADDED"));
}

#[tokio::test]
async fn custom_kinds_have_no_protobuf_but_their_metadata_has() {
    let api = Api::new();
    api.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &widgets()).await;
    let uri = "/apis/example.com/v1/namespaces/default/widgets";
    assert_eq!(api.response(Method::GET, uri, BOTH, "").await.status(), 406);
    let accept = [("accept", "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")];
    assert_eq!(api.response(Method::GET, uri, &accept, "").await.status(), 200);
    let accept = [("accept", "application/vnd.kubernetes.protobuf, */*")];
    assert_eq!(api.send(Method::GET, uri, &accept, "").await.1["kind"], "WidgetList");
}
