//! Looks up programs on a background task.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::recorded_program::RecordedProgram;
use super::search;
use kuberewind_capture::PendingActor;

/// Starts the lookups of programs.
#[derive(Debug)]
pub struct ClientPrograms {
    root: Option<Arc<RecordedProgram>>,
    /// One lookup at a time: many connections must not occupy all processors.
    turn: Arc<Semaphore>,
}

impl ClientPrograms {
    /// Finds the clients among `root` and its descendants; none without a root.
    #[must_use]
    pub fn new(recorded: Option<RecordedProgram>) -> ClientPrograms {
        ClientPrograms { root: recorded.map(Arc::new), turn: Arc::new(Semaphore::new(1)) }
    }

    /// Starts to find the program that connected from `client` to `proxy`. `None` if it cannot be found.
    #[must_use]
    pub fn lookup(&self, client: SocketAddr, proxy: SocketAddr) -> Option<Arc<PendingActor>> {
        let is_local = cfg!(target_os = "linux") && client.ip().to_canonical().is_loopback();
        let programs = ClientPrograms { root: self.root.clone().filter(|_| is_local), turn: self.turn.clone() };
        programs.root.as_ref()?;
        let late = Arc::new(PendingActor::default());
        let name = late.clone();
        tokio::spawn(async move { name.resolve(programs.program(client, proxy).await) });
        Some(late)
    }

    /// Finds the program that connected from `client` to `proxy`.
    pub async fn program(&self, client: SocketAddr, proxy: SocketAddr) -> Option<Arc<str>> {
        let recorded = self.root.clone()?;
        let _turn = self.turn.acquire().await;
        // A lookup that panicked found nothing.
        tokio::task::spawn_blocking(move || search::program(&recorded, client, proxy)).await.unwrap_or_default()
    }
}
