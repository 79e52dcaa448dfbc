//! The worker threads for slow requests. Each starts with its first request.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use crate::protocol::{Reply, Request, SlowRequest, SlowWorker, Target};
use kuberewind_model::SessionNo;

use super::Worker;
use super::error_text::error_text;
use super::location::RecordingLocation;
use super::mailbox::{Mailbox, Next};

type SendReply = Arc<dyn Fn(Reply) + Send + Sync>;

pub struct WorkerPool {
    location: Option<RecordingLocation>,
    send: SendReply,
    open: BTreeMap<SlowWorker, (Arc<Mailbox>, JoinHandle<()>)>,
}

impl Default for WorkerPool {
    /// A pool without a recording and without a receiver.
    fn default() -> WorkerPool {
        WorkerPool::new(None, Arc::new(|_| {}))
    }
}

impl WorkerPool {
    /// Creates a pool without threads. `send` receives the replies.
    #[must_use]
    pub fn new(location: Option<RecordingLocation>, send: SendReply) -> WorkerPool {
        WorkerPool { location, send, open: BTreeMap::new() }
    }

    /// Stores a request for its worker.
    pub fn put(&mut self, session: SessionNo, request: SlowRequest) {
        let worker = request.worker();
        // A thread that could not open the recording has ended. The recording may be there again.
        self.open.retain(|_, (_, thread)| !thread.is_finished());
        if !self.open.contains_key(&worker) {
            let Some(location) = self.location.clone() else {
                // Only an explicit request of the user gets an error.
                if worker == SlowWorker::Sql {
                    (self.send)(Reply::Failed("the recording cannot be opened a second time".to_owned()));
                }
                return;
            };
            let mailbox = Arc::new(Mailbox::default());
            match self.begin(worker, location, mailbox.clone()) {
                Ok(thread) => drop(self.open.insert(worker, (mailbox, thread))),
                Err(error) => return (self.send)(Reply::Failed(format!("cannot start a thread: {error}"))),
            }
        }
        if let Some((mailbox, _)) = self.open.get(&worker) {
            mailbox.put(Request::Slow(session, request));
        }
    }

    fn begin(&self, worker: SlowWorker, location: RecordingLocation, mailbox: Arc<Mailbox>) -> std::io::Result<JoinHandle<()>> {
        let send = self.send.clone();
        // What changed in a row is no answer to a key: without it, the row shows what it can.
        let is_asked_for = worker != SlowWorker::Rows;
        let send = move |reply: Reply| {
            if is_asked_for || !matches!(reply, Reply::Failed(_)) {
                send(reply);
            }
        };
        Builder::new().name(format!("kuberewind-{worker:?}").to_lowercase()).spawn(move || {
            let mut worker = match Worker::open(&location) {
                Ok(worker) => worker,
                Err(error) => return send(Reply::Failed(error_text(&error))),
            };
            let wanted = mailbox.clone();
            worker.stop_when(Arc::new(move || wanted.is_unwanted(Target::Query)));
            loop {
                match mailbox.next(false) {
                    Next::Handle(Request::Slow(session, request)) => {
                        let reply = match worker.follow(session) {
                            Ok(()) => worker.handle(Request::Slow(session, request)),
                            Err(error) => Some(Reply::Failed(error_text(&error))),
                        };
                        reply.into_iter().for_each(&send);
                    }
                    Next::Closed => return,
                    _ => {}
                }
            }
        })
    }

    /// Stops the running query.
    pub fn stop_query(&self) {
        if let Some((mailbox, _)) = self.open.get(&SlowWorker::Sql) {
            mailbox.stop(Target::Query);
        }
    }

    /// Cancels all requests and ends the threads.
    pub fn close(self) {
        for (mailbox, _) in self.open.values() {
            mailbox.close();
        }
        for (_, thread) in self.open.into_values() {
            // A panic in the thread was already reported.
            let _panicked = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use kuberewind_file::{NewSession, OpenOptions, SessionWriter};
    use kuberewind_model::Timestamp;

    const ENDLESS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

    fn send_query(pool: &mut WorkerPool, query: &str, generation: u64) {
        pool.put(SessionNo(0), SlowRequest::Sql { query: query.into(), generation });
    }

    /// Waits until the worker has taken the query from the mailbox.
    fn wait_until_taken(pool: &WorkerPool) {
        while pool.open.get(&SlowWorker::Sql).is_some_and(|(mailbox, _)| mailbox.is_unwanted(Target::Query)) {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_query_ends_when_it_is_stopped_replaced_or_the_pool_closes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.db");
        SessionWriter::begin(&path, NewSession::new("s", Timestamp(1), 7)).unwrap().finish().unwrap();
        let (send, replies) = channel();
        let location = RecordingLocation { path, options: OpenOptions::default() };
        let mut pool = WorkerPool::new(Some(location), Arc::new(move |reply| drop(send.send(reply))));
        let reply = || match replies.recv().unwrap() {
            Reply::Sql { generation, doc } => {
                (generation, doc.lines.first().map(|line| line.line.text.clone()).unwrap_or_default())
            }
            other => panic!("{other:?}"),
        };
        let stopped = |generation: u64| (generation, "the query was stopped".to_owned());
        send_query(&mut pool, ENDLESS, 1);
        wait_until_taken(&pool);
        pool.stop_query();
        assert_eq!(reply(), stopped(1));
        send_query(&mut pool, ENDLESS, 2);
        wait_until_taken(&pool);
        send_query(&mut pool, "SELECT 41 + 1 AS answer", 3);
        assert_eq!((reply(), reply()), (stopped(2), (3, "answer".to_owned())));
        send_query(&mut pool, ENDLESS, 4);
        wait_until_taken(&pool);
        pool.close();
        assert_eq!(reply(), stopped(4));
    }
}
