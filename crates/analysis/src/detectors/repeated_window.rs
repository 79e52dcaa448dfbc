//! Repeated windows of operations, of any period.
//!
//! Operations are divided by actor and by what is reconciled (the span's object, else the operation's own) first: on the
//! merged stream two interleaved loops hide each other. A window repeats only if the contents do too, so that a rollout's
//! writes, each of a state not seen before, never make one; a heartbeat's window has one write, and a slow one.

use std::collections::VecDeque;

use super::Detector;
use super::beat::{number, place};
use crate::finding::{Book, Class, Finding, Severity, Ticket};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::scene::{Scene, Step};
use crate::settings::Settings;
use crate::stream::Observed;
use kuberewind_model::{Certainty, Duration, Seq, Timestamp};

/// Windows that have to follow each other.
const WINDOWS: usize = 5;
const MAX_PERIOD: usize = 128;
/// Operations that come slower than this, on average, are somebody's ups and downs, not a loop at work.
const SLOWEST: Duration = Duration(5_000_000_000);

pub(super) struct RepeatedWindow {
    window: usize,
    parts: Lru<u64, Part, 2_048>,
}

struct Part {
    marks: VecDeque<Mark>,
    /// For every period, how many of the latest operations equal the one a period before.
    runs: Vec<u32>,
    found: Option<(usize, Option<Ticket>, u64, Timestamp)>,
}

#[derive(Clone, Copy)]
struct Mark {
    token: u64,
    seq: Seq,
    at: Timestamp,
    writes: bool,
}

impl RepeatedWindow {
    pub fn new(settings: &Settings) -> RepeatedWindow {
        RepeatedWindow { window: settings.window.clamp(2, MAX_PERIOD), parts: Lru::default() }
    }
}

impl Detector for RepeatedWindow {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        let Some(seen) = step.seen.filter(|seen| seen.op.kind.is_some()) else { return };
        if step.is_noise() {
            return;
        }
        let mark = Mark {
            token: token(step, seen),
            seq: seen.op.seq,
            at: seen.op.at,
            writes: seen.is_done_write() && step.object.is_some(),
        };
        let window = self.window;
        let part =
            self.parts.entry(part_of(step, seen), || Part { marks: VecDeque::new(), runs: vec![0; window + 1], found: None });
        part.add(mark, window);
        if let Some((period, ticket, count, since)) = &mut part.found {
            let broken = part.runs.get(*period).is_none_or(|run| *run == 0);
            if broken {
                part.found = None;
            } else if let Some(ticket) = *ticket {
                *count += 1;
                let ops = u64::try_from(*period).unwrap_or(u64::MAX).max(1);
                let (rounds, took) = (*count / ops, seen.op.at.since(*since));
                book.extend(ticket, |finding| {
                    finding.add_evidence(seen.op.seq);
                    finding.rounds = rounds;
                    finding.set_pace(ops, rounds, took);
                });
            }
            return;
        }
        if let Some(period) = part.period() {
            part.found = Some(report(part, period, seen, book));
        }
    }

    fn forget(&mut self, _: &Scene) {
        self.parts.clear();
    }
}

impl Part {
    fn add(&mut self, mark: Mark, window: usize) {
        let count = self.marks.len();
        for (period, run) in self.runs.iter_mut().enumerate().skip(1) {
            let same = count >= period && self.marks[count - period].token == mark.token;
            *run = if same { run.saturating_add(1) } else { 0 };
        }
        self.marks.push_back(mark);
        if self.marks.len() > window * WINDOWS {
            self.marks.pop_front();
        }
    }

    /// The shortest period that repeats, where the window says more than that somebody beats: two different writes.
    fn period(&self) -> Option<usize> {
        let repeats = |period: usize| {
            self.runs.get(period).is_some_and(|run| usize::try_from(*run).is_ok_and(|run| run >= period * (WINDOWS - 1)))
        };
        let period = (1..self.runs.len()).find(|period| repeats(*period))?;
        let latest = self.marks.iter().rev().take(period);
        let mut writes: Vec<u64> = latest.filter(|mark| mark.writes).map(|mark| mark.token).collect();
        writes.sort_unstable();
        writes.dedup();
        let first = self.marks.len().checked_sub(period * WINDOWS).and_then(|place| self.marks.get(place))?;
        let took = self.marks.back()?.at.since(first.at);
        let hot = took.0 / u64::try_from(period * WINDOWS).ok()? <= SLOWEST.0;
        (writes.len() >= 2 && hot).then_some(period)
    }
}

/// Actor and what is reconciled.
fn part_of(step: &Step<'_>, seen: &Observed) -> u64 {
    let actor = number(seen.op.actor.0);
    let text = |namespace: &str, name: &str| pair(bytes(namespace.as_bytes()), bytes(name.as_bytes()));
    if let Some(span) = seen.op.span.and_then(|id| step.scene.span(id)) {
        return pair(pair(actor, bytes(span.kind_name.as_bytes())), text(&span.object.namespace, &span.object.name));
    }
    pair(actor, place(seen))
}

/// What an operation did and showed. Writes of unknown content are all different: nothing can be said of them.
fn token(step: &Step<'_>, seen: &Observed) -> u64 {
    let op = pair(pair(number(seen.op.verb.code()), u64::from(seen.op.status)), bytes(seen.op.subresource.as_bytes()));
    let about = pair(seen.op.kind.map_or(0, |kind| number(kind.0)), bytes(seen.op.name.as_bytes()));
    let content = match step.object.and_then(|object| object.latest()).and_then(|state| state.norm) {
        Some(norm) => norm,
        None if seen.op.verb.is_write() => seen.op.seq.0,
        None => 0,
    };
    pair(pair(op, about), content)
}

fn report(part: &Part, period: usize, seen: &Observed, book: &mut Book) -> (usize, Option<Ticket>, u64, Timestamp) {
    let marks: Vec<Mark> = part.marks.iter().rev().take(period * WINDOWS).copied().collect();
    let since = marks.last().map_or(seen.op.at, |mark| mark.at);
    let count = u64::try_from(marks.len()).unwrap_or(u64::MAX);
    let ops = u64::try_from(period).unwrap_or(u64::MAX).max(1);
    let sentence = format!("{} repeats the same {period} operations on {} with the same contents", seen.actor, seen.subject());
    let ticket = book.open(
        Finding::new(Class::Loops, Severity::Warning, Certainty::Exact, sentence)
            .object(&seen.subject())
            .actors([&seen.actor])
            .evidence(marks.iter().rev().map(|mark| mark.seq))
            .rounds(count / ops)
            .pace(ops, count / ops, seen.op.at.since(since)),
    );
    (period, ticket, count, since)
}
