//! The desks at which slow questions are answered: threads that begin with their first question.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use kuberewind_model::SessionNo;

use super::worker::{Answer, Beside, Desk, Mailbox, Next, Request, Target, Whereabouts, words};

type Tell = Arc<dyn Fn(Answer) + Send + Sync>;

/// The threads and their mailboxes.
pub struct Desks {
    whereabouts: Option<Whereabouts>,
    tell: Tell,
    open: BTreeMap<Desk, (Arc<Mailbox>, JoinHandle<()>)>,
}

impl Default for Desks {
    /// Without a recording, and without anybody who listens.
    fn default() -> Desks {
        Desks::new(None, Arc::new(|_| {}))
    }
}

impl Desks {
    /// None yet. `tell` takes the answers.
    #[must_use]
    pub fn new(whereabouts: Option<Whereabouts>, tell: Tell) -> Desks {
        Desks { whereabouts, tell, open: BTreeMap::new() }
    }

    /// Leaves a question at its desk.
    pub fn put(&mut self, session: SessionNo, question: Beside) {
        let desk = question.desk();
        if !self.open.contains_key(&desk) {
            let Some(whereabouts) = self.whereabouts.clone() else {
                // Only what a person asked for in so many words is answered by a refusal.
                if desk == Desk::Sql {
                    (self.tell)(Answer::Failed("the recording cannot be read a second time".to_owned()));
                }
                return;
            };
            let mailbox = Arc::new(Mailbox::default());
            match self.begin(desk, whereabouts, mailbox.clone()) {
                Ok(thread) => drop(self.open.insert(desk, (mailbox, thread))),
                Err(error) => return (self.tell)(Answer::Failed(format!("cannot start a thread: {error}"))),
            }
        }
        if let Some((mailbox, _)) = self.open.get(&desk) {
            mailbox.put(Request::Beside(session, question));
        }
    }

    fn begin(&self, desk: Desk, whereabouts: Whereabouts, mailbox: Arc<Mailbox>) -> std::io::Result<JoinHandle<()>> {
        let tell = self.tell.clone();
        Builder::new().name(format!("kuberewind-{desk:?}").to_lowercase()).spawn(move || {
            let mut worker = match whereabouts.open() {
                Ok(worker) => worker,
                Err(error) => return tell(Answer::Failed(words(&error))),
            };
            let wanted = mailbox.clone();
            worker.until(Arc::new(move || wanted.is_unwanted(Target::Query)));
            loop {
                match mailbox.next(false) {
                    Next::Answer(Request::Beside(session, question)) => {
                        let answer = match worker.follow(session) {
                            Ok(()) => worker.answer(Request::Beside(session, question)),
                            Err(error) => Some(Answer::Failed(words(&error))),
                        };
                        answer.into_iter().for_each(&*tell);
                    }
                    Next::Closed => return,
                    _ => {}
                }
            }
        })
    }

    /// Stops the query that is being answered.
    pub fn stop_query(&self) {
        if let Some((mailbox, _)) = self.open.get(&Desk::Sql) {
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

    fn ask(desks: &mut Desks, query: &str, generation: u64) {
        desks.put(SessionNo(0), Beside::Sql { query: query.into(), generation });
    }

    /// Until the query has left the mailbox: it is being answered from then on.
    fn is_taken(desks: &Desks) {
        while desks.open.get(&Desk::Sql).is_some_and(|(mailbox, _)| mailbox.is_unwanted(Target::Query)) {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_query_ends_when_it_is_stopped_when_a_newer_one_comes_and_when_all_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.db");
        SessionWriter::begin(&path, NewSession::new("s", Timestamp(1), 7)).unwrap().finish().unwrap();
        let (tell, answers) = channel();
        let whereabouts = Whereabouts { path, options: OpenOptions::default() };
        let mut desks = Desks::new(Some(whereabouts), Arc::new(move |answer| drop(tell.send(answer))));
        let answer = || match answers.recv().unwrap() {
            Answer::Sql { generation, doc } => {
                (generation, doc.lines.first().map(|line| line.line.text.clone()).unwrap_or_default())
            }
            other => panic!("{other:?}"),
        };
        let stopped = |generation: u64| (generation, "the query was stopped".to_owned());
        ask(&mut desks, ENDLESS, 1);
        is_taken(&desks);
        desks.stop_query();
        assert_eq!(answer(), stopped(1));
        ask(&mut desks, ENDLESS, 2);
        is_taken(&desks);
        ask(&mut desks, "SELECT 41 + 1 AS answer", 3);
        assert_eq!((answer(), answer()), (stopped(2), (3, "answer".to_owned())));
        ask(&mut desks, ENDLESS, 4);
        is_taken(&desks);
        desks.close();
        assert_eq!(answer(), stopped(4));
    }
}
