//! The way from the callers to the writer's thread: bounded by the bytes it keeps alive, never blocking.
//!
//! A slot is reserved before a message is built. What does not fit is counted, and a marker at that very place of the queue
//! says so, so that the loss stands in the recording between what came before and what came after. Nobody is woken
//! for a message but a writer that has gone to sleep: the writer looks by itself every few milliseconds while there is work.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Thread;

use kuberewind_capture::{Lost, Message};
use kuberewind_model::{GapReason, KindRef};

/// What a message costs beside the bytes it holds: its own size, the list that it waits in, the heads of its buffers.
pub(super) const OVERHEAD: usize = 512;

/// Whom a loss concerns.
type Concerned = (Option<Arc<str>>, Option<KindRef>, Arc<str>);

/// Different scopes that one marker tells apart; beyond it a loss is anybody's.
const SCOPES: usize = 1_024;

/// What was lost between two messages.
#[derive(Debug, Default)]
pub(super) struct LossSet {
    scopes: HashMap<Concerned, (u64, u64)>,
    closed: bool,
}

/// What lies in the queue.
pub(super) enum Item {
    /// A message, and what it was charged with.
    Message(Message, usize),
    /// Losses happened here.
    Losses(Arc<Mutex<LossSet>>),
    /// The session ends here.
    Finish,
}

/// The senders' side. Shared by all of them.
pub(super) struct Queue {
    sender: Sender<Item>,
    budget: usize,
    used: AtomicUsize,
    sent: AtomicU64,
    lost: AtomicU64,
    losing: Mutex<Option<(u64, Arc<Mutex<LossSet>>)>>,
    asleep: AtomicBool,
    writer: OnceLock<Thread>,
}

impl Queue {
    /// A queue that keeps at most `budget` bytes alive.
    pub(super) fn new(budget: usize) -> (Queue, Receiver<Item>) {
        let (sender, receiver) = channel();
        let queue = Queue {
            sender,
            budget,
            used: AtomicUsize::new(0),
            sent: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            losing: Mutex::new(None),
            asleep: AtomicBool::new(false),
            writer: OnceLock::new(),
        };
        (queue, receiver)
    }

    /// The thread to wake.
    pub(super) fn written_by(&self, thread: Thread) {
        // Told once, by the recorder's start.
        let _again = self.writer.set(thread);
    }

    /// Reserves room for a message that holds `bytes`. To be followed by [`Queue::send`] or [`Queue::release`].
    pub(super) fn reserve(&self, cost: usize) -> bool {
        let used = self.used.fetch_add(cost, Ordering::Relaxed).saturating_add(cost);
        if used > self.budget {
            self.release(cost);
            return false;
        }
        // Half full: a writer that waits for its next look should look now.
        if used > self.budget / 2 && used - cost <= self.budget / 2 {
            self.wake();
        }
        true
    }

    /// Gives room back.
    pub(super) fn release(&self, cost: usize) {
        self.used.fetch_sub(cost, Ordering::Relaxed);
    }

    /// Sends a message for which `cost` was reserved.
    pub(super) fn send(&self, message: Message, cost: usize) {
        self.put(Item::Message(message, cost));
    }

    /// The last thing to be sent.
    pub(super) fn finish(&self) {
        self.put(Item::Finish);
        self.wake();
    }

    /// Something was not sent, for lack of room.
    pub(super) fn lost(&self, actor: Option<&Arc<str>>, scope: (Option<KindRef>, Arc<str>), bytes: u64) {
        self.lost.fetch_add(1, Ordering::Relaxed);
        let mut losing = lock(&self.losing);
        let sent = self.sent.load(Ordering::Acquire);
        if let Some((since, set)) = &*losing
            && *since == sent
            && lock(set).add((actor.cloned(), scope.0.clone(), scope.1.clone()), bytes)
        {
            return;
        }
        // Something was sent since the last marker, or the writer has passed it: a new one, after that.
        let set = Arc::new(Mutex::new(LossSet::default()));
        lock(&set).add((actor.cloned(), scope.0, scope.1), bytes);
        *losing = Some((sent, Arc::clone(&set)));
        drop(losing);
        self.deliver(Item::Losses(set));
    }

    /// A loss that is told with the next message of its stream.
    pub(super) fn lost_piece(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
    }

    /// How many messages were lost.
    pub(super) fn lost_count(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Bytes kept alive.
    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// The writer goes to sleep until it is woken. It has to look into the queue once more before it does.
    pub(super) fn sleeps(&self, asleep: bool) {
        self.asleep.store(asleep, Ordering::SeqCst);
    }

    fn put(&self, item: Item) {
        self.sent.fetch_add(1, Ordering::AcqRel);
        self.deliver(item);
    }

    fn deliver(&self, item: Item) {
        // The receiver goes away with the writer's thread only; what comes after that is counted as lost.
        if self.sender.send(item).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        if self.asleep.load(Ordering::SeqCst) {
            self.wake();
        }
    }

    fn wake(&self) {
        self.asleep.store(false, Ordering::SeqCst);
        if let Some(writer) = self.writer.get() {
            writer.unpark();
        }
    }
}

impl LossSet {
    /// Adds to the set; not possible any more where the writer has read it.
    fn add(&mut self, concerned: Concerned, bytes: u64) -> bool {
        if self.closed {
            return false;
        }
        let concerned =
            if self.scopes.len() < SCOPES || self.scopes.contains_key(&concerned) { concerned } else { (None, None, "".into()) };
        let (count, sum) = self.scopes.entry(concerned).or_default();
        *count += 1;
        *sum = sum.saturating_add(bytes);
        true
    }
}

/// What a marker stands for.
pub(super) fn losses(set: &Mutex<LossSet>) -> Vec<Lost> {
    let mut set = lock(set);
    set.closed = true;
    let taken = std::mem::take(&mut set.scopes).into_iter();
    taken
        .map(|((actor, kind, namespace), (count, bytes))| Lost {
            actor,
            kind,
            namespace,
            count,
            bytes,
            reason: GapReason::QueueFull,
        })
        .collect()
}

/// A lock that a panic of another thread does not spoil: what it guards are counters.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(receiver: &Receiver<Item>) -> Vec<String> {
        receiver
            .try_iter()
            .map(|item| match item {
                Item::Message(..) => "message".into(),
                Item::Losses(set) => format!("lost {}", losses(&set).iter().map(|lost| lost.count).sum::<u64>()),
                Item::Finish => "finish".into(),
            })
            .collect()
    }

    #[test]
    fn losses_stand_where_they_happened() {
        let (queue, receiver) = Queue::new(2 * OVERHEAD);
        let scope = || (None, Arc::from(""));
        let send = || {
            let room = queue.reserve(OVERHEAD);
            if room {
                queue.send(Message::Disabled, OVERHEAD);
            } else {
                queue.lost(None, scope(), 10);
            }
        };
        (0..4).for_each(|_| send());
        queue.release(OVERHEAD);
        (0..4).for_each(|_| send());
        assert_eq!(described(&receiver), ["message", "message", "lost 2", "message", "lost 3"]);
        queue.lost(None, scope(), 1);
        assert_eq!(described(&receiver), ["lost 1"]);
        assert_eq!((queue.lost_count(), queue.used()), (6, 2 * OVERHEAD));
    }
}
