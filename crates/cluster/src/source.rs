//! The port to objects that are stored elsewhere, such as those of a recording.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch::Receiver;

use super::change::Change;
use super::name::Name;
use super::registry::Registry;
use super::resource_type::TableKey;
use super::version::Version;
use kuberewind_model::Timestamp;
use kuberewind_model::k8s::status::Status;

/// The start of a watch: a revision, and the objects at it.
pub type Objects = (u64, Vec<(Name, Arc<Version>)>);

/// The states of objects, by name.
pub type States<S> = Vec<(Name, S)>;

/// The input of watches: objects, and a bounded log of their changes.
#[allow(clippy::missing_errors_doc)] // each status is the answer to the client
pub trait Feed: Send + Sync + 'static {
    /// The time from which ages count.
    fn now(&self) -> Timestamp;

    /// The revision of the newest change.
    fn revision(&self) -> u64;

    /// A receiver of the revision of the newest change.
    fn subscribe(&self) -> Receiver<u64>;

    /// The interval of bookmarks on a quiet watch.
    fn bookmark_every(&self) -> Duration;

    /// The last revision, and the objects of a kind in a namespace ('' for all) at it, by name.
    fn all(&self, table: &TableKey, namespace: &str) -> Result<Objects, Status>;

    /// Reads up to `limit` changes of all kinds after a revision, oldest first. Returns the revision up to which it read, and the
    /// changes of one kind. 410 if changes after the revision are no longer kept.
    fn changes_after(&self, revision: u64, table: &TableKey, limit: usize) -> Result<(u64, Vec<Arc<Change>>), Status>;
}

/// The objects that [`source_api::answer`](super::source_api::answer) serves.
#[allow(clippy::missing_errors_doc)] // each status is the answer to the client
pub trait Source: Feed {
    /// Which state of an object it is, for [`Source::load`].
    type State: Clone + Send;

    /// The kinds.
    fn registry(&self) -> Arc<Registry>;

    /// The document at `/version`; `None` for that of this server.
    fn version(&self) -> Option<Value>;

    /// An object, or the refusal that says why there is none.
    fn get(&self, table: &TableKey, name: &Name) -> Result<Arc<Version>, Status>;

    /// The objects of a kind in a namespace ('' for all) at a revision, by name. `None` if the revision is too old.
    fn states_at(&self, table: &TableKey, namespace: &str, revision: u64) -> Result<Option<States<Self::State>>, Status>;

    /// The objects in these states, in the same order.
    fn load(&self, table: &TableKey, states: &[(Name, Self::State)]) -> Result<Vec<Arc<Version>>, Status>;

    /// The refusal of what needs running containers: logs, commands, connections.
    fn without_kubelet(&self) -> Status;
}
