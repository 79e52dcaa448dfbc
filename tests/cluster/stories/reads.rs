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

const NO_SUCH_FIELD: &str = "\"data.key\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"";

#[tokio::test]
async fn selectors_and_versions_choose() {
    let api = seeded(3).await;
    assert_eq!(names(&api.get(&format!("{MAPS}?labelSelector=app%20in%20(m0,m2)")).await.1), ["m0", "m2"]);
    assert_eq!(names(&api.get("/api/v1/configmaps?fieldSelector=metadata.name%3Dm1").await.1), ["m1"]);
    let (code, refused) = api.get(&format!("{MAPS}?fieldSelector=data.key%3D1")).await;
    assert_eq!((code, text(&refused, "/message")), (400, NO_SUCH_FIELD.to_owned()));
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
    for accept in ["application/cbor", "application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io"] {
        assert_eq!(api.send(http::Method::GET, MAPS, &[("accept", accept)], "").await.0, 406, "{accept}");
    }
}

#[tokio::test]
async fn fields_that_an_object_omits_are_selected_by_their_defaults() {
    let api = Api::new();
    let pods = "/api/v1/namespaces/default/pods";
    api.post(pods, &json!({"metadata": {"name": "p"}, "spec": {"containers": []}})).await;
    for (selector, wanted) in [
        ("status.phase%3DPending", 1),
        ("status.phase!%3DPending", 0),
        ("spec.nodeName%3D", 1),
        ("spec.hostNetwork%3Dfalse", 1),
        ("spec.restartPolicy%3DNever", 0),
    ] {
        assert_eq!(names(&api.get(&format!("{pods}?fieldSelector={selector}")).await.1).len(), wanted, "{selector}");
    }
    let (code, refused) = api.get(&format!("{pods}?fieldSelector=spec.image%3Da")).await;
    assert_eq!((code, text(&refused, "/message")), (400, "field label not supported: spec.image".to_owned()));
    let jobs = "/apis/batch/v1/namespaces/default/jobs";
    api.post(jobs, &json!({"metadata": {"name": "j"}})).await;
    assert_eq!(names(&api.get(&format!("{jobs}?fieldSelector=status.successful%3D0")).await.1), ["j"]);
}

#[tokio::test]
async fn contradictory_list_options_are_refused() {
    let api = seeded(1).await;
    for (query, wanted) in [
        (
            "resourceVersion=0&resourceVersionMatch=Exact",
            "Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"",
        ),
        ("resourceVersionMatch=Exact", "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"),
        (
            "resourceVersion=1&resourceVersionMatch=Bogus",
            "Unsupported value: \"Bogus\": supported values: \"Exact\", \"NotOlderThan\", \"\"",
        ),
        (
            "watch=1&resourceVersionMatch=NotOlderThan",
            "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        ),
    ] {
        let (code, refused) = api.get(&format!("{MAPS}?{query}")).await;
        let message = format!("ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: {wanted}");
        assert_eq!((code, text(&refused, "/message")), (422, message), "{query}");
    }
    let now = api.cluster.revision();
    assert_eq!(api.get(&format!("{MAPS}?resourceVersion={now}&resourceVersionMatch=Exact")).await.0, 200);
}

#[tokio::test]
async fn core_events_and_new_events_are_one_table() {
    let api = Api::new();
    let (old, new) = ("/api/v1/namespaces/default/events", "/apis/events.k8s.io/v1/namespaces/default/events");
    let event = json!({"metadata": {"name": "e"}, "regarding": {"kind": "Pod", "name": "p"}, "note": "pulled", "reason": "Pulled",
        "reportingController": "kubelet", "type": "Normal", "action": "Pull"});
    let mut watch = api.watch(&format!("{old}?watch=1&fieldSelector=involvedObject.name%3Dp")).await;
    assert_eq!(api.post(new, &event).await.1["note"], "pulled");
    let (kind, seen) = watch.next().await.unwrap();
    assert_eq!((kind.as_str(), &seen["message"], &seen["involvedObject"]["name"]), ("ADDED", &json!("pulled"), &json!("p")));
    assert_eq!((&seen["apiVersion"], &seen["reportingComponent"]), (&json!("v1"), &json!("kubelet")));
    let series = json!({"series": {"count": 2}, "note": "pulled again"});
    let (code, patched) = api.patch("strategic-merge-patch+json", &format!("{new}/e"), &series).await;
    assert_eq!((code, &patched["note"], &patched["apiVersion"]), (200, &json!("pulled again"), &json!("events.k8s.io/v1")));
    assert_eq!(names(&api.get(&format!("{new}?fieldSelector=regarding.name%3Dp")).await.1), ["e"]);
    assert_eq!(api.get(&format!("{old}/e")).await.1["message"], "pulled again");
    let mut next = api.get(&format!("{new}/e")).await.1;
    next["note"] = json!("replaced");
    assert_eq!(api.put(&format!("{new}/e"), &next).await.0, 200);
    assert_eq!(api.delete(&format!("{old}/e"), &json!({})).await.0, 200);
    assert_eq!(api.get(&format!("{new}/e")).await.0, 404);
}

#[tokio::test]
async fn large_responses_are_compressed_for_clients_that_accept_it() {
    let api = seeded(1).await;
    let gzip = [("accept-encoding", "deflate, gzip")];
    let small = api.response(http::Method::GET, MAPS, &gzip, "").await;
    assert_eq!(small.headers().get("content-encoding"), None);
    api.post(MAPS, &map("large", &"x".repeat(200_000))).await;
    let large = api.response(http::Method::GET, MAPS, &gzip, "").await;
    assert_eq!((&large.headers()["content-encoding"], &large.body()[..2]), (&"gzip".parse().unwrap(), &[0x1f, 0x8b][..]));
    assert!(large.body().len() < 20_000);
    assert_eq!(api.response(http::Method::GET, MAPS, &[], "").await.headers().get("content-encoding"), None);
}

#[tokio::test]
async fn tables_have_the_columns_of_a_real_server() {
    let api = Api::with(|options| options.fidelity = kuberewind_cluster::Fidelity::Real);
    let accept = [("accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json")];
    let services = "/api/v1/namespaces/default/services";
    let ports = json!([{"name": "a", "port": 80}, {"name": "b", "port": 443}]);
    let spec = json!({"type": "NodePort", "selector": {"app": "web"}, "ports": ports});
    api.post(services, &json!({"metadata": {"name": "s"}, "spec": spec})).await;
    let (_, table) = api.send(http::Method::GET, services, &accept, "").await;
    let columns: Vec<_> = table["columnDefinitions"].as_array().unwrap().iter().map(|one| text(one, "/name")).collect();
    assert_eq!(columns, ["Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "Selector"]);
    assert_eq!(table["columnDefinitions"][6]["priority"], 1);
    let own = json!(["kubernetes", "ClusterIP", "10.96.0.1", "<none>", "443/TCP", "0s", "<none>"]);
    let cells = json!(["s", "NodePort", "10.96.0.2", "<none>", "80:30000/TCP,443:30001/TCP", "0s", "app=web"]);
    assert_eq!((&table["rows"][0]["cells"], &table["rows"][1]["cells"]), (&own, &cells));
    let events = "/api/v1/namespaces/default/events";
    let event = json!({"metadata": {"name": "e"}, "involvedObject": {"kind": "Pod", "name": "p"}, "reason": "Pulled",
        "message": "pulled", "type": "Normal", "lastTimestamp": "2026-02-04T10:13:21Z"});
    api.post(events, &event).await;
    let (_, table) = api.send(http::Method::GET, events, &accept, "").await;
    let cells = json!(["0s", "Normal", "Pulled", "pod/p", "", "", "pulled", "<unknown>", 1, "e"]);
    assert_eq!(table["rows"][0]["cells"], cells);
    // Every kind has as many cells as columns.
    for prefix in ["/api/v1", "/apis/apps/v1", "/apis/batch/v1", "/apis/policy/v1", "/apis/storage.k8s.io/v1"] {
        let (_, list) = api.get(prefix).await;
        for resource in list["resources"].as_array().unwrap() {
            let (name, verbs) = (text(resource, "/name"), resource["verbs"].to_string());
            if !verbs.contains("list") {
                continue;
            }
            let namespace = if resource["namespaced"] == true { "/namespaces/default" } else { "" };
            let uri = format!("{prefix}{namespace}/{name}");
            let (_, table) = api.send(http::Method::GET, &uri, &accept, "").await;
            let columns = table["columnDefinitions"].as_array().unwrap().len();
            assert!(columns >= 2, "{name}");
            for row in table["rows"].as_array().unwrap() {
                assert_eq!(row["cells"].as_array().unwrap().len(), columns, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn autoscalers_have_two_versions() {
    let api = Api::new();
    let path = |version: &str| format!("/apis/autoscaling/{version}/namespaces/default/horizontalpodautoscalers");
    let spec =
        json!({"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "maxReplicas": 3, "targetCPUUtilizationPercentage": 80});
    let (code, old) = api.post(&path("v1"), &json!({"metadata": {"name": "h"}, "spec": spec})).await;
    assert_eq!((code, &old["apiVersion"], &old["spec"]), (201, &json!("autoscaling/v1"), &spec));
    let new = api.get(&format!("{}/h", path("v2"))).await.1;
    assert_eq!(new["spec"]["metrics"][0]["resource"]["target"], json!({"type": "Utilization", "averageUtilization": 80}));
    let behavior = json!({"scaleDown": {"stabilizationWindowSeconds": 1}});
    api.patch("merge-patch+json", &format!("{}/h", path("v2")), &json!({"spec": {"behavior": behavior}})).await;
    let more = json!({"spec": {"maxReplicas": 5}});
    assert_eq!(api.patch("merge-patch+json", &format!("{}/h", path("v1")), &more).await.1["spec"]["maxReplicas"], 5);
    let new = api.get(&format!("{}/h", path("v2"))).await.1;
    assert_eq!((&new["spec"]["behavior"], new["metadata"].get("annotations")), (&behavior, None), "v1 keeps what it cannot show");
}

#[tokio::test]
async fn requests_above_the_limit_are_asked_to_come_back() {
    let api = Api::with(|options| options.requests_per_second = std::num::NonZeroU32::new(2));
    assert_eq!((api.get(MAPS).await.0, api.get(MAPS).await.0), (200, 200));
    let refused = api.response(http::Method::GET, MAPS, &[], "").await;
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (429, &http::HeaderValue::from_static("1")));
    api.tick();
    assert_eq!(api.get(MAPS).await.0, 200);
}
