//! Get and list.

use serde_json::json;

use super::{MAPS, map, version};
use crate::api::{Api, text};

async fn seeded(count: usize) -> Api {
    let api = Api::new();
    for at in 0..count {
        api.post(MAPS, &map(&format!("m{at}"), "1")).await;
    }
    api
}

fn names(list: &serde_json::Value) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|item| text(item, "/metadata/name")).collect()
}

#[tokio::test]
async fn pages_show_the_state_of_the_first_page() {
    let api = seeded(5).await;
    let (_, first) = api.get(&format!("{MAPS}?limit=2")).await;
    assert_eq!((names(&first), &first["metadata"]["remainingItemCount"]), (vec!["m0".into(), "m1".into()], &json!(3)));
    api.delete(&format!("{MAPS}/m3"), &json!({})).await;
    api.post(MAPS, &map("m2b", "1")).await;
    api.patch("merge-patch+json", &format!("{MAPS}/m4"), &json!({"data": {"key": "changed"}})).await;
    let token = text(&first, "/metadata/continue");
    let (_, rest) = api.get(&format!("{MAPS}?limit=9&continue={token}")).await;
    assert_eq!(names(&rest), ["m2", "m3", "m4"]);
    assert_eq!((&rest["items"][2]["data"]["key"], rest["metadata"].get("continue")), (&json!("1"), None));
    assert_eq!(rest["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
    api.cluster.compact();
    let (code, expired) = api.get(&format!("{MAPS}?limit=2&continue={token}")).await;
    assert_eq!((code, text(&expired, "/reason")), (410, "Expired".to_owned()));
    let onward = expired["details"]["continue"].as_str().unwrap();
    assert_eq!(names(&api.get(&format!("{MAPS}?continue={onward}")).await.1), ["m2", "m2b", "m4"]);
    assert_eq!(api.get(&format!("{MAPS}?continue=nonsense")).await.0, 400);
}

#[tokio::test]
async fn selectors_and_versions_choose() {
    let api = seeded(3).await;
    assert_eq!(names(&api.get(&format!("{MAPS}?labelSelector=app%20in%20(m0,m2)")).await.1), ["m0", "m2"]);
    assert_eq!(names(&api.get("/api/v1/configmaps?fieldSelector=metadata.name%3Dm1").await.1), ["m1"]);
    let (code, refused) = api.get(&format!("{MAPS}?fieldSelector=data.key%3D1")).await;
    assert_eq!((code, text(&refused, "/message")), (400, "field label not supported: data.key".to_owned()));
    assert_eq!(api.get(&format!("{MAPS}?labelSelector=a%20b")).await.0, 400);
    let then = api.cluster.revision();
    api.delete(&format!("{MAPS}/m0"), &json!({})).await;
    let exact = format!("{MAPS}?resourceVersion={then}&resourceVersionMatch=Exact");
    assert_eq!(names(&api.get(&exact).await.1), ["m0", "m1", "m2"]);
    assert_eq!(names(&api.get(&format!("{MAPS}?resourceVersion={then}")).await.1), ["m1", "m2"]);
    assert_eq!(api.get(&format!("{MAPS}?resourceVersion={}", then + 100)).await.0, 504);
}

#[tokio::test]
async fn another_api_server_may_answer_any_version_from_a_late_cache() {
    let api = seeded(3).await;
    api.delete(&format!("{MAPS}/m0"), &json!({})).await;
    let late = Api { cluster: api.cluster.behind(2), clock: api.clock.clone() };
    let any = format!("{MAPS}?resourceVersion=0");
    assert_eq!(names(&api.get(&any).await.1), ["m1", "m2"]);
    assert_eq!(names(&late.get(&any).await.1), ["m0", "m1"], "neither the last create nor the delete");
    assert_eq!(names(&late.get(MAPS).await.1), ["m1", "m2"], "what is there now is there for all");
    late.cluster.compact();
    assert_eq!(names(&late.get(&any).await.1), ["m1", "m2"], "no cache is older than what the cluster keeps");
}

#[tokio::test]
async fn lists_of_built_in_kinds_say_the_kind_once() {
    let api = seeded(1).await;
    let (_, list) = api.get(MAPS).await;
    assert_eq!((&list["kind"], &list["apiVersion"], list["items"][0].get("kind")), (&json!("ConfigMapList"), &json!("v1"), None));
    assert_eq!(version(&list), api.cluster.revision());
}

#[tokio::test]
async fn metadata_and_tables_by_accept() {
    let api = seeded(1).await;
    let accept = [("accept", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")];
    let (_, list) = api.send(http::Method::GET, MAPS, &accept, "").await;
    assert_eq!((&list["kind"], list["items"][0].get("data")), (&json!("PartialObjectMetadataList"), None));
    let accept = [("accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json")];
    api.clock.advance(kuberewind_model::Duration::from_millis(185_000));
    let (_, table) = api.send(http::Method::GET, MAPS, &accept, "").await;
    assert_eq!(table["rows"][0]["cells"], json!(["m0", 1, "3m5s"]));
    assert_eq!(table["columnDefinitions"][1]["name"], "Data");
    assert_eq!(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
    let accept = [("accept", "application/vnd.kubernetes.protobuf")];
    assert_eq!(api.send(http::Method::GET, MAPS, &accept, "").await.0, 406);
}
