//! The demo's operator `shop-operator/checkout` as a program: kube-rs without a recorder.
//!
//! `cargo run --example checkout` runs it against the cluster of the current kubeconfig.

use std::sync::Arc;

use futures::StreamExt;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;

#[path = "../crates/demo/src/operators/checkout.rs"]
mod checkout;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Log the start and end of kube-runtime's spans: from these lines `kuberewind record` knows each reconcile exactly.
    // `RUST_LOG=off` disables them.
    let events = FmtSpan::NEW | FmtSpan::CLOSE;
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_span_events(events).init();
    let client = kube::Client::try_default().await?;
    let context = Arc::new(checkout::Context { client: client.clone() });
    checkout::controller(&client)
        .shutdown_on_signal()
        .run(checkout::reconcile, checkout::error_policy, context)
        .for_each(|_| std::future::ready(()))
        .await;
    Ok(())
}
