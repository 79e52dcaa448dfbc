//! Looks up programs on a background task.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::process_names::ProcessNames;
use super::recorded_program::RecordedProgram;
use super::search;
use kuberewind_capture::ProcessLookup;

/// Starts the lookups of programs.
#[derive(Debug)]
pub struct ClientPrograms {
    root: Option<Arc<RecordedProgram>>,
    /// One lookup at a time: many connections must not occupy all processors.
    turn: Arc<Semaphore>,
    names: Arc<Mutex<ProcessNames>>,
}

impl ClientPrograms {
    /// Finds the clients among `root` and its descendants; none without a root.
    #[must_use]
    pub fn new(recorded: Option<RecordedProgram>) -> ClientPrograms {
        ClientPrograms { root: recorded.map(Arc::new), turn: Arc::new(Semaphore::new(1)), names: Arc::default() }
    }

    /// Starts to find the process that connected from `client` to `proxy`. `name` is its program by the first call. `None` if it
    /// cannot be found.
    #[must_use]
    pub fn lookup(&self, client: SocketAddr, proxy: SocketAddr, name: Option<Arc<str>>) -> Option<Arc<ProcessLookup>> {
        let is_local = cfg!(target_os = "linux") && client.ip().to_canonical().is_loopback();
        let root = self.root.clone().filter(|_| is_local)?;
        let programs = ClientPrograms { root: Some(root), turn: self.turn.clone(), names: self.names.clone() };
        let late = Arc::new(ProcessLookup::default());
        let found = late.clone();
        tokio::spawn(async move { found.resolve(programs.program(client, proxy, name).await) });
        Some(late)
    }

    /// Finds the process that connected from `client` to `proxy`, and names it.
    pub async fn program(&self, client: SocketAddr, proxy: SocketAddr, name: Option<Arc<str>>) -> Option<Arc<str>> {
        let (recorded, names) = (self.root.clone()?, self.names.clone());
        let _turn = self.turn.acquire().await;
        let find = move || {
            let process = search::process(&recorded, client, proxy)?;
            let mut names = names.lock().unwrap_or_else(PoisonError::into_inner);
            Some(names.name(process, name, search::is_running))
        };
        // A lookup that panicked found nothing.
        tokio::task::spawn_blocking(find).await.unwrap_or_default()
    }
}
