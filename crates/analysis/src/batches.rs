//! Items on their way from the thread that reads them to the one on which the detectors run, and back.
//!
//! They come back to be freed where they were made: an allocator that has to take back from one thread what it gave to
//! another is several times slower.

use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};

use super::stream::Item;

/// Items handed over at once, and how many such batches may wait: what bounds the memory between the threads, at 16 MiB of
/// texts and about as much again of what was read of them.
const ITEMS: usize = 256;
const TEXT: usize = 2 << 20;
const WAITING: usize = 8;

type Batch = Vec<Item>;

/// The end at which items are read.
pub(super) struct Giver {
    to: SyncSender<Batch>,
    used: Receiver<Batch>,
    batch: Batch,
    text: usize,
}

/// The end at which they are looked at.
pub(super) struct Taker {
    from: Receiver<Batch>,
    back: Sender<Batch>,
}

/// Both ends.
pub(super) fn batches() -> (Giver, Taker) {
    let ((to, from), (back, used)) = (sync_channel(WAITING), channel());
    (Giver { to, used, batch: Vec::with_capacity(ITEMS), text: 0 }, Taker { from, back })
}

impl Giver {
    /// Adds an item; `false` where nobody takes it any more.
    pub(super) fn give(&mut self, item: Item) -> bool {
        self.text += item.text_bytes();
        self.batch.push(item);
        (self.batch.len() < ITEMS && self.text < TEXT) || self.hand_over()
    }

    /// Hands over what has gathered. Where the other thread has enough to do, its contents are read here first.
    pub(super) fn hand_over(&mut self) -> bool {
        self.text = 0;
        let next = self.emptied();
        match self.to.try_send(std::mem::replace(&mut self.batch, next)) {
            Ok(()) => true,
            Err(TrySendError::Disconnected(_)) => false,
            Err(TrySendError::Full(mut batch)) => {
                batch.iter_mut().for_each(Item::read_content);
                self.to.send(batch).is_ok()
            }
        }
    }

    /// Frees what came back; a batch to be filled.
    fn emptied(&self) -> Batch {
        let used = self.used.try_iter().map(|mut batch| {
            batch.clear();
            batch
        });
        used.last().unwrap_or_else(|| Vec::with_capacity(ITEMS))
    }
}

impl Taker {
    /// Looks at each batch, until `look` wants no more or there is none any more.
    pub(super) fn for_each(self, mut look: impl FnMut(&[Item]) -> bool) {
        for batch in self.from {
            let more = look(&batch);
            // Where nobody reads any more it is freed here.
            drop(self.back.send(batch));
            if !more {
                return;
            }
        }
    }
}
