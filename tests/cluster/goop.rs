//! An unmodified operator in Go: its typed client sends protobuf, its objects have most fields that operators use.

use std::process::Command;

use kuberewind_cluster::Fidelity;
use serde_json::json;

use crate::api::Api;
use crate::goop_build::manager;
use crate::kubectl::{Kubectl, both, on_kubectl};
use crate::stories::map;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_manager_of_controller_runtime_comes_to_rest() {
    let api = Api::with(|options| options.fidelity = Fidelity::Real);
    let cluster = api.cluster.clone();
    let ran = on_kubectl(api, |kubectl: &Kubectl| {
        let Some((folder, program)) = manager() else { return };
        kubectl.write("goop.json", &map("goop", "1"));
        kubectl.run("create -f goop.json");
        let output = Command::new(program).env("KUBECONFIG", kubectl.path("config")).output().unwrap();
        let said = both(&output);
        assert!(output.status.success() && said.contains("at rest after"), "{said}");
        for kind in ["*v1.Pod", "*v1.Deployment", "*v1.Service", "*v1.Job", "*v1.CronJob"] {
            assert!(said.contains(&format!("{kind} created")), "{kind}: {said}");
        }
        folder.close().unwrap();
        kubectl.write("done.json", &map("done", "1"));
        kubectl.run("create -f done.json");
    })
    .await;
    if !ran || cluster.get("", "configmaps", "default", "done").is_none() {
        return;
    }
    let pod = cluster.get("", "pods", "default", "goop").unwrap();
    assert_eq!(pod["spec"]["containers"][0]["resources"]["requests"], json!({"cpu": "100m", "memory": "64Mi"}));
    assert_eq!(pod["spec"]["containers"][0]["livenessProbe"]["httpGet"]["port"], "http");
    let service = cluster.get("", "services", "default", "goop").unwrap();
    assert_eq!((&service["spec"]["ports"][0]["targetPort"], &service["spec"]["type"]), (&json!("http"), &json!("ClusterIP")));
    let deployment = cluster.get("apps", "deployments", "default", "goop").unwrap();
    assert_eq!(deployment["spec"]["strategy"]["rollingUpdate"], json!({"maxSurge": "50%", "maxUnavailable": 0}));
}
