//! `kubectl rollout` against a cluster with controllers.

use kuberewind_cluster::Fidelity;
use kuberewind_cluster::controllers::{Controllers, Timing};

use crate::api::Api;
use crate::controllers_stage::deployment;
use crate::kubectl::{Kubectl, on_kubectl};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_rolls_out_and_back() {
    let api = Api::with(|options| options.fidelity = Fidelity::Real);
    // The clock of the cluster does not move, so nothing may take time.
    let timing = Timing { start: std::time::Duration::ZERO, run: std::time::Duration::ZERO };
    let controllers = tokio::spawn(Controllers::with_timing(&api.cluster, timing).run());
    on_kubectl(api, rollouts).await;
    controllers.abort();
}

fn rollouts(kubectl: &Kubectl) {
    let done = "deployment \"web\" successfully rolled out";
    kubectl.write("web.json", &deployment("web", 3));
    assert_eq!(kubectl.run("apply -f web.json"), "deployment.apps/web created");
    assert!(kubectl.run("rollout status deploy/web --timeout=20s").ends_with(done));
    kubectl.run("wait --for=condition=Available deploy/web --timeout=20s");
    assert_eq!(kubectl.run("set image deploy/web c=image:2"), "deployment.apps/web image updated");
    assert!(kubectl.run("rollout status deploy/web --timeout=20s").ends_with(done));
    kubectl.run("annotate deploy/web kubernetes.io/change-cause=second");
    let history = kubectl.run("rollout history deploy/web");
    assert!(
        history.starts_with("deployment.apps/web") && history.contains("REVISION  CHANGE-CAUSE\n1         <none>\n2         "),
        "{history}"
    );
    assert!(kubectl.run("rollout history deploy/web --revision=1").contains("image:1"));
    assert_eq!(kubectl.run("rollout undo deploy/web"), "deployment.apps/web rolled back");
    assert!(kubectl.run("rollout status deploy/web --timeout=20s").ends_with(done));
    assert_eq!(kubectl.run("get deploy web -o jsonpath={.spec.template.spec.containers[0].image}"), "image:1");
    assert!(kubectl.run("rollout history deploy/web").contains("\n3 "));
    assert_eq!(kubectl.run("rollout restart deploy/web"), "deployment.apps/web restarted");
    assert!(kubectl.run("rollout status deploy/web --timeout=20s").ends_with(done));
    assert_eq!(kubectl.run("rollout pause deploy/web"), "deployment.apps/web paused");
    assert_eq!(kubectl.run("set image deploy/web c=image:3"), "deployment.apps/web image updated");
    kubectl.run(
        "wait --for=jsonpath='{.status.conditions[?(@.type==\"Progressing\")].reason}'=DeploymentPaused deploy/web --timeout=20s",
    );
    assert_eq!(kubectl.run("rollout resume deploy/web"), "deployment.apps/web resumed");
    assert!(kubectl.run("rollout status deploy/web --timeout=20s").ends_with(done));
    assert!(kubectl.run("get deploy web").contains("3/3"));
    assert!(kubectl.run("get pods").lines().skip(1).all(|line| line.contains("1/1") && line.contains("Running")));
    stateful_sets(kubectl);
    assert_eq!(kubectl.run("create job once --image=i"), "job.batch/once created");
    kubectl.run("wait --for=condition=Complete job/once --timeout=20s");
    kubectl.run("delete deploy web --cascade=foreground --timeout=20s");
    assert!(!kubectl.run("get pods -o name").contains("pod/web-"));
}

fn stateful_sets(kubectl: &Kubectl) {
    let mut db = deployment("db", 2);
    db["kind"] = serde_json::json!("StatefulSet");
    kubectl.write("db.json", &db);
    assert_eq!(kubectl.run("apply -f db.json"), "statefulset.apps/db created");
    assert!(
        kubectl.run("rollout status sts/db --timeout=20s").contains("partitioned roll out complete")
            || kubectl.run("rollout status sts/db --timeout=20s").contains("complete")
    );
    assert_eq!(kubectl.run("set image sts/db c=image:2"), "statefulset.apps/db image updated");
    kubectl.run("rollout status sts/db --timeout=20s");
    let history = kubectl.run("rollout history sts/db");
    assert!(history.contains("\n1 ") && history.contains("\n2 "), "{history}");
    assert_eq!(kubectl.run("rollout undo sts/db"), "statefulset.apps/db rolled back");
    kubectl.run("rollout status sts/db --timeout=20s");
    assert_eq!(kubectl.run("get pod db-0 -o jsonpath={.spec.containers[0].image}"), "image:1");
}
