//! The demo's `autoscaler/hpa` as a program of its own: plain kube-rs, no recorder.
//!
//! `cargo run --example hpa` fights with the example `checkout`; `cargo run --example hpa -- --fixed` behaves.

use std::sync::Arc;

use futures::StreamExt;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;

#[path = "../src/demo/operators/hpa.rs"]
mod hpa;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // With lines for the beginning and end of kube-runtime's spans, `kuberewind record` knows each reconcile exactly.
    // `RUST_LOG=off` leaves them out.
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
