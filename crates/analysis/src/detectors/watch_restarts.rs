//! Watches that are reopened repeatedly after a short life. Servers end a watch after five to ten minutes.

use super::detector::Detector;
use super::input::Input;
use super::keys::id_key;
use super::series::Series;
use crate::finding::{Class, Finding, Severity};
use crate::findings::Findings;
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::stream::OperationItem;
use crate::tracker::Tracker;
use kuberewind_model::{Certainty, Duration};

const OPENED: u64 = 8;
const SHORTEST: Duration = Duration(30_000_000_000);

#[derive(Default)]
pub(super) struct WatchRestarts(Lru<u64, Series, 4_096>);

impl Detector for WatchRestarts {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        // Without selectors, two watches are indistinguishable from one that is reopened.
        let Some(operation) =
            input.operation.filter(|operation| operation.detail.as_ref().is_some_and(|detail| !detail.uri.is_empty()))
        else {
            return;
        };
        let series = self.0.entry(scope(operation), Series::default);
        series.cadence.record(operation.op.seq, operation.began());
        series.report(findings, |cadence| {
            let short = cadence.count >= OPENED && cadence.median_gap().is_some_and(|gap| gap < SHORTEST);
            short.then(|| {
                let sentence = format!("{} reopens its watch of {} repeatedly", operation.actor, operation.subject());
                let finding = Finding::new(Class::Slow, Severity::Warning, Certainty::Exact, sentence);
                finding.object(&operation.subject()).actors([&operation.actor])
            })
        });
    }

    fn forget(&mut self, _: &Tracker) {
        self.0.clear();
    }
}

/// A key of actor, path and selectors, without the resourceVersion.
fn scope(operation: &OperationItem) -> u64 {
    let uri = operation.detail.as_ref().map_or("", |detail| &*detail.uri);
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let selectors = query.split('&').filter(|part| part.starts_with("labelSelector=") || part.starts_with("fieldSelector="));
    let who = pair(id_key(operation.op.actor.0), bytes(path.as_bytes()));
    selectors.fold(who, |hash, selector| pair(hash, bytes(selector.as_bytes())))
}
