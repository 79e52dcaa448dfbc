//! The desks at which slow questions are answered: threads that begin with their first question.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use crate::tui::protocol::{Reply, Request, SlowRequest, SlowWorker, Target};
use kuberewind_model::SessionNo;

use super::Worker;
use super::error_text::error_text;
use super::location::RecordingLocation;
use super::mailbox::{Mailbox, Next};

type SendReply = Arc<dyn Fn(Reply) + Send + Sync>;

/// The threads and their mailboxes.
pub struct WorkerPool {
    location: Option<RecordingLocation>,
    send: SendReply,
    open: BTreeMap<SlowWorker, (Arc<Mailbox>, JoinHandle<()>)>,
}

impl Default for WorkerPool {
    /// Without a recording, and without anybody who listens.
    fn default() -> WorkerPool {
        WorkerPool::new(None, Arc::new(|_| {}))
    }
}

impl WorkerPool {
    /// None yet. `send` receives the answers.
    #[must_use]
    pub fn new(location: Option<RecordingLocation>, send: SendReply) -> WorkerPool {
        WorkerPool { location, send, open: BTreeMap::new() }
    }

    /// Leaves a question at its desk.
    pub fn put(&mut self, session: SessionNo, request: SlowRequest) {
        let worker = request.worker();
        if !self.open.contains_key(&worker) {
            let Some(location) = self.location.clone() else {
                // Only what a person asked for in so many words is answered by a refusal.
                if worker == SlowWorker::Sql {
                    (self.send)(Reply::Failed("the recording cannot be read a second time".to_owned()));
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
                        reply.into_iter().for_each(&*send);
                    }
                    Next::Closed => return,
                    _ => {}
                }
            }
        })
    }

    /// Stops the query that is being answered.
    pub fn stop_query(&self) {
        if let Some((mailbox, _)) = self.open.get(&SlowWorker::Sql) {
            mailbox.stop(Target::Query);
        }
    }

    /// Ends them: what runs is broken off.
    pub fn close(self) {
        for (mailbox, _) in self.open.values() {
            mailbox.close();
        }
        for (_, thread) in self.open.into_values() {
            // A thread that panicked has said so; there is nothing more to do about it here.
            let _said = thread.join();
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

    fn ask(desks: &mut WorkerPool, query: &str, generation: u64) {
        desks.put(SessionNo(0), Beside::Sql { query: query.into(), generation });
    }

    /// Until the query has left the mailbox: it is being answered from then on.
    fn is_taken(desks: &WorkerPool) {
        while desks.open.get(&SlowWorker::Sql).is_some_and(|(mailbox, _)| mailbox.is_unwanted(Target::Query)) {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_query_ends_when_it_is_stopped_when_a_newer_one_comes_and_when_all_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.db");
        SessionWriter::begin(&path, NewSession::new("s", Timestamp(1), 7)).unwrap().finish().unwrap();
        let (tell, answers) = channel();
        let location = RecordingLocation { path, options: OpenOptions::default() };
        let mut desks = WorkerPool::new(Some(location), Arc::new(move |answer| drop(tell.send(answer))));
        let reply = || match answers.recv().unwrap() {
            Reply::Sql { generation, doc } => {
                (generation, doc.lines.first().map(|line| line.line.text.clone()).unwrap_or_default())
            }
            other => panic!("{other:?}"),
        };
        let stopped = |generation: u64| (generation, "the query was stopped".to_owned());
        ask(&mut desks, ENDLESS, 1);
        is_taken(&workers);
        desks.stop_query();
        assert_eq!(answer(), stopped(1));
        ask(&mut desks, ENDLESS, 2);
        is_taken(&workers);
        ask(&mut desks, "SELECT 41 + 1 AS answer", 3);
        assert_eq!((answer(), answer()), (stopped(2), (3, "answer".to_owned())));
        ask(&mut desks, ENDLESS, 4);
        is_taken(&workers);
        desks.close();
        assert_eq!(answer(), stopped(4));
    }
}
