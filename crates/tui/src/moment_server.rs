//! The port to API servers that show a moment of the recording. The program implements it.

use kuberewind_model::{Moment, Result};

/// Starts servers.
pub trait MomentServers: Send + Sync {
    /// Starts a server of a session at a moment.
    ///
    /// # Errors
    /// If the recording cannot be read, or the server cannot listen.
    fn start(&self, session: &str, at: Moment) -> Result<Box<dyn MomentServer>>;
}

/// A running server. Dropping it ends it.
pub trait MomentServer {
    /// The path of its kubeconfig.
    fn kubeconfig(&self) -> String;
    /// Moves the cursor of the server.
    ///
    /// # Errors
    /// Read errors.
    fn move_to(&self, at: Moment) -> Result<()>;

    /// The clients up to now.
    fn clients(&self) -> ServerClients;
}

/// The clients of a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerClients {
    pub count: usize,
    /// The program and the request of the last call, '' if there is none: `kubectl GET /api/v1/pods`.
    pub last: String,
}

/// The number of a started server, so that news of an ended one are recognised.
pub type ServerNo = u64;

/// A request of the debugger to its server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerRequest {
    Start { no: ServerNo, session: String, at: Moment },
    Move(Moment),
    Stop,
}

/// A report of the debugger's server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerNews {
    /// It listens.
    Started {
        kubeconfig: String,
    },
    Clients(ServerClients),
    /// It failed, and has ended.
    Failed(String),
}
