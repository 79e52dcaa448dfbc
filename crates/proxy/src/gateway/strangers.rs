//! Connections that have not shown a valid token yet. They are few: each new one closes the oldest, so that strangers who connect and
//! wait cannot keep the operator out.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

/// Connections without a valid token at the same time, if there may be many connections.
const MAX: usize = 256;
/// They may take this part of the connections.
const PART: usize = 2;

type Waiting = VecDeque<(u64, oneshot::Sender<()>)>;

/// The connections without a valid token.
pub struct Strangers {
    max: usize,
    waiting: Mutex<Waiting>,
}

/// A connection's place among the strangers. It leaves it when admitted or dropped.
pub struct Admission {
    strangers: Arc<Strangers>,
    number: u64,
}

impl Strangers {
    /// The strangers of a process that may have so many connections.
    pub fn new(connections: usize) -> Strangers {
        Strangers { max: (connections / PART).clamp(1, MAX), waiting: Mutex::default() }
    }

    /// Adds a connection. The receiver gets a message when the connection must be closed.
    pub fn enter(self: &Arc<Strangers>, number: u64) -> (Admission, oneshot::Receiver<()>) {
        let (close, closed) = oneshot::channel();
        let mut waiting = self.lock();
        waiting.push_back((number, close));
        if waiting.len() > self.max {
            close_oldest(&mut waiting);
        }
        (Admission { strangers: self.clone(), number }, closed)
    }

    /// Closes the oldest connection, because the process cannot open another file.
    pub fn make_room(&self) {
        close_oldest(&mut self.lock());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn close_oldest(waiting: &mut Waiting) {
    if let Some((_, oldest)) = waiting.pop_front() {
        // Its task may have ended already.
        oldest.send(()).ok();
    }
}

impl Admission {
    /// The connection is no stranger any more.
    pub fn admit(&self) {
        let mut waiting = self.strangers.lock();
        // Numbers rise.
        if let Ok(at) = waiting.binary_search_by_key(&self.number, |(number, _)| *number) {
            waiting.remove(at);
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.admit();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{MAX, Strangers};

    #[test]
    fn the_oldest_stranger_makes_room_and_the_admitted_stay() {
        let strangers = Arc::new(Strangers::new(100_000));
        let mut entered: Vec<_> = (0..MAX as u64).map(|number| strangers.enter(number)).collect();
        entered[0].0.admit();
        let next: Vec<_> = (0..2).map(|number| strangers.enter(MAX as u64 + number)).collect();
        assert!(entered[1].1.try_recv().is_ok(), "the oldest that was not admitted is closed");
        assert!(entered[2].1.try_recv().is_err() && entered[0].1.try_recv().is_err());
        drop((entered, next));
        assert!(strangers.lock().is_empty());
    }

    #[test]
    fn few_connections_leave_room_for_few_strangers() {
        let strangers = Arc::new(Strangers::new(32));
        let mut entered: Vec<_> = (0..17).map(|number| strangers.enter(number)).collect();
        assert!(entered[0].1.try_recv().is_ok() && entered[1].1.try_recv().is_err());
        strangers.make_room();
        assert!(entered[1].1.try_recv().is_ok() && entered[2].1.try_recv().is_err());
    }
}
