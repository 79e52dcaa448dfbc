//! Defaults, validation and immutable fields of a cluster that is as real as it can be.

use kuberewind_cluster::Fidelity;
use serde_json::{Value, json};

use super::{DEPLOYMENTS, deployment};
use crate::api::{Api, text};

const PODS: &str = "/api/v1/namespaces/default/pods";
const SERVICES: &str = "/api/v1/namespaces/default/services";
const JOBS: &str = "/apis/batch/v1/namespaces/default/jobs";

fn real() -> Api {
    Api::with(|options| options.fidelity = Fidelity::Real)
}

/// The message of a refusal with this code.
async fn refused(api: &Api, uri: &str, object: &Value) -> String {
    let (code, refused) = api.post(uri, object).await;
    assert_eq!(code, 422, "{refused}");
    text(&refused, "/message")
}

#[tokio::test]
async fn workloads_get_their_defaults() {
    let api = real();
    let mut sent = deployment("web");
    sent["spec"]["template"]["spec"]["containers"][1]["livenessProbe"] = json!({"httpGet": {"port": 80}});
    let (code, made) = api.post(DEPLOYMENTS, &sent).await;
    assert_eq!(code, 201, "{made}");
    let spec = &made["spec"];
    let rolling = json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}});
    assert_eq!((&spec["strategy"], &spec["revisionHistoryLimit"]), (&rolling, &json!(10)));
    let pod = &spec["template"]["spec"];
    assert_eq!((&pod["restartPolicy"], &pod["securityContext"]), (&json!("Always"), &json!({})));
    assert_eq!((&pod["containers"][0]["imagePullPolicy"], pod.get("enableServiceLinks")), (&json!("IfNotPresent"), None));
    assert_eq!(pod["containers"][0]["ports"][0]["protocol"], "TCP");
    assert_eq!(pod["containers"][1]["livenessProbe"]["httpGet"], json!({"port": 80, "path": "/", "scheme": "HTTP"}));
    let (code, same) = api.put(&format!("{DEPLOYMENTS}/web"), &sent).await;
    assert_eq!((code, &same["metadata"]["resourceVersion"]), (200, &made["metadata"]["resourceVersion"]), "nothing changed");
    let container = json!({"name": "c", "image": "reg:5000/i", "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}});
    let (_, pod) = api.post(PODS, &json!({"metadata": {"name": "p"}, "spec": {"containers": [container]}})).await;
    assert_eq!(pod["status"], json!({"phase": "Pending", "qosClass": "Guaranteed"}));
    assert_eq!(
        (&pod["spec"]["containers"][0]["imagePullPolicy"], &pod["spec"]["enableServiceLinks"]),
        (&json!("Always"), &json!(true))
    );
    let template = json!({"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}});
    let (_, job) = api.post(JOBS, &json!({"metadata": {"name": "j"}, "spec": {"template": template}})).await;
    assert_eq!((&job["spec"]["completions"], &job["spec"]["backoffLimit"]), (&json!(1), &json!(6)));
    let uid = &job["metadata"]["uid"];
    assert_eq!(job["spec"]["selector"]["matchLabels"]["batch.kubernetes.io/controller-uid"], *uid);
    assert_eq!(job["spec"]["template"]["metadata"]["labels"]["job-name"], "j");
}

#[tokio::test]
async fn services_get_addresses_and_ports() {
    let api = real();
    let service = |name: &str, spec: Value| json!({"metadata": {"name": name}, "spec": spec});
    let (_, first) = api.post(SERVICES, &service("a", json!({"ports": [{"port": 80}]}))).await;
    assert_eq!((&first["spec"]["clusterIP"], &first["spec"]["type"]), (&json!("10.96.0.2"), &json!("ClusterIP")));
    assert_eq!(first["spec"]["ports"][0], json!({"port": 80, "protocol": "TCP", "targetPort": 80}));
    let (_, second) = api.post(SERVICES, &service("b", json!({"type": "NodePort", "ports": [{"port": 80}]}))).await;
    assert_eq!((&second["spec"]["clusterIP"], &second["spec"]["ports"][0]["nodePort"]), (&json!("10.96.0.3"), &json!(30000)));
    let (code, kept) =
        api.put(&format!("{SERVICES}/b"), &service("b", json!({"type": "NodePort", "ports": [{"port": 80}]}))).await;
    assert_eq!(
        (code, &kept["spec"]["clusterIP"], &kept["spec"]["ports"][0]["nodePort"]),
        (200, &json!("10.96.0.3"), &json!(30000))
    );
    let taken = service("c", json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 30000}]}));
    assert!(refused(&api, SERVICES, &taken).await.ends_with("30000: provided port is already allocated"));
    let moved = json!({"spec": {"clusterIP": "10.96.0.9"}});
    let (code, refusal) = api.patch("merge-patch+json", &format!("{SERVICES}/a"), &moved).await;
    assert_eq!((code, text(&refusal, "/details/causes/0/field")), (422, "spec.clusterIPs[0]".to_owned()));
    let twice = refused(&api, SERVICES, &service("d", json!({"ports": [{"port": 80}, {"port": 80}]}))).await;
    assert!(twice.contains("spec.ports[0].name: Required value") && twice.contains("spec.ports[1]: Duplicate value"), "{twice}");
}

#[tokio::test]
async fn invalid_objects_are_refused() {
    let api = real();
    let mut other = deployment("web");
    other["spec"]["template"]["metadata"]["labels"]["app"] = json!("y");
    let wanted = "Deployment.apps \"web\" is invalid: spec.template.metadata.labels: Invalid value: {\"app\":\"y\"}: `selector` does \
                  not match template `labels`";
    assert_eq!(refused(&api, DEPLOYMENTS, &other).await, wanted);
    assert_eq!(
        refused(&api, PODS, &json!({"metadata": {"name": "p"}, "spec": {}})).await,
        "Pod \"p\" is invalid: spec.containers: Required value"
    );
    let container = json!({"name": "c", "image": "i", "imagePullPolicy": "Sometimes", "ports": [{"containerPort": 70000}]});
    let message = refused(&api, PODS, &json!({"metadata": {"name": "p"}, "spec": {"containers": [container]}})).await;
    assert!(message.contains("containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"), "{message}");
    let unsupported = "spec.containers[0].imagePullPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \
                       \"IfNotPresent\", \"Never\"";
    assert!(message.contains(unsupported), "{message}");
    let template = json!({"spec": {"containers": [{"name": "c", "image": "i"}]}});
    let message = refused(&api, JOBS, &json!({"metadata": {"name": "j"}, "spec": {"template": template}})).await;
    assert!(message.contains("restartPolicy: Required value: valid values: \"OnFailure\", \"Never\""));
}

#[tokio::test]
async fn immutable_fields_keep_their_values() {
    let api = real();
    api.post(DEPLOYMENTS, &deployment("web")).await;
    let relabel =
        json!({"spec": {"selector": {"matchLabels": {"app": "x"}}, "template": {"metadata": {"labels": {"app": "x"}}}}});
    let (code, refusal) = api.patch("merge-patch+json", &format!("{DEPLOYMENTS}/web"), &relabel).await;
    let wanted =
        "Deployment.apps \"web\" is invalid: spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"x\"}}: field is immutable";
    assert_eq!((code, text(&refusal, "/message")), (422, wanted.to_owned()));
    let pod = json!({"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}});
    api.post(PODS, &pod).await;
    let change = |change: Value| json!({"spec": {"containers": [change]}});
    let uri = format!("{PODS}/p");
    let image = change(json!({"name": "c", "image": "i:2"}));
    assert_eq!(api.patch("strategic-merge-patch+json", &uri, &image).await.0, 200);
    let command = change(json!({"name": "c", "command": ["sh"]}));
    let (code, refusal) = api.patch("strategic-merge-patch+json", &uri, &command).await;
    assert_eq!(code, 422);
    assert!(text(&refusal, "/message").contains("spec: Forbidden: pod updates may not change fields other than"), "{refusal}");
}
