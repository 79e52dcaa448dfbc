//! The queue from the callers to the writer's thread. It is bounded by the bytes that its messages hold, and never blocks.
//!
//! Room is reserved before a message is built. Messages that do not fit are counted in a marker at their place in the queue, so that the
//! recording shows the loss where it happened. A message wakes the writer only if it sleeps; while there is work, it polls the queue
//! every few milliseconds.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Thread;
use std::time::Instant;

use kuberewind_capture::{Lost, Message};
use kuberewind_model::{GapReason, KindRef};

/// The cost of a message beside the bytes that it holds: its own size, its queue node and the headers of its buffers.
pub(super) const OVERHEAD: usize = 512;

/// Actor, kind and namespace of lost messages.
type LossScope = (Option<Arc<str>>, Option<KindRef>, Arc<str>);

/// Limit on the scopes of one marker; further losses have no scope.
const MAX_SCOPES: usize = 1_024;

/// The messages that were lost between two others.
#[derive(Debug, Default)]
pub(super) struct LossSet {
    scopes: HashMap<LossScope, (u64, u64)>,
    closed: bool,
}

pub(super) enum Item {
    /// A message and its cost.
    Message(Message, usize),
    /// Messages were lost here.
    Losses(Arc<Mutex<LossSet>>),
    /// The session ends here.
    Finish,
}

/// The sending side, shared by all senders.
pub(super) struct Queue {
    sender: Sender<Item>,
    budget: usize,
    used: AtomicUsize,
    sent: AtomicU64,
    lost: AtomicU64,
    losing: Mutex<Option<(u64, Arc<Mutex<LossSet>>)>>,
    asleep: AtomicBool,
    /// When the sleeping writer was last woken.
    woken: Mutex<Option<Instant>>,
    writer: OnceLock<Thread>,
}

impl Queue {
    /// A queue whose messages cost at most `budget` bytes.
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
            woken: Mutex::new(None),
            writer: OnceLock::new(),
        };
        (queue, receiver)
    }

    /// Sets the thread to wake.
    pub(super) fn set_writer(&self, thread: Thread) {
        // Called once, when the recorder starts.
        let _already_set = self.writer.set(thread);
    }

    /// Reserves room. Returns false if there is none. Follow with [`Queue::send`] or [`Queue::release`].
    pub(super) fn reserve(&self, cost: usize) -> bool {
        let used = self.used.fetch_add(cost, Ordering::Relaxed).saturating_add(cost);
        if used > self.budget {
            self.release(cost);
            return false;
        }
        // The queue just became half full: the writer should not wait for its next poll.
        if used > self.budget / 2 && used - cost <= self.budget / 2 {
            self.wake();
        }
        true
    }

    /// Returns room.
    pub(super) fn release(&self, cost: usize) {
        self.used.fetch_sub(cost, Ordering::Relaxed);
    }

    /// Sends a message for which `cost` was reserved.
    pub(super) fn send(&self, message: Message, cost: usize) {
        self.put(Item::Message(message, cost));
    }

    /// Ends the session. Nothing is sent after it.
    pub(super) fn finish(&self) {
        self.put(Item::Finish);
        self.wake();
    }

    /// Counts a message that did not fit.
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
        // A message was sent since the last marker, or the writer has taken the marker.
        let set = Arc::new(Mutex::new(LossSet::default()));
        lock(&set).add((actor.cloned(), scope.0, scope.1), bytes);
        *losing = Some((sent, Arc::clone(&set)));
        drop(losing);
        self.deliver(Item::Losses(set));
    }

    /// Counts a chunk that did not fit; the next message of its call carries the loss.
    pub(super) fn lost_chunk(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
    }

    /// The number of lost messages and chunks.
    pub(super) fn lost_count(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// The cost of all messages in the queue, in bytes.
    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Sets whether the writer sleeps. It must look into the queue once more before it does.
    pub(super) fn set_asleep(&self, asleep: bool) {
        self.asleep.store(asleep, Ordering::SeqCst);
    }

    fn put(&self, item: Item) {
        self.sent.fetch_add(1, Ordering::AcqRel);
        self.deliver(item);
    }

    fn deliver(&self, item: Item) {
        // The receiver is gone only after the writer's thread has ended; later messages are lost.
        if self.sender.send(item).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        if self.asleep.load(Ordering::SeqCst) {
            lock(&self.woken).get_or_insert_with(Instant::now);
            self.wake();
        }
    }

    /// When the first message since the last call found the writer asleep; `None` if none did.
    pub(super) fn take_woken(&self) -> Option<Instant> {
        lock(&self.woken).take()
    }

    fn wake(&self) {
        self.asleep.store(false, Ordering::SeqCst);
        if let Some(writer) = self.writer.get() {
            writer.unpark();
        }
    }
}

impl LossSet {
    /// Adds a loss. Returns false if the writer has taken the set already.
    fn add(&mut self, scope: LossScope, bytes: u64) -> bool {
        if self.closed {
            return false;
        }
        let scope =
            if self.scopes.len() < MAX_SCOPES || self.scopes.contains_key(&scope) { scope } else { (None, None, "".into()) };
        let (count, sum) = self.scopes.entry(scope).or_default();
        *count += 1;
        *sum = sum.saturating_add(bytes);
        true
    }
}

/// Takes the losses of a marker.
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

/// Locks a mutex; a panic of another thread does not matter to counters.
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
    fn losses_are_at_the_place_where_they_happened() {
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
