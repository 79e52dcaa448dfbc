//! Items on their way from the thread that reads them to the one on which the detectors run, and back.
//!
//! They come back to be freed where they were made: an allocator that has to take back from one thread what it gave to
//! another is several times slower.

use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};

use super::stream::Item;

/// Items handed over at once, and how many such batches may wait: what bounds the memory between the threads, at 16 MiB of
/// texts and about as much again of what was read of them.
const BATCH_ITEMS: usize = 256;
const BATCH_TEXT: usize = 2 << 20;
const MAX_BATCHES: usize = 8;

type Batch = Vec<Item>;

/// The end at which items are read.
pub(super) struct ItemSender {
    sender: SyncSender<Batch>,
    returned: Receiver<Batch>,
    batch: Batch,
    text: usize,
}

/// The end at which they are looked at.
pub(super) struct ItemReceiver {
    receiver: Receiver<Batch>,
    returns: Sender<Batch>,
}

/// Both ends.
pub(super) fn item_channel() -> (ItemSender, ItemReceiver) {
    let ((sender, receiver), (returns, returned)) = (sync_channel(MAX_BATCHES), channel());
    (ItemSender { sender, returned, batch: Vec::with_capacity(BATCH_ITEMS), text: 0 }, ItemReceiver { receiver, returns })
}

impl ItemSender {
    /// Adds an item; `false` where nobody takes it any more.
    pub(super) fn send(&mut self, item: Item) -> bool {
        self.text += item.text_bytes();
        self.batch.push(item);
        (self.batch.len() < BATCH_ITEMS && self.text < BATCH_TEXT) || self.flush()
    }

    /// Hands over what has gathered. Where the other thread has enough to do, its contents are read here first.
    pub(super) fn flush(&mut self) -> bool {
        self.text = 0;
        let next = self.reuse_batch();
        match self.sender.try_send(std::mem::replace(&mut self.batch, next)) {
            Ok(()) => true,
            Err(TrySendError::Disconnected(_)) => false,
            Err(TrySendError::Full(mut batch)) => {
                batch.iter_mut().for_each(Item::parse_content);
                self.sender.send(batch).is_ok()
            }
        }
    }

    /// Frees what came back; a batch to be filled.
    fn reuse_batch(&self) -> Batch {
        let batches = self.returned.try_iter().map(|mut batch| {
            batch.clear();
            batch
        });
        batches.last().unwrap_or_else(|| Vec::with_capacity(BATCH_ITEMS))
    }
}

impl ItemReceiver {
    /// Looks at each batch, until `look` wants no more or there is none any more.
    pub(super) fn for_each(self, mut handle: impl FnMut(&[Item]) -> bool) {
        for batch in self.receiver {
            let more = handle(&batch);
            // Where nobody reads any more it is freed here.
            drop(self.returns.send(batch));
            if !more {
                return;
            }
        }
    }
}
