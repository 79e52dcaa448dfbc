//! The loops that the detectors found: targets of `]l`, marks in the minimap, and folds of the timeline.

use std::collections::HashMap;

use crate::actors::ActorNames;
use crate::row::Row;
use kuberewind_analysis::finding::{Class, Finding};
use kuberewind_model::Seq;
use kuberewind_text::counted;

#[derive(Debug, Clone, PartialEq)]
pub struct Loop {
    pub first: Seq,
    /// The last operation so far.
    pub last: Seq,
    /// The operations that the finding cites; of a long loop, the first and the last ones.
    pub operations: Vec<u64>,
    /// The number of rounds.
    pub rounds: u64,
    /// The duration of a round in milliseconds.
    pub period_ms: Option<f64>,
    /// The fields that alternate, as JSON pointers.
    pub fields: Vec<String>,
    pub actors: Vec<String>,
    /// `Kind/namespace/name`.
    pub object: String,
}

/// All loops, ordered by their first operation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Loops {
    loops: Vec<Loop>,
    /// The indices of the loops over each object.
    by_object: HashMap<String, Vec<usize>>,
    /// The operations that findings cite, ascending.
    evidence: Vec<u64>,
    /// The operations that races cite.
    races: Vec<u64>,
}

impl Loops {
    /// Collects the loops from the findings. Remarks are skipped: a healthy cluster has many regular requests.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Loops {
        let findings = || findings.iter().filter(|finding| !finding.is_info());
        let of_class = findings().filter(|finding| finding.class == Class::Loops && finding.last > finding.first);
        let mut loops: Vec<Loop> = of_class
            .map(|finding| Loop {
                first: Seq(finding.first),
                last: Seq(finding.last),
                operations: finding.operations.clone(),
                rounds: finding.rounds,
                period_ms: finding.period_ms,
                fields: finding.fields.clone(),
                actors: finding.actors.clone(),
                object: finding.object.clone(),
            })
            .collect();
        loops.sort_by_key(|found| (found.first, std::cmp::Reverse(found.last)));
        let mut evidence: Vec<u64> = findings().flat_map(|finding| finding.operations.iter().copied()).collect();
        evidence.sort_unstable();
        evidence.dedup();
        let of_races = findings().filter(|finding| finding.class == Class::Races);
        let races = of_races.flat_map(|finding| finding.operations.iter().copied()).collect();
        let mut by_object: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, found) in loops.iter().enumerate() {
            by_object.entry(found.object.clone()).or_default().push(at);
        }
        Loops { loops, by_object, evidence, races }
    }

    #[must_use]
    pub fn evidence(&self) -> &[u64] {
        &self.evidence
    }

    #[must_use]
    pub fn races(&self) -> &[u64] {
        &self.races
    }

    #[must_use]
    pub fn all(&self) -> &[Loop] {
        &self.loops
    }

    /// The shortest loop around a moment.
    #[must_use]
    pub fn around(&self, at: Seq) -> Option<&Loop> {
        let around = self.loops.iter().filter(|found| found.first <= at && at <= found.last);
        around.min_by_key(|found| found.last.0 - found.first.0)
    }

    /// The start of the `count`th loop after or before a moment.
    #[must_use]
    pub fn start(&self, at: Seq, forward: bool, count: u64) -> Option<Seq> {
        let nth = usize::try_from(count.saturating_sub(1)).unwrap_or(usize::MAX);
        let mut starts: Vec<Seq> = self.loops.iter().map(|found| found.first).collect();
        starts.dedup();
        if forward {
            let later: Vec<Seq> = starts.into_iter().filter(|start| *start > at).collect();
            later.get(nth.min(later.len().saturating_sub(1))).copied()
        } else {
            let earlier: Vec<Seq> = starts.into_iter().rev().filter(|start| *start < at).collect();
            earlier.get(nth.min(earlier.len().saturating_sub(1))).copied()
        }
    }

    /// True if an operation belongs to a loop: a finding cites it, or it lies in a loop and has its object and one of its actors.
    #[must_use]
    pub fn holds(&self, row: &Row) -> bool {
        let lies_in = |found: &Loop| found.first <= row.seq && row.seq <= found.last;
        let acts = |found: &Loop| found.actors.is_empty() || found.actors.iter().any(|actor| **actor == *row.actor);
        let over_object = self.by_object.get(&row.object_path()).into_iter().flatten();
        over_object.filter_map(|at| self.loops.get(*at)).any(|found| lies_in(found) && acts(found))
            || self.is_evidence(row.seq) && self.loops.iter().any(|found| found.operations.binary_search(&row.seq.0).is_ok())
    }

    /// True if a finding cites the operation.
    #[must_use]
    pub fn is_evidence(&self, at: Seq) -> bool {
        self.evidence.binary_search(&at.0).is_ok()
    }
}

impl Loop {
    /// A summary in one line: field, rounds, period, actors, object.
    #[must_use]
    pub fn summary(&self, names: &ActorNames, arrow: &str) -> String {
        let mut parts = Vec::new();
        if let Some(field) = self.fields.first() {
            let more = if self.fields.len() > 1 { format!(" and {} more", self.fields.len() - 1) } else { String::new() };
            parts.push(format!("loop {}{more}", kuberewind_model::json::pointer::dotted(field)));
        } else {
            parts.push("loop".to_owned());
        }
        if self.rounds > 0 {
            parts.push(counted(self.rounds, "round"));
        }
        if let Some(period) = self.period_ms {
            parts.push(if period >= 1_000.0 {
                format!("every {:.1} s", period / 1_000.0)
            } else {
                format!("every {period:.0} ms")
            });
        }
        if !self.actors.is_empty() {
            parts.push(self.actors.iter().map(|actor| names.short(actor)).collect::<Vec<_>>().join(arrow));
        }
        parts.push(self.object.clone());
        parts.join("  ")
    }
}

#[cfg(test)]
mod tests {
    use super::Loops;
    use kuberewind_analysis::finding::{Class, Finding, Severity};
    use kuberewind_model::{Certainty, Seq};

    #[test]
    fn remarks_are_not_loops() {
        let found = |severity| {
            let finding = Finding::new(Class::Loops, severity, Certainty::Exact, "a regular beat".to_owned());
            Loops::of(&[finding.evidence([Seq(3), Seq(9)])])
        };
        let (remark, warning) = (found(Severity::Info), found(Severity::Warning));
        assert!(remark.all().is_empty() && !remark.is_evidence(Seq(3)));
        assert!(warning.all().len() == 1 && warning.is_evidence(Seq(3)));
    }
}
