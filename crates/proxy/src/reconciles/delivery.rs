//! Deliveries: watch events and list items that a process received.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use kuberewind_model::{ObjectKey, Seq, Timestamp};

/// Deliveries remembered per process.
const MAX_DELIVERIES: usize = 16_384;
/// Deliveries remembered per object.
const MAX_PER_OBJECT: usize = 32;

#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) seq: Seq,
    pub(super) at: Timestamp,
    pub(super) object: ObjectKey,
    pub(super) uid: Arc<str>,
    pub(super) resource_version: Arc<str>,
    /// The uids of its owners.
    pub(super) owners: Vec<Arc<str>>,
}

/// The subject of a delivery: the object itself, or the owner of an object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Subject {
    Object(ObjectKey),
    OwnerUid(Arc<str>),
}

/// The latest deliveries of one process, found by object and by owner.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    order: VecDeque<Arc<Delivery>>,
    by_subject: HashMap<Subject, VecDeque<Arc<Delivery>>>,
}

impl Deliveries {
    pub(super) fn push(&mut self, delivery: Delivery) {
        if self.order.len() >= MAX_DELIVERIES
            && let Some(oldest) = self.order.pop_front()
        {
            self.forget(&oldest);
        }
        let delivery = Arc::new(delivery);
        for subject in subjects(&delivery) {
            let known = self.by_subject.entry(subject).or_default();
            if known.len() >= MAX_PER_OBJECT {
                known.pop_front();
            }
            known.push_back(delivery.clone());
        }
        self.order.push_back(delivery);
    }

    /// The deliveries of an object and of the objects that it owns, after a number. Oldest first within each group.
    pub(super) fn concerning(&self, object: &ObjectKey, uid: &Arc<str>, after: Seq) -> Vec<&Arc<Delivery>> {
        let own = self.by_subject.get(&Subject::Object(object.clone()));
        let owned = if uid.is_empty() { None } else { self.by_subject.get(&Subject::OwnerUid(uid.clone())) };
        own.into_iter().chain(owned).flatten().filter(|delivery| delivery.seq > after).collect()
    }

    /// The deliveries since a time, newest first.
    pub(super) fn since(&self, from: Timestamp) -> impl Iterator<Item = &Arc<Delivery>> {
        self.order.iter().rev().take_while(move |delivery| delivery.at >= from)
    }

    fn forget(&mut self, delivery: &Arc<Delivery>) {
        for subject in subjects(delivery) {
            let Some(known) = self.by_subject.get_mut(&subject) else { continue };
            if known.front().is_some_and(|first| Arc::ptr_eq(first, delivery)) {
                known.pop_front();
            }
            if known.is_empty() {
                self.by_subject.remove(&subject);
            }
        }
    }
}

fn subjects(delivery: &Delivery) -> impl Iterator<Item = Subject> {
    std::iter::once(Subject::Object(delivery.object.clone())).chain(delivery.owners.iter().cloned().map(Subject::OwnerUid))
}
