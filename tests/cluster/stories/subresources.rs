//! Reviews, and subresources that are actions or parts of an object.

use serde_json::{Value, json};

use crate::api::{Api, text};

const PODS: &str = "/api/v1/namespaces/default/pods";

async fn with_pod() -> Api {
    let api = Api::new();
    let containers = json!([{"name": "a", "image": "i", "resources": {"limits": {"cpu": "1"}}}]);
    let pod = json!({"metadata": {"name": "p", "labels": {"app": "web"}}, "spec": {"containers": containers}});
    assert_eq!(api.post(PODS, &pod).await.0, 201);
    api
}

#[tokio::test]
async fn reviews_allow_everything() {
    let api = Api::new();
    let authorization = "/apis/authorization.k8s.io/v1";
    let asked = json!({"namespace": "default", "verb": "list", "resource": "pods"});
    let access = json!({"spec": {"user": "clerk", "resourceAttributes": asked}});
    for path in ["selfsubjectaccessreviews", "subjectaccessreviews", "namespaces/default/localsubjectaccessreviews"] {
        let (code, review) = api.post(&format!("{authorization}/{path}"), &access).await;
        assert_eq!((code, &review["status"]["allowed"], &review["spec"]), (201, &json!(true), &access["spec"]), "{path}");
        assert!(text(&review, "/status/reason").contains("no authorization"));
    }
    let (_, rules) = api.post(&format!("{authorization}/selfsubjectrulesreviews"), &json!({"spec": {"namespace": "x"}})).await;
    assert_eq!(
        (&rules["status"]["resourceRules"][0]["verbs"], &rules["kind"]),
        (&json!(["*"]), &json!("SelfSubjectRulesReview"))
    );
    let authentication = "/apis/authentication.k8s.io/v1";
    let (_, token) = api.post(&format!("{authentication}/tokenreviews"), &json!({"spec": {"token": "t"}})).await;
    assert_eq!(token["status"]["authenticated"], true);
    let (_, own) = api.post(&format!("{authentication}/selfsubjectreviews"), &json!({})).await;
    assert_eq!(own["status"]["userInfo"]["username"], "kuberewind");
    assert_eq!(api.get(&format!("{authentication}/tokenreviews")).await.0, 405);
    let (_, list) = api.get(authentication).await;
    let names: Vec<_> = list["resources"].as_array().unwrap().iter().map(|one| text(one, "/name")).collect();
    assert_eq!(names, ["selfsubjectreviews", "tokenreviews"]);
}

#[tokio::test]
async fn what_needs_a_kubelet_is_refused_with_a_sentence() {
    let api = with_pod().await;
    for path in ["log", "exec?command=ls", "attach", "portforward", "proxy/metrics"] {
        let (code, refused) = api.get(&format!("{PODS}/p/{path}")).await;
        assert_eq!((code, text(&refused, "/details/name")), (405, "p".to_owned()), "{path}");
        assert!(text(&refused, "/message").ends_with("no kubelet runs containers here"), "{refused}");
        assert_eq!(api.get(&format!("{PODS}/none/{path}")).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn a_binding_assigns_a_pod_once() {
    let api = with_pod().await;
    let binding = json!({"metadata": {"name": "p"}, "target": {"kind": "Node", "name": "n1"}});
    let (code, status) = api.post(&format!("{PODS}/p/binding"), &binding).await;
    assert_eq!((code, &status["status"]), (201, &json!("Success")));
    let (_, pod) = api.get(&format!("{PODS}/p")).await;
    assert_eq!((&pod["spec"]["nodeName"], &pod["status"]["conditions"][0]["type"]), (&json!("n1"), &json!("PodScheduled")));
    let (code, refused) = api.post("/api/v1/namespaces/default/bindings", &binding).await;
    let wanted = "Operation cannot be fulfilled on pods/binding \"p\": pod p is already assigned to node \"n1\"";
    assert_eq!((code, text(&refused, "/message")), (409, wanted.to_owned()));
}

#[tokio::test]
async fn an_eviction_respects_disruption_budgets() {
    let api = with_pod().await;
    let budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
    api.post(budgets, &json!({"metadata": {"name": "b"}, "spec": {"selector": {"matchLabels": {"app": "web"}}}})).await;
    let status = json!({"status": {"disruptionsAllowed": 0, "currentHealthy": 1, "desiredHealthy": 1}});
    api.patch("merge-patch+json", &format!("{budgets}/b/status"), &status).await;
    let eviction = json!({"metadata": {"name": "p"}, "deleteOptions": {"gracePeriodSeconds": 0}});
    let (code, refused) = api.post(&format!("{PODS}/p/eviction"), &eviction).await;
    assert_eq!((code, text(&refused, "/reason")), (429, "TooManyRequests".to_owned()));
    let wanted = "The disruption budget b needs 1 healthy pods and has 1 currently";
    assert_eq!(text(&refused, "/details/causes/0/message"), wanted);
    api.patch("merge-patch+json", &format!("{budgets}/b/status"), &json!({"status": {"disruptionsAllowed": 1}})).await;
    assert_eq!(api.post(&format!("{PODS}/p/eviction"), &eviction).await.0, 201);
    assert_eq!(api.get(&format!("{PODS}/p")).await.0, 404);
}

#[tokio::test]
async fn a_subresource_writes_its_part_only() {
    let api = with_pod().await;
    let debug = json!({"spec": {"ephemeralContainers": [{"name": "d", "image": "x"}], "nodeName": "ignored"}});
    let (code, pod) = api.patch("strategic-merge-patch+json", &format!("{PODS}/p/ephemeralcontainers"), &debug).await;
    assert_eq!((code, &pod["spec"]["ephemeralContainers"][0]["name"]), (200, &json!("d")));
    assert_eq!(pod["spec"].get("nodeName"), None);
    let more = json!({"spec": {"containers": [{"name": "a", "image": "ignored", "resources": {"limits": {"cpu": "2"}}}]}});
    let (_, pod) = api.patch("strategic-merge-patch+json", &format!("{PODS}/p/resize"), &more).await;
    let container: &Value = &pod["spec"]["containers"][0];
    assert_eq!((&container["image"], &container["resources"]["limits"]["cpu"]), (&json!("i"), &json!("2")));
    let requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    api.post(requests, &json!({"metadata": {"name": "c"}, "spec": {"signerName": "s"}})).await;
    let approval = json!({"status": {"conditions": [{"type": "Approved", "status": "True"}]}, "spec": {"signerName": "other"}});
    let (_, request) = api.patch("merge-patch+json", &format!("{requests}/c/approval"), &approval).await;
    assert_eq!((&request["status"]["conditions"][0]["type"], &request["spec"]["signerName"]), (&json!("Approved"), &json!("s")));
}

#[tokio::test]
async fn a_service_account_gets_a_token_that_expires() {
    let api = Api::new();
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    api.post(accounts, &json!({"metadata": {"name": "s"}})).await;
    let uri = format!("{accounts}/s/token");
    let (code, token) = api.post(&uri, &json!({"spec": {"audiences": ["api"]}})).await;
    assert_eq!((code, text(&token, "/status/token").matches('.').count()), (201, 2));
    assert_eq!(token["status"]["expirationTimestamp"], "2026-02-04T11:13:21Z");
    let (code, refused) = api.post(&uri, &json!({"spec": {"expirationSeconds": 1}})).await;
    assert_eq!((code, text(&refused, "/details/causes/0/field")), (422, "spec.expirationSeconds".to_owned()));
    assert_eq!(api.post(&format!("{accounts}/none/token"), &json!({})).await.0, 404);
}
