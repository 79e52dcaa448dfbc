//! Class W: an object that grows without end.
//!
//! Each write adds an item to a list or map and none is removed, until the server refuses the object. A list that follows the
//! replicas of a workload grows as well, then rests, and its items name objects that exist.

use std::collections::VecDeque;

use super::detector::Detector;
use super::input::Input;
use super::server_words::quote;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::stream::OperationItem;
use crate::tracker::{TrackedObject, Tracker};
use kuberewind_model::{Certainty, ObjectId, Seq, Timestamp};

/// Additions until the server refuses a write.
const ADDITIONS: u64 = 12;
/// Additions of items, most of which name objects that are gone.
const OF_GONE: u64 = 20;
/// Additions without other evidence, and the least size of the object.
const MANY: u64 = 60;
const LARGE: usize = 64 << 10;
const MAX_NAMES: usize = 256;
const MAX_EVIDENCE: usize = 48;

#[derive(Default)]
pub(super) struct Grows {
    runs: Lru<ObjectId, Run, 2_048>,
    /// Hashes of the names of objects that are gone, by namespace.
    gone: Lru<u64, (), 8_192>,
}

#[derive(Default)]
struct Run {
    container: u64,
    first_items: u32,
    items: u32,
    additions: u64,
    writer: Option<String>,
    since: Timestamp,
    operations: VecDeque<Seq>,
    /// True if the items were compared with the objects that are gone, after so many additions.
    compared: u64,
    field: String,
    refusal: String,
    finding_id: Option<FindingId>,
}

impl Detector for Grows {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let Some(object) = input.object.filter(|_| !input.is_lease_or_event()) else { return };
        let id = object.object.id;
        if let Some(state) = input.new {
            if state.gone {
                self.gone.insert(name_key(&object.object.key.namespace, &object.object.key.name), ());
                self.runs.remove(&id);
                return;
            }
            if let Some(growth) = state.growth {
                let run = self.runs.entry(id, Run::default);
                if run.container != growth.container || growth.items < run.items {
                    *run = Run {
                        container: growth.container,
                        first_items: growth.items.saturating_sub(1),
                        since: state.at,
                        ..Run::default()
                    };
                }
                (run.items, run.additions) = (growth.items, run.additions + 1);
                run.operations.push_back(state.seq);
                if run.operations.len() > MAX_EVIDENCE {
                    run.operations.pop_front();
                }
                self.grew(object, input.authored.and_then(|state| state.author.as_ref()).map(|author| &*author.name), findings);
            } else if !self.runs.is_empty()
                && state.changes.as_ref().is_none_or(|changes| changes.iter().any(|change| change.after == 0))
            {
                self.runs.remove(&id);
            }
        }
        if let (Some(author), Some(run)) = (input.authored.and_then(|state| state.author.as_ref()), self.runs.get(&id)) {
            run.writer = Some(author.name.to_string());
        }
        if let Some(operation) = input.operation.filter(|operation| is_too_large(operation)) {
            self.refused(object, operation, findings);
        }
    }

    fn forget(&mut self, tracker: &Tracker) {
        self.runs.retain(|object, _| tracker.object(*object).is_some());
        self.gone.clear();
    }
}

fn name_key(namespace: &str, name: &str) -> u64 {
    pair(bytes(namespace.as_bytes()), bytes(name.as_bytes()))
}

/// True if the server refused a write because the object is too large.
fn is_too_large(operation: &OperationItem) -> bool {
    let words = ["too large", "larger than max", "exceeds the limit", "must be less than or equal to", "Too long"];
    operation.op.verb.is_write()
        && (operation.op.status == 413
            || operation.op.status >= 400 && words.iter().any(|words| operation.op.error.contains(words)))
}

impl Grows {
    fn grew(&mut self, object: &TrackedObject, writer: Option<&str>, findings: &mut Findings) {
        let Some(run) = self.runs.get(&object.object.id) else { return };
        if let Some(writer) = writer {
            run.writer = Some(writer.to_owned());
        }
        if run.finding_id.is_some() {
            return update(run, object, findings);
        }
        let Some(content) = &object.content else { return };
        if run.additions >= MANY && content.text.len() >= LARGE {
            report(run, object, findings);
        } else if run.additions >= OF_GONE && run.additions >= run.compared + OF_GONE {
            run.compared = run.additions;
            let names = content.item_names(run.container, MAX_NAMES);
            let namespace = &object.object.key.namespace;
            let of_gone = names.iter().filter(|name| self.gone.peek(&name_key(namespace, name)).is_some()).count();
            if names.len() >= 8 && of_gone * 2 > names.len() {
                report(run, object, findings);
            }
        }
    }

    fn refused(&mut self, object: &TrackedObject, operation: &OperationItem, findings: &mut Findings) {
        let Some(run) = self.runs.get(&object.object.id) else { return };
        if run.additions < ADDITIONS {
            return;
        }
        run.writer = Some(operation.actor.to_string());
        if run.refusal.is_empty() {
            run.refusal = quote(&operation.op.error);
        }
        run.operations.push_back(operation.op.seq);
        if run.finding_id.is_some() { update(run, object, findings) } else { report(run, object, findings) }
    }
}

fn sentence(run: &Run, object: &TrackedObject) -> String {
    let who = run.writer.as_deref().unwrap_or("an unrecorded writer");
    let refused = match &*run.refusal {
        "" => String::new(),
        message => format!("; the server now refuses the write: {message}"),
    };
    format!(
        "{who} adds to {} of {} with every write and removes nothing ({} → {} items){refused}",
        run.field, object.object, run.first_items, run.items
    )
}

fn update(run: &Run, object: &TrackedObject, findings: &mut Findings) {
    let (Some(finding_id), Some(latest)) = (run.finding_id, run.operations.back().copied()) else { return };
    let took = object.latest().map_or_else(Default::default, |state| state.at.since(run.since));
    findings.update(finding_id, |finding| {
        finding.add_evidence(latest);
        finding.rounds = run.additions;
        finding.set_pace(1, run.additions, took);
        finding.sentence = sentence(run, object);
        finding.message.clone_from(&run.refusal);
    });
}

fn report(run: &mut Run, object: &TrackedObject, findings: &mut Findings) {
    let Some(field) = object.content.as_ref().and_then(|content| content.container_pointer(run.container)) else { return };
    run.field = field;
    let took = object.latest().map_or_else(Default::default, |state| state.at.since(run.since));
    run.finding_id = findings.report(
        Finding::new(Class::Loops, Severity::Error, Certainty::Likely, sentence(run, object))
            .object(&object.object)
            .actors(run.writer.as_deref())
            .fields(vec![run.field.clone()])
            .evidence(run.operations.iter().copied())
            .message(&run.refusal)
            .rounds(run.additions)
            .pace(1, run.additions, took),
    );
}
