//! Where questions wait: a place for each sort, so that of one sort only the newest is ever asked.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::{DocKind, Request};

/// The most blocks of rows that wait; the oldest wish falls out.
const MAX_BLOCKS: usize = 8;

#[derive(Default)]
struct Slots {
    /// Never dropped: what a person sets. Bounded by the keys a person can press.
    notes: VecDeque<Request>,
    cursor: Option<Request>,
    rows: VecDeque<u64>,
    docs: BTreeMap<DocKind, Request>,
    beside: BTreeMap<u8, Request>,
    minimap: Option<Request>,
    reload: bool,
    poll: bool,
    search: Option<Request>,
    stop_search: bool,
    closed: bool,
}

/// What the worker is to do next.
#[derive(Debug, PartialEq)]
pub enum Next {
    /// Answer this.
    Answer(Request),
    /// Begin this search, in place of the one before.
    Search(Request),
    /// Give up the search.
    StopSearch,
    /// Nothing waits: go on with the search that is running.
    Idle,
    /// Nothing will come any more.
    Closed,
}

/// Questions on their way from the loop to the worker.
#[derive(Default)]
pub struct Mailbox {
    slots: Mutex<Slots>,
    filled: Condvar,
}

impl Mailbox {
    /// A panic of the other side leaves the slots whole: each is written in one step.
    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves a question.
    pub fn put(&self, request: Request) {
        let mut slots = self.slots();
        match request {
            Request::Rows { block } => {
                slots.rows.retain(|waiting| *waiting != block);
                slots.rows.push_back(block);
                while slots.rows.len() > MAX_BLOCKS {
                    slots.rows.pop_front();
                }
            }
            Request::Doc { ref wish, .. } => drop(slots.docs.insert(wish.kind, request)),
            Request::Beside(_, ref question) => drop(slots.beside.insert(question.sort(), request)),
            Request::Minimap { .. } => slots.minimap = Some(request),
            Request::Step { .. } | Request::Follow { .. } | Request::GoTo { .. } => slots.cursor = Some(request),
            Request::Search { .. } => slots.search = Some(request),
            Request::Poll => slots.poll = true,
            Request::Reload => slots.reload = true,
            Request::SetBookmark(_) | Request::RemoveBookmark(_) => slots.notes.push_back(request),
        }
        drop(slots);
        self.filled.notify_one();
    }

    /// Stops the search.
    pub fn stop_search(&self) {
        let mut slots = self.slots();
        slots.search = None;
        slots.stop_search = true;
        drop(slots);
        self.filled.notify_one();
    }

    /// No more questions: the worker ends.
    pub fn close(&self) {
        self.slots().closed = true;
        self.filled.notify_one();
    }

    /// The next thing to do; waits for one unless `busy` with a search.
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
    /// What moves the cursor goes before what is drawn around it.
    fn take(&mut self) -> Option<Next> {
        if self.closed && self.notes.is_empty() {
            return Some(Next::Closed);
        }
        if std::mem::take(&mut self.stop_search) {
            return Some(Next::StopSearch);
        }
        if std::mem::take(&mut self.reload) {
            return Some(Next::Answer(Request::Reload));
        }
        let urgent = self.notes.pop_front().or_else(|| self.cursor.take());
        let rows = |slots: &mut Slots| slots.rows.pop_back().map(|block| Request::Rows { block });
        if let Some(request) = urgent.or_else(|| rows(self)).or_else(|| self.docs.pop_first().map(|(_, request)| request)) {
            return Some(Next::Answer(request));
        }
        if std::mem::take(&mut self.poll) {
            return Some(Next::Answer(Request::Poll));
        }
        let later = self.minimap.take().or_else(|| self.beside.pop_first().map(|(_, request)| request));
        later.map(Next::Answer).or_else(|| self.search.take().map(Next::Search))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::diff::Noise;
    use crate::model::Seq;
    use crate::tui::state::Against;
    use crate::tui::worker::Wish;

    #[test]
    fn of_one_sort_only_the_newest_question_is_asked() {
        let mailbox = Mailbox::default();
        let doc = |at| Request::Doc {
            wish: Wish { kind: DocKind::Diff, at: Seq(at), noise: Noise::Counted, against: Against::Previous },
            generation: at,
        };
        for at in 1..100 {
            mailbox.put(doc(at));
            mailbox.put(Request::Rows { block: at });
        }
        let mut asked = Vec::new();
        while let Next::Answer(request) = mailbox.next(true) {
            asked.push(request);
        }
        assert_eq!(asked.len(), MAX_BLOCKS + 1);
        assert_eq!((asked.first(), asked.last()), (Some(&Request::Rows { block: 99 }), Some(&doc(99))));
    }

    #[test]
    fn what_a_person_sets_is_written_even_when_leaving() {
        let mailbox = Mailbox::default();
        mailbox.put(Request::RemoveBookmark("a".into()));
        mailbox.close();
        assert_eq!(mailbox.next(false), Next::Answer(Request::RemoveBookmark("a".into())));
        assert_eq!(mailbox.next(false), Next::Closed);
    }
}
