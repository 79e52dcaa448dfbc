//! Filter and search, step by step: between two steps, the worker handles more urgent requests. A scan starts at the cursor and
//! extends in both directions, so that the screen is complete first.

use std::ops::Range;

use crate::protocol::{Reply, ScanRequest, Target};
use kuberewind_file::filter::Plan;
use kuberewind_file::filter::{Matches, SearchProgress};
use kuberewind_model::Result;

use super::Worker;
use super::error_text::error_text;
use super::scan_set::Scan;

/// The operations per step: a few milliseconds.
const PIECE: u64 = 8_192;

impl Worker {
    /// Starts a scan, or continues one after the recording has grown.
    pub(super) fn scan(&mut self, request: ScanRequest) -> Option<Reply> {
        let kept = self.scans.iter().position(|scan| scan.request.target == request.target);
        let kept = kept.map(|at| self.scans.remove(at));
        let goes_on = kept.filter(|scan| scan.request.generation == request.generation && scan.request.filter == request.filter);
        let (plan, searched) = match goes_on {
            // Only new texts are searched.
            Some(scan) => (scan.plan, SearchProgress { done: false, ..scan.searched }),
            None => match Plan::new(&request.filter) {
                Ok(plan) => (plan, SearchProgress::default()),
                Err(wrong) => {
                    return Some(Reply::NotScanned {
                        target: request.target,
                        generation: request.generation,
                        error: wrong.to_string(),
                    });
                }
            },
        };
        let mut scan = Scan { plan, searched, forward: true, done: false, request };
        for (thing, operations) in std::mem::take(&mut scan.request.findings) {
            scan.plan.set_findings(thing, operations);
        }
        let searches = scan.plan.searches();
        scan.searched.done = !(searches.0 || searches.1);
        self.scans.push(scan);
        None
    }

    pub fn stop(&mut self, target: Target) {
        self.scans.retain(|scan| scan.request.target != target);
    }

    /// True while a scan is running.
    #[must_use]
    pub fn is_scanning(&self) -> bool {
        self.scans.iter().any(|scan| !scan.done)
    }

    /// Continues the newest scan by one step.
    pub fn scan_on(&mut self) -> Option<Reply> {
        let at = self.scans.iter().rposition(|scan| !scan.done)?;
        let mut scan = self.scans.remove(at);
        let answer = self.piece(&mut scan).unwrap_or_else(|error| {
            scan.done = true;
            Reply::NotScanned { target: scan.request.target, generation: scan.request.generation, error: error_text(&error) }
        });
        self.scans.insert(at, scan);
        Some(answer)
    }

    fn piece(&self, scan: &mut Scan) -> Result<Reply> {
        let (target, generation) = (scan.request.target, scan.request.generation);
        let lineage = self.recording.lineage();
        let source = self.recording.source();
        if !scan.searched.done {
            scan.searched = source.search_texts(lineage, &mut scan.plan, scan.searched)?;
            // Bodies come first, then operations; each is half of the progress.
            return Ok(Reply::Scanning { target, generation, percent: scan.searched.percent / 2 });
        }
        let len = lineage.len();
        let Some(ordinals) = next(&scan.request, len, scan.forward) else {
            scan.done = true;
            return Ok(Reply::Matched { target, generation, matches: Box::new(Matches::default()), percent: 100 });
        };
        let matches = source.scan(lineage, &mut scan.plan, ordinals.clone())?;
        let covered = &mut scan.request.covered;
        *covered = if covered.is_empty() { ordinals } else { covered.start.min(ordinals.start)..covered.end.max(ordinals.end) };
        scan.forward = !scan.forward;
        scan.done = covered.start == 0 && covered.end >= len;
        let share = u128::from(covered.end.min(len) - covered.start.min(len)) * 100 / u128::from(len.max(1));
        let mut percent = u8::try_from(share).unwrap_or(100).min(99);
        if scan.plan.searches() != (false, false) {
            percent = 50 + percent / 2;
        }
        let percent = if scan.done { 100 } else { percent };
        Ok(Reply::Matched { target, generation, matches: Box::new(matches), percent })
    }
}

/// The next ordinals to scan: next to the covered range, alternating between both sides.
fn next(request: &ScanRequest, len: u64, forward: bool) -> Option<Range<u64>> {
    let covered = &request.covered;
    if len == 0 {
        return None;
    }
    if covered.is_empty() {
        let start = request.start.min(len - 1) / PIECE * PIECE;
        return Some(start..(start + PIECE).min(len));
    }
    // The last word may be incomplete, so it is scanned again.
    let end = covered.end / 64 * 64;
    let ahead = (covered.end < len).then(|| end..((end / PIECE + 1) * PIECE).min(len));
    let behind = (covered.start > 0).then(|| covered.start.saturating_sub(PIECE) / 64 * 64..covered.start);
    if forward { ahead.or(behind) } else { behind.or(ahead) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kuberewind_query::filter::Filter;

    #[test]
    fn a_scan_covers_all_operations_in_both_directions() {
        let request = |start, covered| ScanRequest {
            target: Target::Filter,
            filter: Filter::parse("").unwrap(),
            start,
            covered,
            findings: Vec::new(),
            generation: 1,
        };
        for (start, len) in [(0, 1), (9_000, 30_001), (99_999, 30_000), (8_192, 8_193), (20_000, 100_000)] {
            let (mut covered, mut forward) = (0..0, true);
            let mut steps = 0;
            while let Some(ordinals) = next(&request(start, covered.clone()), len, forward) {
                assert!(ordinals.start % 64 == 0 && ordinals.end <= len && ordinals.end - ordinals.start <= PIECE);
                covered =
                    if covered.is_empty() { ordinals } else { covered.start.min(ordinals.start)..covered.end.max(ordinals.end) };
                forward = !forward;
                steps += 1;
                assert!(steps < 100, "{start} of {len}");
            }
            assert_eq!(covered, 0..len, "{start} of {len}");
        }
        assert_eq!(next(&request(0, 0..0), 0, true), None);
        // After growth: the last word again, and the new operations.
        assert_eq!(next(&request(0, 0..100), 130, true), Some(64..130));
    }
}
