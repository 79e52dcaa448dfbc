use kuberewind_model::Moment;

use crate::moment_server::{ServerClients, ServerNo};

/// The API server that follows the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub no: ServerNo,
    /// The session that it serves.
    pub session: String,
    /// The moment that it was sent to last.
    pub at: Moment,
    /// The path of its kubeconfig; `None` until it listens.
    pub kubeconfig: Option<String>,
    pub clients: ServerClients,
}
