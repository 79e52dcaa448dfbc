//! A channel that carries batches of items from the reading thread to the detector thread, and back.
//!
//! Batches are returned so that the thread that allocated the items frees them. Freeing across threads is several times
//! slower.

use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};

use super::stream::Item;

/// The size of a batch, and how many may wait. Bounds the memory between the threads to 16 MiB of texts and about the same of
/// parsed contents.
const BATCH_ITEMS: usize = 256;
const BATCH_TEXT: usize = 2 << 20;
const MAX_BATCHES: usize = 8;

type Batch = Vec<Item>;

pub(super) struct ItemSender {
    sender: SyncSender<Batch>,
    returned: Receiver<Batch>,
    batch: Batch,
    text: usize,
}

pub(super) struct ItemReceiver {
    receiver: Receiver<Batch>,
    returns: Sender<Batch>,
}

pub(super) fn item_channel() -> (ItemSender, ItemReceiver) {
    let ((sender, receiver), (returns, returned)) = (sync_channel(MAX_BATCHES), channel());
    (ItemSender { sender, returned, batch: Vec::with_capacity(BATCH_ITEMS), text: 0 }, ItemReceiver { receiver, returns })
}

impl ItemSender {
    /// Adds an item. Returns `false` if the receiver is gone.
    pub(super) fn send(&mut self, item: Item) -> bool {
        self.text += item.text_bytes();
        self.batch.push(item);
        (self.batch.len() < BATCH_ITEMS && self.text < BATCH_TEXT) || self.flush()
    }

    /// Sends the current batch. If the receiver is busy, parses the contents here first.
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

    /// Returns an empty batch; frees the items of returned batches.
    fn reuse_batch(&self) -> Batch {
        let batches = self.returned.try_iter().map(|mut batch| {
            batch.clear();
            batch
        });
        batches.last().unwrap_or_else(|| Vec::with_capacity(BATCH_ITEMS))
    }
}

impl ItemReceiver {
    /// Calls `handle` for each batch until it returns false or the channel ends.
    pub(super) fn for_each(self, mut handle: impl FnMut(&[Item]) -> bool) {
        for batch in self.receiver {
            let more = handle(&batch);
            // If the sender is gone, the batch is freed here.
            drop(self.returns.send(batch));
            if !more {
                return;
            }
        }
    }
}
