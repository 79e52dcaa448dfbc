//! Where a scenario plays: a cluster in memory, a network with latency, a recorder, a clock.

use std::future::Future;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::Arc;

use kube::Client;
use tower::ServiceBuilder;

use kuberewind_cluster::ClusterService;
use kuberewind_model::{Clock, Duration, Timestamp};
use kuberewind_recorder::Recorder;

use super::network::{Latency, Network};

/// What one actor does, for as long as the scenario runs.
pub type Act = Pin<Box<dyn Future<Output = ()>>>;

/// Where a scenario plays.
pub struct Stage {
    server: ClusterService,
    latency: Latency,
    watch_lag: RangeInclusive<u64>,
    recorder: Recorder,
    clock: Arc<dyn Clock>,
}

impl Stage {
    /// Sets it up.
    pub(super) fn new(
        server: ClusterService,
        seed: u64,
        watch_lag: RangeInclusive<u64>,
        recorder: Recorder,
        clock: Arc<dyn Clock>,
    ) -> Stage {
        Stage { server, latency: Latency::seeded(seed), watch_lag, recorder, clock }
    }

    /// A client whose calls are recorded as this actor's.
    #[must_use]
    pub fn client(&self, actor: &str) -> Client {
        self.client_behind(actor, 0)
    }

    /// The same, of an API server whose watch cache is late by so many changes.
    #[must_use]
    pub fn client_behind(&self, actor: &str, changes: u64) -> Client {
        let network = self.network(self.server.behind(changes));
        Client::new(ServiceBuilder::new().layer(self.recorder.layer(actor)).service(network), "default")
    }

    /// A client whose calls nobody records: of somebody outside, of whom the recording shows only what came of them.
    #[must_use]
    pub fn unrecorded_client(&self) -> Client {
        Client::new(self.network(self.server.clone()), "default")
    }

    fn network(&self, server: ClusterService) -> Network<ClusterService> {
        Network::new(server, self.latency.clone(), self.watch_lag.clone())
    }

    /// What records.
    #[must_use]
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Ends the play.
    pub(super) fn into_recorder(self) -> Recorder {
        self.recorder
    }

    /// What tells the time.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }
}

/// Tokio's clock, which stands still while anybody works and jumps to the next timer when nobody does.
#[derive(Debug)]
pub(super) struct SimulatedClock {
    start: Timestamp,
    origin: tokio::time::Instant,
}

impl SimulatedClock {
    /// Begins now at `start`. Must be made on the runtime whose time it tells.
    pub(super) fn at(start: Timestamp) -> SimulatedClock {
        SimulatedClock { start, origin: tokio::time::Instant::now() }
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        self.start.plus(Duration::from_std(self.origin.elapsed()))
    }
}
