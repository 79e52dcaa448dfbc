//! Access per object: which objects several actors write.

use std::sync::Arc;

use super::Detector;
use crate::finding::{Book, Class, Finding, Severity};
use crate::lru::Lru;
use crate::scene::{Scene, Step, is_read};
use kuberewind_model::{ActorId, Certainty, Object, ObjectId, Seq};

const MAX_WRITERS: usize = 8;
/// The objects that are reported: those with most writes.
const REPORTED: usize = 20;

#[derive(Default)]
pub(super) struct Access {
    objects: Lru<ObjectId, Counts, 8_192>,
}

struct Counts {
    object: Arc<Object>,
    reads: u64,
    writers: Vec<(ActorId, Arc<str>, u64, Seq)>,
}

impl Detector for Access {
    fn step(&mut self, step: &Step<'_>, _: &mut Book) {
        let Some((seen, object)) = step.seen.and_then(|seen| Some((seen, seen.object.as_ref()?))) else { return };
        let objects = &mut self.objects;
        let counts = objects.entry(object.id, || Counts { object: Arc::clone(object), reads: 0, writers: Vec::new() });
        if is_read(seen.op.verb) {
            counts.reads += 1;
        } else if seen.is_done_write() {
            let room = counts.writers.len() < MAX_WRITERS;
            match counts.writers.iter_mut().find(|(actor, ..)| *actor == seen.op.actor) {
                Some((.., writes, last)) => (*writes, *last) = (*writes + 1, seen.op.seq),
                None if room => counts.writers.push((seen.op.actor, Arc::clone(&seen.actor), 1, seen.op.seq)),
                None => {}
            }
        }
    }

    fn forget(&mut self, _: &Scene) {}

    fn end(&self, _: &Scene, book: &mut Book) {
        let writes = |counts: &Counts| counts.writers.iter().map(|(.., writes, _)| *writes).sum::<u64>();
        let mut shared: Vec<&Counts> =
            self.objects.iter().map(|(_, counts)| counts).filter(|counts| counts.writers.len() > 1).collect();
        shared.sort_by_key(|counts| (std::cmp::Reverse(writes(counts)), counts.object.id));
        for counts in shared.into_iter().take(REPORTED) {
            let mut writers = counts.writers.clone();
            writers.sort_by_key(|(.., writes, _)| std::cmp::Reverse(*writes));
            let list: Vec<String> = writers.iter().map(|(_, name, writes, _)| format!("{name} ({writes})")).collect();
            let sentence = format!("{} is written by {}; read {} times", counts.object, list.join(", "), counts.reads);
            let mut operations: Vec<Seq> = writers.iter().map(|(.., last)| *last).collect();
            operations.sort_unstable();
            book.open(
                Finding::new(Class::Access, Severity::Info, Certainty::Exact, sentence)
                    .object(&counts.object)
                    .actors(writers.iter().map(|(_, name, ..)| name))
                    .evidence(operations),
            );
        }
    }
}
