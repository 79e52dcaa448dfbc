//! The queue of requests. Each kind of request has a slot, so that a newer request replaces a waiting one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::protocol::{Request, SlowRequest, Target};
use crate::view::DocKind;

#[derive(Default)]
struct Slots {
    /// Changes of bookmarks. They are never dropped; their number is bounded by the keys that a user can press.
    notes: VecDeque<Request>,
    cursor: Option<Request>,
    rows: Option<Request>,
    docs: BTreeMap<DocKind, Request>,
    slow: BTreeMap<u8, Request>,
    minimap: Option<Request>,
    reload: bool,
    poll: bool,
    run: Option<Request>,
    vocabulary: Option<Request>,
    objects: Option<Request>,
    preview: Option<Request>,
    scans: BTreeMap<Target, Request>,
    stops: BTreeSet<Target>,
    closed: bool,
}

/// The next task of the worker.
#[derive(Debug, PartialEq)]
pub enum Next {
    Handle(Request),
    /// Stop this scan.
    Stop(Target),
    /// No request waits: continue the running scan.
    Idle,
    Closed,
}

/// Requests on their way from the loop to the worker.
#[derive(Default)]
pub struct Mailbox {
    slots: Mutex<Slots>,
    filled: Condvar,
}

impl Mailbox {
    /// A panic of the other thread leaves the slots consistent: each is written in one step.
    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores a request.
    pub fn put(&self, request: Request) {
        let mut slots = self.slots();
        match request {
            Request::Rows { .. } => slots.rows = Some(request),
            Request::Doc { request: ref doc, .. } => drop(slots.docs.insert(doc.kind, request)),
            Request::Slow(_, ref slow) => {
                if slow.slot() == SlowRequest::SQL_SLOT {
                    slots.stops.remove(&Target::Query);
                }
                drop(slots.slow.insert(slow.slot(), request));
            }
            Request::Minimap { .. } => slots.minimap = Some(request),
            Request::Step { .. } | Request::Follow { .. } | Request::GoTo { .. } | Request::Related { .. } => {
                slots.cursor = Some(request);
            }
            Request::Run { .. } => {
                slots.stops.remove(&Target::Run);
                slots.run = Some(request);
            }
            Request::Scan(ref scan) => {
                slots.stops.remove(&scan.target);
                drop(slots.scans.insert(scan.target, request));
            }
            Request::Vocabulary => slots.vocabulary = Some(request),
            Request::Objects { .. } => slots.objects = Some(request),
            Request::Preview { .. } => slots.preview = Some(request),
            Request::Poll => slots.poll = true,
            Request::Reload => slots.reload = true,
            Request::SetBookmark(_) | Request::RemoveBookmark(_) => slots.notes.push_back(request),
        }
        drop(slots);
        self.filled.notify_one();
    }

    /// Stops a scan, a run or a query.
    pub fn stop(&self, target: Target) {
        let mut slots = self.slots();
        slots.scans.remove(&target);
        match target {
            Target::Run => slots.run = None,
            Target::Query => drop(slots.slow.remove(&SlowRequest::SQL_SLOT)),
            Target::Filter | Target::Search => {}
        }
        slots.stops.insert(target);
        drop(slots);
        self.filled.notify_one();
    }

    /// True if a long-running request is to be cancelled: it was stopped, the cursor moves, or a newer query waits.
    pub fn is_unwanted(&self, target: Target) -> bool {
        let slots = self.slots();
        let newer = target == Target::Query && slots.slow.contains_key(&SlowRequest::SQL_SLOT);
        slots.closed || newer || slots.cursor.is_some() || slots.stops.contains(&target)
    }

    /// Closes the mailbox; the worker ends.
    pub fn close(&self) {
        self.slots().closed = true;
        self.filled.notify_one();
    }

    /// The next task. Waits for one unless the worker is `busy` with a scan.
    pub fn next(&self, busy: bool) -> Next {
        let mut slots = self.slots();
        loop {
            if let Some(next) = slots.take() {
                return next;
            }
            if busy {
                return Next::Idle;
            }
            slots = self.filled.wait(slots).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Slots {
    /// Takes the most urgent request: moves of the cursor come before the data around it.
    fn take(&mut self) -> Option<Next> {
        if self.closed && self.notes.is_empty() {
            return Some(Next::Closed);
        }
        if let Some(target) = self.stops.pop_first() {
            return Some(Next::Stop(target));
        }
        if std::mem::take(&mut self.reload) {
            return Some(Next::Handle(Request::Reload));
        }
        let urgent = self.notes.pop_front().or_else(|| self.cursor.take());
        if let Some(request) = urgent.or_else(|| self.rows.take()).or_else(|| self.docs.pop_first().map(|(_, request)| request)) {
            return Some(Next::Handle(request));
        }
        let chosen = self.preview.take().or_else(|| self.vocabulary.take()).or_else(|| self.objects.take());
        if let Some(request) = chosen {
            return Some(Next::Handle(request));
        }
        if std::mem::take(&mut self.poll) {
            return Some(Next::Handle(Request::Poll));
        }
        let scan = |slots: &mut Slots| slots.scans.pop_first().map(|(_, request)| request);
        let later = self.minimap.take().or_else(|| self.slow.pop_first().map(|(_, request)| request));
        later.or_else(|| scan(self)).or_else(|| self.run.take()).map(Next::Handle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::DocRequest;
    use kuberewind_model::{Seq, SessionNo};

    #[test]
    fn a_newer_request_replaces_a_waiting_one() {
        let mailbox = Mailbox::default();
        let doc = |at| Request::Doc { request: DocRequest::plain(DocKind::Diff, Seq(at)), generation: at };
        for at in 1..100 {
            mailbox.put(doc(at));
            mailbox.put(Request::Rows { seqs: vec![Seq(at)], logs: false });
        }
        let mut asked = Vec::new();
        while let Next::Handle(request) = mailbox.next(true) {
            asked.push(request);
        }
        assert_eq!(asked, [Request::Rows { seqs: vec![Seq(99)], logs: false }, doc(99)]);
    }

    #[test]
    fn a_query_is_cancelled_by_stop_by_a_newer_query_and_by_close() {
        let mailbox = Mailbox::default();
        let query = |generation| Request::Slow(SessionNo(0), SlowRequest::Sql { query: "SELECT 1".into(), generation });
        mailbox.put(query(1));
        assert_eq!(mailbox.next(false), Next::Handle(query(1)));
        assert!(!mailbox.is_unwanted(Target::Query), "the query is running");
        mailbox.put(query(2));
        assert!(mailbox.is_unwanted(Target::Query));
        assert_eq!(mailbox.next(false), Next::Handle(query(2)));
        mailbox.stop(Target::Query);
        assert!(mailbox.is_unwanted(Target::Query));
        mailbox.put(query(3));
        assert_eq!(mailbox.next(false), Next::Handle(query(3)), "a stop does not affect later queries");
        assert!(!mailbox.is_unwanted(Target::Query));
        mailbox.close();
        assert!(mailbox.is_unwanted(Target::Query));
    }

    #[test]
    fn bookmarks_are_written_even_after_close() {
        let mailbox = Mailbox::default();
        mailbox.put(Request::RemoveBookmark("a".into()));
        mailbox.close();
        assert_eq!(mailbox.next(false), Next::Handle(Request::RemoveBookmark("a".into())));
        assert_eq!(mailbox.next(false), Next::Closed);
    }
}
