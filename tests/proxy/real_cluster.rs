//! A real kube-controller-manager with service account credentials. Runs only if `KUBEREWIND_REAL_CLUSTER` names a folder with a running
//! API server: `bin/kube-controller-manager`, `kcm.kubeconfig`, `admin.kubeconfig`, `pki/sa.key` and `pki/ca.crt`.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use kube::api::{DeleteParams, ListParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client};
use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::redact::is_opaque;
use kuberewind_model::{History, Seq};
use serde_json::json;

async fn client(file: &Path) -> Client {
    let read = Kubeconfig::read_from(file).expect("a kubeconfig");
    let config = kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.expect("a config");
    Client::try_from(config).expect("a client")
}

fn record_manager(cluster: &Path, file: &Path) -> Child {
    let path = |name: &str| cluster.join(name);
    let manager = format!(
        "exec {} --kubeconfig $KUBECONFIG --use-service-account-credentials=true --service-account-private-key-file {} \
         --root-ca-file {} --leader-elect=false --secure-port=0",
        path("bin/kube-controller-manager").display(),
        path("pki/sa.key").display(),
        path("pki/ca.crt").display()
    );
    let mut record = Command::new(env!("CARGO_BIN_EXE_kuberewind"));
    record.args(["record", "-o"]).arg(file).arg("--kubeconfig").arg(path("kcm.kubeconfig")).args(["--", "sh", "-c", &manager]);
    record.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs")
}

/// Waits until the deployment has a ReplicaSet.
async fn until_rolled_out(sets: &Api<ReplicaSet>) {
    let patience = async {
        while sets.list(&ListParams::default().labels("app=kuberewind-test")).await.expect("a list").items.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(120), patience).await.expect("the manager works");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_manager_is_recorded_with_every_body() {
    let Some(cluster) = std::env::var_os("KUBEREWIND_REAL_CLUSTER").map(PathBuf::from) else {
        eprintln!("skipped: KUBEREWIND_REAL_CLUSTER is not set");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kcm.db");
    let mut recorder = record_manager(&cluster, &file);
    let admin = client(&cluster.join("admin.kubeconfig")).await;
    let deployments: Api<Deployment> = Api::namespaced(admin.clone(), "default");
    let spec = json!({"replicas": 1, "selector": {"matchLabels": {"app": "kuberewind-test"}}, "template": {
        "metadata": {"labels": {"app": "kuberewind-test"}}, "spec": {"containers": [{"name": "c", "image": "x"}]},
    }});
    let deployment =
        serde_json::from_value(json!({"metadata": {"name": "kuberewind-test"}, "spec": spec})).expect("a deployment");
    deployments.create(&PostParams::default(), &deployment).await.expect("created");
    until_rolled_out(&Api::namespaced(admin, "default")).await;
    assert!(recorder.try_wait().expect("a state").is_none(), "the manager did not exit");
    deployments.delete("kuberewind-test", &DeleteParams::foreground()).await.expect("deleted");
    let pid = i32::try_from(recorder.id()).ok().and_then(rustix::process::Pid::from_raw).expect("a process");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("signalled");
    tokio::task::spawn_blocking(move || recorder.wait().expect("it ends")).await.expect("no panic");
    let recording = Recording::open(&file, &OpenOptions::default()).expect("it opens");
    let session = recording.sessions().expect("sessions").pop().expect("a session");
    let lineage = recording.lineage(session.no).expect("a lineage");
    let (mut bodies, mut opaque, mut users) = (0, 0, std::collections::BTreeSet::new());
    for operation in recording.operations(&lineage, Seq(1)..=Seq::MAX, 1_000_000).expect("operations") {
        let detail = recording.operation_detail(&lineage, operation.seq).expect("read").expect("there").detail;
        users.insert(detail.user.to_string());
        assert_ne!(operation.status, 401, "{}", detail.uri);
        let Some(body) = operation.request_body.filter(|_| operation.verb.is_write()) else { continue };
        bodies += 1;
        opaque += usize::from(is_opaque(&recording.body(body).expect("read").expect("there")));
    }
    assert!(bodies > 10 && opaque * 100 <= bodies, "{opaque} of {bodies} bodies are opaque");
    assert!(users.contains("system:serviceaccount:kube-system:deployment-controller"), "{users:?}");
}
