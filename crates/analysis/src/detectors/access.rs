//! Objects that several actors write.

use std::sync::Arc;

use super::detector::Detector;
use super::input::Input;
use crate::finding::{Class, Finding, Severity};
use crate::findings::Findings;
use crate::lru::Lru;
use crate::tracker::Tracker;
use kuberewind_model::{ActorId, Certainty, Object, ObjectId, Seq, Verb};

const MAX_WRITERS: usize = 8;
/// Reports the objects with the most writes.
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
    fn handle(&mut self, input: &Input<'_>, _: &mut Findings) {
        let Some((operation, object)) = input.operation.and_then(|operation| Some((operation, operation.object.as_ref()?)))
        else {
            return;
        };
        let objects = &mut self.objects;
        let counts = objects.entry(object.id, || Counts { object: Arc::clone(object), reads: 0, writers: Vec::new() });
        if matches!(operation.op.verb, Verb::Get | Verb::List) {
            counts.reads += 1;
        } else if operation.is_done_write() {
            let room = counts.writers.len() < MAX_WRITERS;
            match counts.writers.iter_mut().find(|(actor, ..)| *actor == operation.op.actor) {
                Some((.., writes, last)) => (*writes, *last) = (*writes + 1, operation.op.seq),
                None if room => counts.writers.push((operation.op.actor, Arc::clone(&operation.actor), 1, operation.op.seq)),
                None => {}
            }
        }
    }

    fn forget(&mut self, _: &Tracker) {}

    fn end(&self, _: &Tracker, findings: &mut Findings) {
        let writes = |counts: &Counts| counts.writers.iter().map(|(.., writes, _)| *writes).sum::<u64>();
        let mut shared: Vec<&Counts> =
            self.objects.iter().map(|(_, counts)| counts).filter(|counts| counts.writers.len() > 1).collect();
        shared.sort_by_key(|counts| (std::cmp::Reverse(writes(counts)), counts.object.id));
        for counts in shared.into_iter().take(REPORTED) {
            let mut writers = counts.writers.clone();
            writers.sort_by_key(|(.., writes, _)| std::cmp::Reverse(*writes));
            let list: Vec<String> = writers.iter().map(|(_, name, writes, _)| format!("{name} ({writes})")).collect();
            let times = if counts.reads == 1 { "time" } else { "times" };
            let sentence = format!("{} is written by {}; read {} {times}", counts.object, list.join(", "), counts.reads);
            let mut operations: Vec<Seq> = writers.iter().map(|(.., last)| *last).collect();
            operations.sort_unstable();
            findings.report(
                Finding::new(Class::Access, Severity::Info, Certainty::Exact, sentence)
                    .object(&counts.object)
                    .actors(writers.iter().map(|(_, name, ..)| name))
                    .evidence(operations),
            );
        }
    }
}
