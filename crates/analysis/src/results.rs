//! The result of an analysis. Its JSON keys are stable.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::detectors::{self, INVARIANT, Specificity, TABLE};
use super::finding::{Class, Finding, Severity};
use super::findings::Findings;
use super::grouping::{grouped, with_first};
use super::queries::invariant::InvariantReport;
use kuberewind_model::{Error, ErrorKind, Result};

/// The findings in one lineage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    pub session_id: String,
    pub total_operations: u64,
    /// Calls above the threshold, at most 10,000.
    pub slow_operations: Vec<SlowOperation>,
    /// Loops of severity warning and error.
    pub loops_detected: Vec<LoopDetected>,
    /// Races of severity warning and error.
    pub races: Vec<Race>,
    pub errors: ErrorCounts,
    /// In the order of what they cost, each cause followed by its symptoms.
    pub findings: Vec<Finding>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlowOperation {
    /// Index of the operation, from 0.
    pub index: u64,
    /// For example `UPDATE`.
    #[serde(rename = "type")]
    pub operation_type: String,
    /// `Kind/namespace/name`.
    pub resource: String,
    pub duration_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoopDetected {
    /// Index of the first operation, from 0.
    pub start_index: u64,
    /// Index of the last operation, from 0.
    pub end_index: u64,
    pub repeat_count: u64,
    /// The sentence of the finding.
    pub description: String,
    /// The name of the detector.
    pub kind: String,
    /// The actors that take part, the cause first.
    pub actors: Vec<String>,
    pub object: String,
    /// JSON pointers.
    pub fields: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Race {
    /// The name of the detector.
    pub kind: String,
    /// The sentence of the finding.
    pub description: String,
    pub object: String,
    /// Operation numbers.
    pub operations: Vec<u64>,
}

/// Numbers of failed calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorCounts {
    pub total: u64,
    pub by_type: BTreeMap<String, u64>,
    /// By the server's reason. After 1,000 different reasons, under `other`.
    pub by_reason: BTreeMap<String, u64>,
}

/// Counts next to the findings.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub operations: u64,
    /// The number of the first operation, which has index 0.
    pub first: Option<u64>,
    pub slow: Vec<SlowOperation>,
    pub errors: ErrorCounts,
}

impl Analysis {
    pub(super) fn new(session_id: &str, tally: &Tally, findings: &Findings) -> Analysis {
        let mut findings = grouped(settled(findings.findings()), tally.operations);
        findings.iter_mut().for_each(|finding| *finding = with_numbers(finding));
        let index = |seq: u64| seq.saturating_sub(tally.first.unwrap_or(1));
        // A symptom of another class than its cause's is listed as well.
        let heads: Vec<(u64, Class)> =
            findings.iter().filter(|finding| finding.is_head()).map(|head| (head.group, head.class)).collect();
        let is_listed = &|finding: &Finding| finding.is_head() || !heads.contains(&(finding.group, finding.class));
        let serious = |class: Class| {
            let listed =
                move |finding: &&Finding| finding.class == class && finding.severity >= Severity::Warning && is_listed(finding);
            findings.iter().filter(listed)
        };
        let loops_detected = serious(Class::Loops).map(|finding| LoopDetected {
            start_index: index(finding.first),
            end_index: index(finding.last),
            repeat_count: finding.rounds,
            description: finding.sentence.clone(),
            kind: finding.detector.clone(),
            actors: finding.actors.clone(),
            object: finding.object.clone(),
            fields: finding.fields.clone(),
        });
        let races = serious(Class::Races).map(|finding| Race {
            kind: finding.detector.clone(),
            description: finding.sentence.clone(),
            object: finding.object.clone(),
            operations: finding.operations.clone(),
        });
        Analysis {
            session_id: session_id.to_owned(),
            total_operations: tally.operations,
            slow_operations: tally.slow.clone(),
            loops_detected: loops_detected.collect(),
            races: races.collect(),
            errors: tally.errors.clone(),
            findings,
        }
    }

    /// An empty analysis.
    #[must_use]
    pub fn of_nothing(session_id: &str, operations: u64) -> Analysis {
        Analysis::new(session_id, &Tally { operations, ..Tally::default() }, &Findings::default())
    }

    /// Adds the violations of invariants as findings.
    pub fn add_invariants(&mut self, checked: &[InvariantReport]) {
        let mut findings = Findings::default();
        findings.set_detector(INVARIANT);
        for one in checked {
            one.violations.iter().for_each(|violation| {
                findings.report(violation.finding(&one.expression));
            });
        }
        let violated = findings.findings().iter().map(with_numbers).collect();
        let others = std::mem::take(&mut self.findings);
        self.findings = with_first(violated, others, self.total_operations);
    }

    /// Checks that all names are classes or detectors.
    ///
    /// # Errors
    /// A name is neither. The hint lists the valid names.
    pub fn check_names(wanted: &[String]) -> Result<()> {
        for name in wanted {
            let known = Class::ALL.iter().any(|class| class.as_str() == name) || detectors::by_name(name).is_some();
            if !known && name != INVARIANT {
                let classes: Vec<&str> = Class::ALL.iter().map(|class| class.as_str()).collect();
                let names: Vec<&str> = TABLE.iter().map(|row| row.name).collect();
                return Err(Error::new(ErrorKind::Invalid, format!("{name:?} is neither a class of findings nor a detector"))
                    .hint(format!("classes: {}; detectors: {}", classes.join(", "), names.join(", "))));
            }
        }
        Ok(())
    }

    /// The findings of the given classes or detectors with severity warning or error.
    ///
    /// # Errors
    /// As [`Analysis::check_names`].
    pub fn failing(&self, wanted: &[String]) -> Result<Vec<&Finding>> {
        Analysis::check_names(wanted)?;
        let named = |finding: &&Finding| {
            finding.severity >= Severity::Warning
                && wanted.iter().any(|name| *name == finding.detector || *name == finding.class.as_str())
        };
        Ok(self.findings.iter().filter(named).collect())
    }
}

/// Removes superseded findings.
pub(super) fn settled(findings: &[Finding]) -> Vec<Finding> {
    settled_positions(findings).into_iter().filter_map(|at| findings.get(at).cloned()).collect()
}

/// Returns the positions of the findings of [`settled`], ascending.
pub(super) fn settled_positions(findings: &[Finding]) -> Vec<usize> {
    let specificity = |finding: &Finding| detectors::by_name(&finding.detector).map_or(Specificity::Cause, |row| row.specificity);
    let patterns: Vec<&Finding> =
        findings.iter().filter(|finding| finding.class == Class::Loops && finding.severity >= Severity::Warning).collect();
    let is_superseded = |finding: &Finding| {
        let loops = finding.class == Class::Loops || finding.detector == "identical-reads";
        loops
            && patterns.iter().any(|other| {
                let about_it = other.objects().any(|object| object == finding.object);
                about_it && specificity(other) > specificity(finding) && other.overlaps(finding)
            })
    };
    let kept = findings.iter().enumerate().filter(|(_, finding)| !is_superseded(finding));
    kept.map(|(at, _)| at).collect()
}

/// Appends the number of rounds and the range to the sentence.
pub(super) fn with_numbers(finding: &Finding) -> Finding {
    let mut finding = finding.clone();
    let unit = if finding.class == Class::Loops { "rounds" } else { "times" };
    let range = if finding.first == finding.last {
        format!("#{}", finding.first)
    } else {
        format!("#{}–#{}", finding.first, finding.last)
    };
    finding.sentence = match finding.rounds {
        0 | 1 => format!("{}, {range}", finding.sentence),
        rounds => format!("{}, {rounds} {unit}, {range}", finding.sentence),
    };
    finding
}
