//! The environment of a scenario: an in-memory cluster, a network with latency, a recorder and a clock.

use std::future::Future;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::Arc;

use kube::Client;
use tower::ServiceBuilder;

use kuberewind_cluster::ClusterService;
use kuberewind_model::Clock;
use kuberewind_recorder::Recorder;

use super::network::{Latency, Network};

/// The work of one actor, for the duration of the scenario.
pub type ActorTask = Pin<Box<dyn Future<Output = ()>>>;

/// The environment of a running scenario.
pub struct Environment {
    server: ClusterService,
    latency: Latency,
    watch_lag: RangeInclusive<u64>,
    recorder: Recorder,
    clock: Arc<dyn Clock>,
}

impl Environment {
    pub(super) fn new(
        server: ClusterService,
        seed: u64,
        watch_lag: RangeInclusive<u64>,
        recorder: Recorder,
        clock: Arc<dyn Clock>,
    ) -> Environment {
        Environment { server, latency: Latency::seeded(seed), watch_lag, recorder, clock }
    }

    /// Returns a client whose calls are recorded for `actor`.
    #[must_use]
    pub fn client(&self, actor: &str) -> Client {
        self.client_behind(actor, 0)
    }

    /// As [`Environment::client`], with an API server whose watch cache lags behind by this number of changes.
    #[must_use]
    pub fn client_behind(&self, actor: &str, changes: u64) -> Client {
        let network = self.network(self.server.behind(changes));
        Client::new(ServiceBuilder::new().layer(self.recorder.layer(actor)).service(network), "default")
    }

    /// Returns a client whose calls are not recorded. The recording shows its writes only through the watch events of other
    /// actors.
    #[must_use]
    pub fn unrecorded_client(&self) -> Client {
        Client::new(self.network(self.server.clone()), "default")
    }

    fn network(&self, server: ClusterService) -> Network<ClusterService> {
        Network::new(server, self.latency.clone(), self.watch_lag.clone())
    }

    #[must_use]
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Ends the scenario.
    pub(super) fn into_recorder(self) -> Recorder {
        self.recorder
    }

    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }
}
