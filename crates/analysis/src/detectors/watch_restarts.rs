//! Watches that are opened again and again after a short life. Servers end a watch after five to ten minutes.

use super::Detector;
use super::beat::{Series, number};
use crate::finding::{Book, Class, Finding, Severity};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::scene::{Scene, Step};
use crate::stream::Observed;
use kuberewind_model::{Certainty, Duration};

const OPENED: u64 = 8;
const SHORTEST: Duration = Duration(30_000_000_000);

#[derive(Default)]
pub(super) struct WatchRestarts(Lru<u64, Series, 4_096>);

impl Detector for WatchRestarts {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        // Without the selector two watches cannot be told from one that is opened twice.
        let Some(seen) = step.seen.filter(|seen| seen.detail.as_ref().is_some_and(|detail| !detail.uri.is_empty())) else {
            return;
        };
        let series = self.0.entry(scope(seen), Series::default);
        series.beat.strike(seen.op.seq, seen.began());
        series.tell(book, |beat| {
            let short = beat.count >= OPENED && beat.median_gap().is_some_and(|gap| gap < SHORTEST);
            short.then(|| {
                let sentence = format!("{} opens its watch of {} again and again", seen.actor, seen.subject());
                let finding = Finding::new(Class::Slow, Severity::Warning, Certainty::Exact, sentence);
                finding.object(&seen.subject()).actors([&seen.actor])
            })
        });
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
    let who = pair(number(seen.op.actor.0), bytes(path.as_bytes()));
    selectors.fold(who, |hash, selector| pair(hash, bytes(selector.as_bytes())))
}
