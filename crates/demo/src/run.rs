//! Runs a scenario and records it.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use futures::future::join_all;
use tokio::runtime::Builder;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;

use super::clock::SimulatedClock;
use super::environment::Environment;
use super::scenario::Scenario;
use kuberewind_cluster::{Cluster, ClusterOptions};
use kuberewind_file::{NewSession, SessionWriter};
use kuberewind_model::{Clock, ClockKind, Error, ErrorKind, Result, SystemClock, Timestamp};
use kuberewind_recorder::{Recorder, Stats};

/// The seed of delays, uids and generated names.
const SEED: u64 = 0x006b_7562_6572_6577;

/// The name of the cluster in recordings of the demo.
pub const CLUSTER: &str = "kuberewind demo";

/// The speed of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// In simulated time from this start, as fast as the machine can. Runs are the same, except where two objects of a controller wait at
    /// once: kube-runtime takes them in random order.
    Simulated(Timestamp),
    /// In real time, until `stop` completes.
    Live,
}

#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// The file of the recording.
    pub output: PathBuf,
    pub pace: Pace,
    /// The id of the recording: 128 random bits.
    pub recording_id: u128,
}

/// Runs a scenario on a runtime with one thread. A live scenario ends when `stop` completes, a simulated one after its duration.
///
/// # Errors
/// If the recording cannot be written.
pub fn run(scenario: &Scenario, options: &DemoOptions, stop: impl Future<Output = ()>) -> Result<Stats> {
    let mut builder = Builder::new_current_thread();
    builder.enable_all();
    if matches!(options.pace, Pace::Simulated(_)) {
        builder.start_paused(true);
    }
    let runtime =
        builder.build().map_err(|error| Error::new(ErrorKind::Io, "cannot start the runtime of the demo").because(error))?;
    runtime.block_on(run_scenario(scenario, options, stop))
}

async fn run_scenario(scenario: &Scenario, options: &DemoOptions, stop: impl Future<Output = ()>) -> Result<Stats> {
    let (clock, kind): (Arc<dyn Clock>, _) = match options.pace {
        Pace::Simulated(start) => (Arc::new(SimulatedClock::new(start)), ClockKind::Simulated),
        Pace::Live => (Arc::new(SystemClock::start()), ClockKind::Wall),
    };
    let cluster = Cluster::new(ClusterOptions::new(clock.clone(), SEED));
    for object in (scenario.objects)() {
        cluster.put(object)?;
    }
    let mut session = NewSession::new(scenario.name, clock.now(), options.recording_id);
    session.clock = kind;
    session.cluster = CLUSTER.to_owned();
    let writer = SessionWriter::begin(&options.output, session)?;
    let recorder = Recorder::to_sink(Box::new(writer)).process("").clock(clock.clone()).start()?;
    // The spans of kube-runtime contain the reason of a reconcile; the events of the operators become log lines. The subscriber
    // is local to this thread, the only one of the scenario.
    let logs = recorder.log_layer().with_filter(LevelFilter::INFO);
    let subscriber = tracing::subscriber::set_default(Registry::default().with(recorder.tracing_layer()).with(logs));
    let environment = Environment::new(cluster.service(), SEED, scenario.watch_lag.clone(), recorder, clock);
    let actors = join_all((scenario.actors)(&environment));
    // `biased`: two timers may be due at once, and a random choice would make two runs differ.
    tokio::select! {
        biased;
        _ = actors => {}
        () = tokio::time::sleep(scenario.duration), if options.pace != Pace::Live => {}
        () = stop, if options.pace == Pace::Live => {}
    }
    drop(subscriber);
    environment.into_recorder().finish().await
}
