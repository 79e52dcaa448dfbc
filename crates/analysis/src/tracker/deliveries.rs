//! The latest watch events of each process.
//!
//! The controllers of a process share its caches, so a delivery to one of them may wake each.

use crate::hash::bytes;
use crate::lru::Lru;
use crate::stream::OperationItem;
use kuberewind_model::k8s::actor_name::process_of;
use kuberewind_model::{ObjectId, Seq};

const MAX_PROCESSES: usize = 4_096;

#[derive(Debug, Default)]
pub(super) struct Deliveries {
    any: bool,
    latest: Lru<u64, Latest, MAX_PROCESSES>,
}

#[derive(Debug, Clone, Copy)]
struct Latest {
    object: Option<ObjectId>,
    seq: Seq,
    /// The latest event of another object.
    of_another: Seq,
}

/// The fingerprint of an actor's process.
fn process(actor: &str) -> u64 {
    bytes(process_of(actor).as_bytes())
}

impl Deliveries {
    pub fn operation(&mut self, operation: &OperationItem) {
        if !operation.op.verb.is_watch_event() {
            return;
        }
        self.any = true;
        let (object, seq) = (operation.op.object, operation.op.seq);
        let latest = self.latest.entry(process(&operation.actor), || Latest { object, seq, of_another: Seq::START });
        if latest.object != object {
            latest.of_another = latest.seq;
        }
        (latest.object, latest.seq) = (object, seq);
    }

    /// True after the first watch event.
    pub fn any(&self) -> bool {
        self.any
    }

    /// The latest watch event that was delivered to the actor's process.
    pub fn latest(&self, actor: &str) -> Option<Seq> {
        self.latest.peek(&process(actor)).map(|latest| latest.seq)
    }

    /// The latest watch event of any other object that was delivered to the actor's process.
    pub fn latest_besides(&self, actor: &str, object: ObjectId) -> Seq {
        let latest = self.latest.peek(&process(actor));
        latest.map_or(Seq::START, |latest| if latest.object == Some(object) { latest.of_another } else { latest.seq })
    }
}
