//! The server of the cursor's moment. It has its own thread, because its moves read the recording.

use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use kuberewind_model::Moment;

use super::super::moment_server::{MomentServer, MomentServers, ServerClients, ServerNews, ServerRequest};
use super::super::pace::Pace;
use super::super::update::Msg;
use super::events::LoopEvent;

/// How often the clients are looked at.
const LOOK: Duration = Duration::from_millis(250);

/// The servers that the debugger has started. All but the last one are ending.
#[derive(Default)]
pub(super) struct Servers(Vec<ServerThread>);

struct ServerThread {
    orders: Arc<Orders>,
    thread: JoinHandle<()>,
}

/// A request of the loop to the thread.
#[derive(Default)]
struct Orders {
    wanted: Mutex<Wanted>,
    changed: Condvar,
}

#[derive(Default)]
struct Wanted {
    pace: Pace,
    ends: bool,
}

impl Orders {
    fn lock(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Wanted)) {
        change(&mut self.lock());
        self.changed.notify_one();
    }

    /// Waits for a move that is due, for the end, or for the next look at the clients.
    fn next(&self) -> Order {
        let until = Instant::now() + LOOK;
        let mut wanted = self.lock();
        loop {
            let now = Instant::now();
            if wanted.ends {
                return Order::End;
            }
            if let Some(to) = wanted.pace.due(now) {
                return Order::Move(to);
            }
            if now >= until {
                return Order::Look;
            }
            let rest = until.saturating_duration_since(now);
            let wait = wanted.pace.wait(now).map_or(rest, |wait| wait.min(rest));
            (wanted, _) = self.changed.wait_timeout(wanted, wait).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

enum Order {
    Move(Moment),
    Look,
    End,
}

impl Servers {
    /// Carries out a request. Its news are sent to the loop.
    ///
    /// # Errors
    /// If the thread cannot be started.
    pub(super) fn take(
        &mut self,
        request: ServerRequest,
        servers: &Arc<dyn MomentServers>,
        sender: &SyncSender<LoopEvent>,
    ) -> std::io::Result<()> {
        match request {
            ServerRequest::Start { no, session, at } => {
                self.0.retain(|server| !server.thread.is_finished());
                let orders = Arc::new(Orders::default());
                let (taken, servers, sender) = (orders.clone(), servers.clone(), sender.clone());
                let thread = thread::Builder::new().name("kuberewind-server".to_owned()).spawn(move || {
                    let news = |news| sender.send(LoopEvent::Message(Msg::Server(no, news))).is_ok();
                    match servers.start(&session, at) {
                        Ok(server) => run(&*server, &taken, &news),
                        // Sending fails only after the loop has ended.
                        Err(error) => drop(news(ServerNews::Failed(error.chain()))),
                    }
                })?;
                self.0.push(ServerThread { orders, thread });
            }
            ServerRequest::Move(at) => {
                if let Some(server) = self.0.last() {
                    server.orders.change(|wanted| wanted.pace.wish(at));
                }
            }
            ServerRequest::Stop => self.0.iter().for_each(|server| server.orders.change(|wanted| wanted.ends = true)),
        }
        Ok(())
    }

    /// Ends all servers and waits for them. Their news must not be waiting for the loop any more.
    pub(super) fn end(self) {
        for server in &self.0 {
            server.orders.change(|wanted| wanted.ends = true);
        }
        for server in self.0 {
            // A panic in the thread was already reported.
            let _panicked = server.thread.join();
        }
    }
}

/// Moves the server until the end, and reports its clients.
fn run(server: &dyn MomentServer, orders: &Orders, news: &dyn Fn(ServerNews) -> bool) {
    let mut known = ServerClients::default();
    let mut goes_on = news(ServerNews::Started { kubeconfig: server.kubeconfig() });
    while goes_on {
        match orders.next() {
            Order::End => return,
            Order::Move(to) => {
                if let Err(error) = server.move_to(to) {
                    news(ServerNews::Failed(error.chain()));
                    return;
                }
            }
            Order::Look => {
                let clients = server.clients();
                if clients != known {
                    known = clients.clone();
                    goes_on = news(ServerNews::Clients(clients));
                }
            }
        }
    }
}
