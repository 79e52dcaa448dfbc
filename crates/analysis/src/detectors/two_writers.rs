//! Class H: two writers fight over one field.
//!
//! One writer may change a field back and forth for its own reasons, so the flips must alternate between two writers. Writers
//! are distinguished by actor, and within an actor by field manager. If only one side is recorded, the other is an unrecorded
//! writer, which `managedFields` may name.

use super::detector::Detector;
use super::input::Input;
use super::unrecorded_writer;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::normalise::Change;
use crate::tracker::{TrackedObject, TrackedVersion, Tracker, VersionAuthor};
use kuberewind_model::{ActorId, Certainty, ObjectId, Seq, Timestamp};

/// Three rounds of two flips.
const FLIPS: usize = 6;
/// If a version changes more fields, only the first are checked.
const MAX_PATHS: usize = 16;

#[derive(Default)]
pub(super) struct TwoWriters(Lru<ObjectId, Fight, 2_048>);

/// An actor and its field manager, `None` for an unrecorded writer.
type Writer = Option<(ActorId, u64)>;

struct Fight {
    writers: [Writer; 2],
    path: u64,
    flips: u64,
    last: Seq,
    since: Timestamp,
    finding_id: Option<FindingId>,
}

/// A change of the field, and the version that made it.
#[derive(Clone, Copy)]
struct Flip<'a> {
    state: &'a TrackedVersion,
    change: Change,
}

impl<'a> Flip<'a> {
    fn author(&self) -> Option<&'a VersionAuthor> {
        self.state.author.as_ref()
    }

    fn writer(&self) -> Writer {
        self.author().map(|author| (author.actor, crate::hash::bytes(author.manager.as_bytes())))
    }

    /// The write, or the first observation for an unrecorded writer.
    fn seq(&self) -> Seq {
        self.author().map_or(self.state.seq, |author| author.seq)
    }

    fn at(&self) -> Timestamp {
        self.author().map_or(self.state.at, |author| author.at)
    }
}

impl Detector for TwoWriters {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let (Some(object), Some(state)) = (input.object, input.authored) else { return };
        let (Some(author), Some(changes)) = (&state.author, &state.changes) else { return };
        let fights = &mut self.0;
        for change in changes.iter().filter(|change| !change.volatile).take(MAX_PATHS) {
            let flips = flips(object, change.path);
            if flips.len() < FLIPS || flips.last().is_none_or(|last| last.seq() != author.seq) {
                continue;
            }
            let id = object.object.id;
            let writers = [flips[flips.len() - 2].writer(), flips[flips.len() - 1].writer()];
            match fights.get(&id).filter(|fight| fight.writers.contains(&writers[0]) && fight.writers.contains(&writers[1])) {
                Some(fight) => go_on(fight, object, change.path, author, findings),
                None => {
                    let fight = report(object, change.path, &flips, writers, findings);
                    fights.insert(id, fight);
                }
            }
        }
    }

    fn forget(&mut self, tracker: &Tracker) {
        self.0.retain(|object, _| tracker.object(*object).is_some());
    }
}

/// The latest changes of a path that alternate between two writers and undo each other, oldest first.
fn flips(object: &TrackedObject, path: u64) -> Vec<Flip<'_>> {
    let mut flips: Vec<Flip<'_>> = Vec::new();
    for state in object.history.iter().rev() {
        let Some(changes) = &state.changes else { break };
        let Some(change) = changes.iter().find(|change| change.path == path) else { continue };
        let flip = Flip { state, change: *change };
        match flips.last() {
            // The response of the newest write may be outstanding.
            None if state.author.is_none() => continue,
            None => {}
            Some(later) => {
                let alternates = change.after == later.change.before && change.before == later.change.after;
                let earlier_same = flips.len() < 2 || flips[flips.len() - 2].writer() == flip.writer();
                if !alternates || later.writer() == flip.writer() || !earlier_same {
                    break;
                }
            }
        }
        flips.push(flip);
    }
    flips.reverse();
    flips
}

fn go_on(fight: &mut Fight, object: &TrackedObject, path: u64, author: &VersionAuthor, findings: &mut Findings) {
    let Some(finding_id) = fight.finding_id else { return };
    if path != fight.path {
        let field = object.pointer(path);
        findings.update(finding_id, |finding| {
            if let Some(field) = field.filter(|field| finding.fields.len() < 8 && !finding.fields.contains(field)) {
                finding.fields.push(field);
            }
        });
    } else if author.seq > fight.last {
        // A flip by an unrecorded writer is reported with the write that undoes it.
        let flips = if fight.writers.contains(&None) { 2 } else { 1 };
        (fight.last, fight.flips) = (author.seq, fight.flips + flips);
        let (rounds, took) = (fight.flips / 2, author.at.since(fight.since));
        findings.update(finding_id, |finding| {
            finding.add_evidence(author.seq);
            finding.rounds = rounds;
            finding.set_pace(2, rounds, took);
        });
    }
}

fn report(object: &TrackedObject, path: u64, flips: &[Flip<'_>], writers: [Writer; 2], findings: &mut Findings) -> Fight {
    let (one, two) = (flips[flips.len() - 2], flips[flips.len() - 1]);
    let field = object.pointer(path);
    let values = object.values(path).map_or_else(String::new, |(before, after)| format!(" ({before} ↔ {after})"));
    let sentence = format!(
        "{} keep undoing each other on {}{values} of {}",
        names(object, field.as_deref(), one.author(), two.author()),
        field.as_deref().unwrap_or("a field"),
        object.object
    );
    let since = flips.first().map_or(two.at(), Flip::at);
    let count = u64::try_from(flips.len()).unwrap_or(u64::MAX);
    let sure = |flip: &Flip<'_>| flip.author().map_or(Certainty::Likely, |author| author.certainty);
    let finding_id = findings.report(
        Finding::new(Class::Loops, Severity::Error, flips.iter().map(sure).min().unwrap_or(Certainty::Likely), sentence)
            .object(&object.object)
            .actors([one, two].iter().filter_map(|flip| flip.author().map(|author| &author.name)))
            .fields(field.into_iter().collect())
            .evidence(flips.iter().map(Flip::seq))
            .rounds(count / 2)
            .pace(2, count / 2, two.at().since(since)),
    );
    Fight { writers, path, flips: count, last: two.seq(), since, finding_id }
}

/// The names of both writers, the one observed first before the other.
fn names(object: &TrackedObject, field: Option<&str>, one: Option<&VersionAuthor>, two: Option<&VersionAuthor>) -> String {
    match (one, two) {
        (Some(one), Some(two)) if one.actor == two.actor => {
            format!("{} (as {}) and {} (as {})", one.name, one.manager, two.name, two.manager)
        }
        (Some(one), Some(two)) => format!("{} and {}", one.name, two.name),
        (known, other) => {
            let known = known.or(other).map_or("", |author| &*author.name);
            format!("{known} and {}", unrecorded_writer::writer_of(object, field))
        }
    }
}
