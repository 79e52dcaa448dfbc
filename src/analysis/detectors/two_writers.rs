//! Class H: two writers, one field.
//!
//! The trap is one writer that moves a field up and down for its own reasons: the flips have to alternate between two
//! writers. Actors tell writers apart; within one actor its field managers do.

use super::Detector;
use crate::analysis::finding::{Book, Class, Finding, Severity, Ticket};
use crate::analysis::lru::Lru;
use crate::analysis::normalise::Change;
use crate::analysis::scene::{Author, ObjectState, Scene, Step};
use crate::model::{ActorId, ObjectId, Seq, Timestamp};

/// Three rounds of two flips.
const FLIPS: usize = 6;
/// Of a version that changes everything, the first fields are looked at.
const MAX_PATHS: usize = 16;

#[derive(Default)]
pub(super) struct TwoWriters(Lru<ObjectId, Fight, 2_048>);

struct Fight {
    writers: [(ActorId, u64); 2],
    path: u64,
    flips: u64,
    last: Seq,
    since: Timestamp,
    ticket: Option<Ticket>,
}

type Flip<'a> = (&'a Author, Change);

impl Detector for TwoWriters {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        let (Some(object), Some(state)) = (step.object, step.authored) else { return };
        let (Some(author), Some(changes)) = (&state.author, &state.changes) else { return };
        let fights = &mut self.0;
        for change in changes.iter().filter(|change| !change.volatile).take(MAX_PATHS) {
            let flips = flips(object, change.path);
            if flips.len() < FLIPS || flips.last().is_none_or(|(last, _)| last.seq != author.seq) {
                continue;
            }
            let id = object.object.id;
            let writers = [writer(flips[flips.len() - 2].0), writer(flips[flips.len() - 1].0)];
            match fights.get(&id).filter(|fight| fight.writers.contains(&writers[0]) && fight.writers.contains(&writers[1])) {
                Some(fight) => go_on(fight, object, change.path, author, book),
                None => {
                    let fight = report(object, change.path, &flips, writers, book);
                    fights.insert(id, fight);
                }
            }
        }
    }

    fn forget(&mut self, scene: &Scene) {
        self.0.retain(|object, _| scene.object(*object).is_some());
    }
}

fn writer(author: &Author) -> (ActorId, u64) {
    (author.actor, crate::analysis::hash::bytes(author.manager.as_bytes()))
}

/// The latest changes of a path that undo each other by turns of two writers, oldest first.
fn flips(object: &ObjectState, path: u64) -> Vec<Flip<'_>> {
    let mut flips: Vec<Flip<'_>> = Vec::new();
    for state in object.history.iter().rev() {
        let Some(changes) = &state.changes else { break };
        let Some(change) = changes.iter().find(|change| change.path == path) else { continue };
        let Some(author) = &state.author else {
            // The newest may still wait for its answer; an older one without author ends what can be said.
            if flips.is_empty() { continue } else { break }
        };
        if let Some((later, undone)) = flips.last() {
            let alternates = change.after == undone.before && change.before == undone.after;
            let earlier_same = flips.len() < 2 || writer(flips[flips.len() - 2].0) == writer(author);
            if !alternates || writer(later) == writer(author) || !earlier_same {
                break;
            }
        }
        flips.push((author, *change));
    }
    flips.reverse();
    flips
}

fn go_on(fight: &mut Fight, object: &ObjectState, path: u64, author: &Author, book: &mut Book) {
    let Some(ticket) = fight.ticket else { return };
    if path != fight.path {
        let field = object.pointer(path);
        book.extend(ticket, |finding| {
            if let Some(field) = field.filter(|field| finding.fields.len() < 8 && !finding.fields.contains(field)) {
                finding.fields.push(field);
            }
        });
    } else if author.seq > fight.last {
        (fight.last, fight.flips) = (author.seq, fight.flips + 1);
        let (rounds, took) = (fight.flips / 2, author.at.since(fight.since));
        book.extend(ticket, |finding| {
            finding.add_evidence(author.seq);
            finding.rounds = rounds;
            finding.set_pace(2, rounds, took);
        });
    }
}

fn report(object: &ObjectState, path: u64, flips: &[Flip<'_>], writers: [(ActorId, u64); 2], book: &mut Book) -> Fight {
    let (one, two) = (flips[flips.len() - 2].0, flips[flips.len() - 1].0);
    let same_actor = one.actor == two.actor;
    let name = |author: &Author| {
        if same_actor { format!("{} (as {})", author.name, author.manager) } else { author.name.to_string() }
    };
    let field = object.pointer(path);
    let values = object.values(path).map_or_else(String::new, |(before, after)| format!(" ({before} ↔ {after})"));
    let sentence = format!(
        "{} and {} keep undoing each other on {}{values} of {}",
        name(one),
        name(two),
        field.as_deref().unwrap_or("a field"),
        object.object
    );
    let since = flips.first().map_or(two.at, |(author, _)| author.at);
    let count = u64::try_from(flips.len()).unwrap_or(u64::MAX);
    let certainty = flips.iter().map(|(author, _)| author.certainty).min().unwrap_or(two.certainty);
    let ticket = book.open(
        Finding::new(Class::Loops, Severity::Error, certainty, sentence)
            .object(&object.object)
            .actors([&one.name, &two.name])
            .fields(field.into_iter().collect())
            .evidence(flips.iter().map(|(author, _)| author.seq))
            .rounds(count / 2)
            .pace(2, count / 2, two.at.since(since)),
    );
    Fight { writers, path, flips: count, last: two.seq, since, ticket }
}
