//! Watches that are opened again and again after a short life. Servers end a watch after five to ten minutes.

use super::Detector;
use super::beat::Beat;
use crate::analysis::finding::{Book, Class, Finding, Severity, Ticket};
use crate::analysis::hash::{bytes, pair};
use crate::analysis::lru::Lru;
use crate::analysis::scene::{Scene, Step};
use crate::analysis::stream::Observed;
use crate::model::{Certainty, Duration};

const OPENED: u64 = 8;
const SHORTEST: Duration = Duration(30_000_000_000);

#[derive(Default)]
pub(super) struct WatchRestarts(Lru<u64, (Beat, Option<Ticket>), 4_096>);

impl Detector for WatchRestarts {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        // Without the selector two watches cannot be told from one that is opened twice.
        let Some(seen) = step.seen.filter(|seen| seen.detail.as_ref().is_some_and(|detail| !detail.uri.is_empty())) else {
            return;
        };
        let watches = &mut self.0;
        let (beat, ticket) = watches.entry(scope(seen), Default::default);
        beat.strike(seen.op.seq, seen.began());
        let (count, took) = (beat.count, beat.took());
        if let Some(ticket) = *ticket {
            book.extend(ticket, |finding| {
                finding.add_evidence(seen.op.seq);
                finding.rounds = count;
                finding.set_pace(1, count.saturating_sub(1), took);
            });
        } else if count >= OPENED && beat.median_gap().is_some_and(|gap| gap < SHORTEST) {
            let sentence = format!("{} opens its watch of {} again and again", seen.actor, seen.subject());
            *ticket = book.open(
                Finding::new(Class::Slow, Severity::Warning, Certainty::Exact, sentence)
                    .object(&seen.subject())
                    .actors([&seen.actor])
                    .evidence(beat.seqs())
                    .rounds(count)
                    .pace(1, count.saturating_sub(1), took),
            );
        }
    }

    fn forget(&mut self, _: &Scene) {
        self.0.clear();
    }
}

/// Who watches what: path and selectors, not the version from which.
fn scope(seen: &Observed) -> u64 {
    let uri = seen.detail.as_ref().map_or("", |detail| &*detail.uri);
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let selectors = query.split('&').filter(|part| part.starts_with("labelSelector=") || part.starts_with("fieldSelector="));
    let who = pair(u64::from_ne_bytes(seen.op.actor.0.to_ne_bytes()), bytes(path.as_bytes()));
    selectors.fold(who, |hash, selector| pair(hash, bytes(selector.as_bytes())))
}
