//! Field validation: unknown, duplicate and wrongly typed fields.

use http::Method;
use kuberewind_cluster::Fidelity;
use serde_json::{Value, json};

use super::{DEPLOYMENTS, MAPS, deployment, widget, widgets};
use crate::api::{Api, text, warnings};

const PODS: &str = "/api/v1/namespaces/default/pods";
const WIDGETS: &str = "/apis/example.com/v1/namespaces/default/widgets";

fn pod(container: &Value) -> Value {
    json!({"metadata": {"name": "p"}, "spec": {"containers": [container]}})
}

#[tokio::test]
async fn strict_validation_refuses_unknown_and_repeated_fields() {
    let api = Api::new();
    let uri = format!("{DEPLOYMENTS}?fieldValidation=Strict");
    let mut typo = deployment("web");
    typo["spec"]["template"]["spec"]["containrs"] = json!([]);
    typo["spec"]["template"]["spec"]["containers"][0]["imag"] = json!("x");
    let (code, refused) = api.post(&uri, &typo).await;
    let handled = "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: ";
    let wanted = format!(
        "{handled}unknown field \"spec.template.spec.containers[0].imag\", unknown field \"spec.template.spec.containrs\""
    );
    assert_eq!((code, text(&refused, "/reason"), text(&refused, "/message")), (400, "BadRequest".to_owned(), wanted));
    let twice = deployment("web").to_string().replacen("\"replicas\":1", "\"replicas\":1,\"replicas\":2", 1);
    let (code, refused) = api.send(Method::POST, &uri, &[], twice).await;
    assert_eq!((code, text(&refused, "/message")), (400, format!("{handled}duplicate field \"spec.replicas\"")));
    assert_eq!(api.get(&format!("{DEPLOYMENTS}/web")).await.0, 404);
    assert_eq!(api.post(&uri, &deployment("web")).await.0, 201);
    let (code, refused) =
        api.patch("merge-patch+json", &format!("{DEPLOYMENTS}/web?fieldValidation=Strict"), &json!({"spec": {"a": 1}})).await;
    assert_eq!((code, text(&refused, "/details/causes/0/field")), (422, "patch".to_owned()));
    assert!(text(&refused, "/message").ends_with("strict decoding error: unknown field \"spec.a\""), "{refused}");
    let (code, refused) = api.apply("me", &format!("{DEPLOYMENTS}/web?fieldValidation=Strict"), &typo).await;
    assert_eq!(code, 500);
    let message = text(&refused, "/message");
    assert!(message.starts_with("failed to create typed patch object (/web; apps/v1, Kind=Deployment): errors:\n"));
    assert!(message.contains("\n  .spec.template.spec.containrs: field not declared in schema"), "{message}");
}

#[tokio::test]
async fn a_value_of_another_type_is_refused_in_the_words_of_go() {
    let api = Api::with(|options| options.fidelity = Fidelity::Real);
    let quantity = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    for (container, wrong) in [
        (json!({"name": 1}), "json: cannot unmarshal number into Go struct field Container.spec.containers.name of type string"),
        (
            json!({"ports": {}}),
            "json: cannot unmarshal object into Go struct field Container.spec.containers.ports of type []v1.ContainerPort",
        ),
        (
            json!({"command": ["a", true]}),
            "json: cannot unmarshal bool into Go struct field Container.spec.containers.command of type string",
        ),
        (json!({"resources": {"limits": {"cpu": "much"}}}), quantity),
        (json!("c"), "json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type v1.Container"),
    ] {
        let (code, refused) = api.post(PODS, &pod(&container)).await;
        let wanted = format!("Pod in version \"v1\" cannot be handled as a Pod: {wrong}");
        assert_eq!((code, text(&refused, "/message")), (400, wanted));
    }
    let mut many = deployment("web");
    many["spec"]["replicas"] = json!("many");
    let (_, refused) = api.post(DEPLOYMENTS, &many).await;
    let wrong = "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32";
    let wanted = format!("Deployment in version \"v1\" cannot be handled as a Deployment: {wrong}");
    assert_eq!(text(&refused, "/message"), wanted);
    let sent = Api::new();
    assert_eq!(sent.post(DEPLOYMENTS, &many).await.0, 201, "objects as they were sent are not checked");
}

#[tokio::test]
async fn warnings_name_what_is_dropped() {
    let api = Api::with(|options| options.fidelity = Fidelity::Real);
    api.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &widgets()).await;
    let body = json!({"metadata": {"name": "m"}, "dta": {"a": "b"}});
    let answer = api.response(Method::POST, MAPS, &[], body.to_string()).await;
    assert_eq!((answer.status().as_u16(), warnings(&answer)), (201, vec!["299 - \"unknown field \\\"dta\\\"\""]));
    assert_eq!(api.get(&format!("{MAPS}/m")).await.1.get("dta"), None);
    let ignored = api.response(Method::PUT, &format!("{MAPS}/m?fieldValidation=Ignore"), &[], body.to_string()).await;
    assert_eq!((ignored.status().as_u16(), warnings(&ignored).len()), (200, 0));
    let mut odd = widget("w", 1);
    odd["spec"]["colour"] = json!("red");
    odd["metadata"]["labls"] = json!({});
    let answer = api.response(Method::POST, WIDGETS, &[], odd.to_string()).await;
    let wanted = ["metadata.labls", "spec.colour"].map(|path| format!("299 - \"unknown field \\\"{path}\\\"\""));
    assert_eq!((answer.status().as_u16(), warnings(&answer)), (201, wanted.iter().map(String::as_str).collect()));
    let (code, refused) = api.send(Method::POST, &format!("{MAPS}?fieldValidation=Maybe"), &[], "{}").await;
    assert_eq!(code, 422);
    assert!(text(&refused, "/message").starts_with("CreateOptions.meta.k8s.io \"\" is invalid: fieldValidation: Unsupported"));
}
