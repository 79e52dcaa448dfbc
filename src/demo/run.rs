//! Plays a scenario and records it.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use futures::future::join_all;
use tokio::runtime::Builder;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;

use super::scenario::Scenario;
use super::stage::{SimulatedClock, Stage};
use kuberewind_cluster::{Cluster, ClusterOptions};
use kuberewind_file::{NewSession, SessionWriter};
use kuberewind_model::{Clock, ClockKind, Error, ErrorKind, Result, SystemClock, Timestamp};
use kuberewind_recorder::{Recorder, Stats};

/// Where latencies, uids and names come from. Two runs have the same.
const SEED: u64 = 0x006b_7562_6572_6577;

/// The cluster's name in recordings of the demo.
pub const CLUSTER: &str = "kuberewind demo";

/// How fast a scenario plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// In simulated time that begins here: as fast as the machine can, and the same each time.
    Simulated(Timestamp),
    /// In real time, until it is stopped.
    Live,
}

/// What to play, and where to.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// Where the recording goes.
    pub output: PathBuf,
    /// How fast.
    pub pace: Pace,
    /// The recording's id: 128 random bits.
    pub recording_id: u128,
}

/// Plays a scenario on a runtime of one thread. A live one ends when `stop` does, a simulated one after its own time.
///
/// # Errors
/// Where the recording cannot be written.
pub fn run(scenario: &Scenario, options: &DemoOptions, stop: impl Future<Output = ()>) -> Result<Stats> {
    let mut builder = Builder::new_current_thread();
    builder.enable_all();
    if matches!(options.pace, Pace::Simulated(_)) {
        builder.start_paused(true);
    }
    let runtime =
        builder.build().map_err(|error| Error::new(ErrorKind::Io, "the demo's runtime could not be started").because(error))?;
    runtime.block_on(play(scenario, options, stop))
}

async fn play(scenario: &Scenario, options: &DemoOptions, stop: impl Future<Output = ()>) -> Result<Stats> {
    let (clock, kind): (Arc<dyn Clock>, _) = match options.pace {
        Pace::Simulated(start) => (Arc::new(SimulatedClock::at(start)), ClockKind::Simulated),
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
    // kube-runtime says in its spans why a reconcile runs, the operators say what they do; both are listened to on this
    // thread, the only one of the play.
    let said = recorder.log_layer().with_filter(LevelFilter::INFO);
    let listening = tracing::subscriber::set_default(Registry::default().with(recorder.tracing_layer()).with(said));
    let stage = Stage::new(cluster.service(), SEED, scenario.watch_lag.clone(), recorder, clock);
    let acts = join_all((scenario.acts)(&stage));
    // In this order, not in a random one: two timers may be due at once.
    tokio::select! {
        biased;
        _ = acts => {}
        () = tokio::time::sleep(scenario.lasts), if options.pace != Pace::Live => {}
        () = stop, if options.pace == Pace::Live => {}
    }
    drop(listening);
    stage.into_recorder().finish().await
}
