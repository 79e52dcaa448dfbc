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

#[tokio::test]
async fn openapi_has_the_structure_of_kinds() {
    let api = Api::new();
    api.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &widgets()).await;
    let (_, apps) = api.get("/openapi/v3/apis/apps/v1").await;
    let schemas = &apps["components"]["schemas"];
    let deployment = &schemas["io.k8s.api.apps.v1.Deployment"];
    let kind = json!([{"group": "apps", "version": "v1", "kind": "Deployment"}]);
    assert_eq!(deployment["x-kubernetes-group-version-kind"], kind);
    let reference = "#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec";
    assert_eq!(deployment["properties"]["spec"]["allOf"][0]["$ref"], reference);
    let spec = &schemas["io.k8s.api.apps.v1.DeploymentSpec"];
    assert_eq!(spec["properties"]["replicas"], json!({"type": "integer", "format": "int32"}));
    assert_eq!(spec["required"], json!(["selector", "template"]));
    let containers = &schemas["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"];
    assert_eq!(containers["x-kubernetes-patch-merge-key"], "name");
    // Every reference leads somewhere.
    let text = apps.to_string();
    for part in text.split("#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(schemas[name].is_object(), "{name}");
    }
    let (_, custom) = api.get("/openapi/v3/apis/example.com/v1").await;
    let widget = &custom["components"]["schemas"]["com.example.v1.Widget"]["properties"];
    assert_eq!((&widget["spec"]["properties"]["size"]["type"], &widget["kind"]["type"]), (&json!("integer"), &json!("string")));
}
