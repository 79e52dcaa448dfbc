//! The commands of kubectl on a cluster.

mod commands;

use kuberewind_cluster::Fidelity;

use crate::api::Api;
use crate::kubectl::{Kubectl, on_kubectl};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_command_of_kubectl_works_or_says_why_not() {
    on_kubectl(Api::with(|options| options.fidelity = Fidelity::Real), battery).await;
}

fn battery(kubectl: &Kubectl) {
    commands::run_all(&kubectl.path(""), commands::NO_KUBELET, |line| kubectl.try_out(line));
}
