//! An operator with a recorder. The recorder takes three more lines.
//!
//! `cargo run --example recorded_operator` runs it against the cluster of the current kubeconfig until ctrl-c. Then open the
//! recording with `kuberewind run.db`.

use std::{convert::Infallible, sync::Arc, time::Duration};

use futures::StreamExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use kuberewind_recorder::Recorder;
use kuberewind_recorder::kube::runtime::{Controller, controller::Action, watcher};
use kuberewind_recorder::kube::{Api, Config, client::ClientBuilder};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let recorder = Recorder::builder("run.db").process("example").start()?;
    let maps = recorder.actor("config-maps");
    let client = ClientBuilder::try_from(Config::infer().await?)?.with_layer(&maps.layer()).build();
    let reconcile = |_: Arc<ConfigMap>, _: Arc<()>| async { Ok::<_, Infallible>(Action::requeue(Duration::from_secs(300))) };
    Controller::new(Api::<ConfigMap>::all(client), watcher::Config::default())
        .shutdown_on_signal()
        .run(maps.wrap(reconcile), |_, _, _| Action::await_change(), Arc::new(()))
        .for_each(|_| std::future::ready(()))
        .await;
    recorder.finish().await?;
    Ok(())
}
