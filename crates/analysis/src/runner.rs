//! Runs the detectors over the items of a stream.

use super::detectors::{Detector, Input, Interest, Specificity, TABLE, TableRow, by_name};
use super::finding::{Class, Finding};
use super::findings::Findings;
use super::results::{Analysis, SlowOperation, Tally, settled_positions, with_numbers};
use super::settings::Settings;
use super::stream::{Item, OperationItem};
use super::tracker::Tracker;
use kuberewind_model::Derived;

const MAX_SLOW: usize = 10_000;
const MAX_REASONS: usize = 1_000;
/// Findings that only report a recurrence are held back for this many more rounds.
const PATIENCE: u64 = 4;

/// The detectors with their tracker and findings.
pub struct Runner {
    tracker: Tracker,
    detectors: Vec<(&'static TableRow, Box<dyn Detector>)>,
    findings: Findings,
    /// Reported by a detector, not yet returned to the caller: the position of each finding, and its rounds at that time.
    held: Vec<(usize, u64)>,
    tally: Tally,
    settings: Settings,
}

impl Runner {
    #[must_use]
    pub fn new(settings: &Settings) -> Runner {
        let detectors = TABLE.iter().filter(|row| settings.wants(row.class)).map(|row| (row, (row.create)(settings))).collect();
        Runner {
            tracker: Tracker::default(),
            detectors,
            findings: Findings::default(),
            held: Vec::new(),
            tally: Tally::default(),
            settings: settings.clone(),
        }
    }

    /// Creates a runner that also computes derived rows.
    pub(super) fn deriving(settings: &Settings) -> Runner {
        Runner { tracker: Tracker::deriving(), ..Runner::new(settings) }
    }

    /// Returns the derived rows since the last call.
    pub(super) fn take_derived(&mut self) -> Vec<Derived> {
        self.tracker.take_derived()
    }

    pub fn take(&mut self, item: &Item) {
        if let Item::Operation(operation) = item {
            self.count(operation);
        }
        let update = self.tracker.take(item);
        if matches!(item, Item::Gap(_)) {
            for (_, detector) in &mut self.detectors {
                detector.forget(&self.tracker);
            }
            return;
        }
        let input = Input::new(item, &self.tracker, &update);
        let interest = Interest::of(&input);
        for (row, detector) in &mut self.detectors {
            if row.interest.intersects(interest) {
                self.findings.set_detector(row.name);
                detector.handle(&input, &mut self.findings);
            }
        }
    }

    fn count(&mut self, operation: &OperationItem) {
        let op = &operation.op;
        self.tally.operations += 1;
        let first = *self.tally.first.get_or_insert(op.seq.0);
        let slow = self.settings.wants(Class::Slow) && op.duration >= self.settings.slow_threshold;
        if slow && operation.is_bounded() && self.tally.slow.len() < MAX_SLOW {
            self.tally.slow.push(SlowOperation {
                index: op.seq.0.saturating_sub(first),
                operation_type: op.verb.operation_type().as_str().to_owned(),
                resource: operation.subject(),
                duration_ms: op.duration.as_millis(),
            });
        }
        if operation.is_failure() && self.settings.wants(Class::Errors) {
            let errors = &mut self.tally.errors;
            errors.total += 1;
            *errors.by_type.entry(op.verb.operation_type().as_str().to_owned()).or_default() += 1;
            let mut reason = operation.failure_reason();
            if errors.by_reason.len() >= MAX_REASONS && !errors.by_reason.contains_key(&reason) {
                "other".clone_into(&mut reason);
            }
            *errors.by_reason.entry(reason).or_default() += 1;
        }
    }

    /// Returns the findings since the last call, without superseded ones. A finding that only reports a recurrence is held
    /// back for a few rounds, since its cause is often found by then and reported instead.
    pub fn fresh(&mut self) -> Vec<Finding> {
        for at in self.findings.take_new() {
            let rounds = self.findings.findings().get(at).map_or(0, |finding| finding.rounds);
            self.held.push((at, rounds));
        }
        if self.held.is_empty() {
            return Vec::new();
        }
        let all = self.findings.findings();
        let kept = settled_positions(all);
        let mut ready = Vec::new();
        self.held.retain(|(at, rounds)| {
            let Some(now) = all.get(*at).filter(|_| kept.binary_search(at).is_ok()) else { return false };
            let specificity = by_name(&now.detector).map_or(Specificity::Cause, |row| row.specificity);
            let waits = specificity < Specificity::Cause && !now.is_info() && now.rounds < rounds + PATIENCE;
            if !waits {
                ready.push(with_numbers(now));
            }
            waits
        });
        ready
    }

    /// The analysis so far, including findings about the stream as a whole.
    #[must_use]
    pub fn analysis(&self, session_id: &str) -> Analysis {
        let mut findings = self.findings.clone();
        for (row, detector) in &self.detectors {
            findings.set_detector(row.name);
            detector.end(&self.tracker, &mut findings);
        }
        Analysis::new(session_id, &self.tally, &findings)
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::{Class, Severity};
    use super::*;
    use kuberewind_model::Certainty;

    #[test]
    fn two_findings_about_one_operation_are_returned_once_each() {
        let mut runner = Runner::new(&Settings::default());
        let report = |runner: &mut Runner, sentence: &str| {
            runner.findings.set_detector("errors");
            let finding = Finding::new(Class::Errors, Severity::Error, Certainty::Exact, sentence.to_owned());
            runner.findings.report(finding.object("Deployment/shop/checkout"));
        };
        let sentences = |runner: &mut Runner| -> Vec<String> {
            runner.fresh().into_iter().map(|finding| finding.sentence.split(',').next().unwrap_or_default().to_owned()).collect()
        };
        report(&mut runner, "one");
        report(&mut runner, "other");
        assert_eq!(sentences(&mut runner), ["one", "other"]);
        report(&mut runner, "third");
        assert_eq!(sentences(&mut runner), ["third"]);
        assert!(runner.fresh().is_empty());
    }
}
