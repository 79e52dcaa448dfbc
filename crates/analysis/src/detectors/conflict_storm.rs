//! Class L: conflict storms.
//!
//! A single 409 and then success is optimistic concurrency at work; 409 AlreadyExists is another thing altogether.

use std::collections::VecDeque;

use super::Detector;
use super::beat::place;
use crate::finding::{Book, Class, Finding, Severity, Ticket};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::scene::{Scene, Step};
use crate::stream::Observed;
use kuberewind_model::{Certainty, Duration, Seq, Timestamp, Verb};

const CONFLICTS: usize = 5;
const WITHIN: Duration = Duration(30_000_000_000);
const MAX_KEPT: usize = 64;

#[derive(Default)]
pub(super) struct ConflictStorm(Lru<u64, Run, 4_096>);

#[derive(Default)]
struct Run {
    conflicts: VecDeque<(Seq, Timestamp)>,
    successes: VecDeque<Timestamp>,
    actors: Vec<String>,
    bases: Vec<u64>,
    same_base: u64,
    total: u64,
    since: Timestamp,
    ticket: Option<Ticket>,
}

impl Detector for ConflictStorm {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        let Some(seen) = step.seen.filter(|seen| !seen.op.name.is_empty()) else { return };
        if step.is_noise() {
            return;
        }
        let runs = &mut self.0;
        let key = place(seen);
        if !is_conflict(seen) {
            if let Some(run) = runs.get(&key).filter(|_| seen.is_done_write()) {
                keep_recent(&mut run.successes, seen.op.at);
            }
            return;
        }
        let run = runs.entry(key, Run::default);
        if run.conflicts.back().is_some_and(|(_, at)| seen.op.at.since(*at) > WITHIN) {
            *run = Run::default();
        }
        if run.total == 0 {
            run.since = seen.op.at;
        }
        run.total += 1;
        run.conflicts.push_back((seen.op.seq, seen.op.at));
        while run.conflicts.front().is_some_and(|(_, at)| seen.op.at.since(*at) > WITHIN) || run.conflicts.len() > MAX_KEPT {
            run.conflicts.pop_front();
        }
        if !run.actors.iter().any(|actor| **actor == *seen.actor) && run.actors.len() < 16 {
            run.actors.push(seen.actor.to_string());
        }
        let base = seen.detail.as_ref().map(|detail| pair(bytes(detail.precondition.as_bytes()), bytes(seen.actor.as_bytes())));
        if let Some(base) = base {
            run.same_base += u64::from(run.bases.contains(&base));
            run.bases.push(base);
            if run.bases.len() > 16 {
                run.bases.remove(0);
            }
        }
        report(run, seen, book);
    }

    fn forget(&mut self, _: &Scene) {
        self.0.clear();
    }
}

fn is_conflict(seen: &Observed) -> bool {
    let reason = seen.detail.as_ref().map_or("", |detail| &*detail.reason);
    // Without a reason: a create is refused because the object is there, everything else because it moved on.
    seen.op.status == 409 && (reason == "Conflict" || (reason.is_empty() && seen.op.verb != Verb::Create))
}

fn keep_recent(times: &mut VecDeque<Timestamp>, at: Timestamp) {
    times.push_back(at);
    while times.front().is_some_and(|first| at.since(*first) > WITHIN) || times.len() > MAX_KEPT {
        times.pop_front();
    }
}

fn report(run: &mut Run, seen: &Observed, book: &mut Book) {
    let took = seen.op.at.since(run.since);
    if let Some(ticket) = run.ticket {
        book.extend(ticket, |finding| {
            finding.add_evidence(seen.op.seq);
            finding.rounds = run.total;
            finding.set_pace(1, run.total.saturating_sub(1), took);
            if finding.actors.len() < run.actors.len() {
                finding.actors.clone_from(&run.actors);
                finding.sentence = sentence(run, seen);
            }
        });
        return;
    }
    // Four of five writes may succeed beside it: that is contention, not a storm.
    let successes = run.successes.iter().filter(|at| seen.op.at.since(**at) <= WITHIN).count();
    if run.conflicts.len() < CONFLICTS || successes > run.conflicts.len() * 4 {
        return;
    }
    run.ticket = book.open(
        Finding::new(Class::Loops, Severity::Error, Certainty::Exact, sentence(run, seen))
            .object(&seen.subject())
            .actors(&run.actors)
            .evidence(run.conflicts.iter().map(|(seq, _)| *seq))
            .rounds(run.total)
            .pace(1, run.total.saturating_sub(1), took),
    );
}

fn sentence(run: &Run, seen: &Observed) -> String {
    let who = run.actors.join(", ");
    let stale = if run.same_base > 0 { ", again from the same old version" } else { "" };
    format!("writes of {who} to {} are refused with 409 Conflict and tried again{stale}", seen.subject())
}
