//! Discovery.

use serde_json::json;

use super::widgets;
use crate::api::Api;

#[tokio::test]
async fn discovery_in_both_forms() {
    let api = Api::new();
    api.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &widgets()).await;
    assert_eq!(api.get("/version").await.1["major"], "1");
    assert_eq!(api.get("/api").await.1["versions"], json!(["v1"]));
    let (_, plain) = api.get("/apis/example.com/v1").await;
    let names: Vec<_> = plain["resources"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["widgets", "widgets/status", "widgets/scale"]);
    let accept = [("accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json")];
    let (_, whole) = api.send(http::Method::GET, "/apis", &accept, "").await;
    assert_eq!(whole["kind"], "APIGroupDiscoveryList");
    let groups = whole["items"].as_array().unwrap();
    let ours = groups.iter().find(|group| group["metadata"]["name"] == "example.com").unwrap();
    assert_eq!(ours["versions"][0]["resources"][0]["shortNames"], json!(["wd"]));
    assert_eq!(api.get("/openapi/v3").await.1["paths"]["apis/apps/v1"]["serverRelativeURL"], "/openapi/v3/apis/apps/v1");
    for nothing in ["/nothing", "/apis/none", "/apis/apps/v9", "/openapi/v3/apis/none/v1"] {
        assert_eq!(api.get(nothing).await.0, 404, "{nothing}");
    }
    assert_eq!(api.get("/readyz").await.1, "ok");
}
