//! The demo's operator `backup-operator/backup` as a program: kube-rs without a recorder.
//!
//! `cargo run --example backup` has a bug: it writes without end. With `-- --fixed` it does not.

use std::sync::Arc;

use futures::StreamExt;
use kuberewind_model::{Clock, SystemClock};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;

#[path = "../crates/demo/src/operators/backup.rs"]
mod backup;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let events = FmtSpan::NEW | FmtSpan::CLOSE;
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_span_events(events).init();
    let fixed = std::env::args().skip(1).any(|argument| argument == "--fixed");
    let client = kube::Client::try_default().await?;
    let clock = SystemClock::start();
    let context = Arc::new(backup::Context { client: client.clone(), now: Arc::new(move || clock.now().rfc3339(3)), fixed });
    backup::controller(&client)
        .shutdown_on_signal()
        .run(backup::reconcile, backup::error_policy, context)
        .for_each(|_| std::future::ready(()))
        .await;
    Ok(())
}
