//! The demo's operator `autoscaler/hpa` as a program: kube-rs without a recorder.
//!
//! `cargo run --example hpa` has a bug: it fights with the example `checkout`. With `-- --fixed` it does not.

use std::sync::Arc;

use futures::StreamExt;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;

#[path = "../crates/demo/src/operators/hpa.rs"]
mod hpa;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Log the start and end of kube-runtime's spans: from these lines `kuberewind record` knows each reconcile exactly.
    // `RUST_LOG=off` disables them.
    let events = FmtSpan::NEW | FmtSpan::CLOSE;
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_span_events(events).init();
    let fixed = std::env::args().skip(1).any(|argument| argument == "--fixed");
    let client = kube::Client::try_default().await?;
    let context = Arc::new(hpa::Context { client: client.clone(), fixed });
    hpa::controller(&client)
        .shutdown_on_signal()
        .run(hpa::reconcile, hpa::error_policy, context)
        .for_each(|_| std::future::ready(()))
        .await;
    Ok(())
}
