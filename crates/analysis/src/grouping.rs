//! One trouble, one finding.
//!
//! Findings of one detector about one actor's objects of one kind are one row. Findings that share a cause are one group: the most
//! specific one is its head, the others are its symptoms. Groups are ranked by what they cost.

use std::collections::BTreeSet;

use super::detectors::{self, Specificity};
use super::finding::{Class, Cost, Finding, Severity};

/// Objects named in a merged sentence, and fields kept in it.
const MAX_NAMED: usize = 4;
const MAX_FIELDS: usize = 16;
/// Findings that are compared pair by pair.
const MAX_COMPARED: usize = 1_024;

/// Merges, groups and ranks settled findings. `operations` is the number of operations in the lineage.
pub(super) fn grouped(findings: Vec<Finding>, operations: u64) -> Vec<Finding> {
    let merged = merge(findings);
    let groups = groups(&merged);
    let mut ranked: Vec<(Vec<Finding>, Cost)> = groups
        .into_iter()
        .map(|members| {
            let mut members: Vec<Finding> = members.into_iter().map(|place| merged[place].clone()).collect();
            members.sort_by_key(head_first);
            let cost = cost(&members, operations);
            (members, cost)
        })
        .collect();
    ranked.sort_by(|(one, of_one), (two, of_two)| rank(&one[0], of_one).cmp(&rank(&two[0], of_two)));
    let mut out = Vec::with_capacity(merged.len());
    for (number, (members, cost)) in (1_u64..).zip(ranked) {
        for (place, mut finding) in members.into_iter().enumerate() {
            finding.group = number;
            finding.cost = (place == 0).then(|| cost.clone());
            out.push(finding);
        }
    }
    out
}

/// Puts findings of the user's own invariants before grouped ones. Each is a group.
pub(super) fn with_first(first: Vec<Finding>, mut grouped: Vec<Finding>, operations: u64) -> Vec<Finding> {
    let count = u64::try_from(first.len()).unwrap_or(u64::MAX);
    grouped.iter_mut().for_each(|finding| finding.group = finding.group.saturating_add(count));
    let numbered = (1_u64..).zip(first).map(|(number, mut finding)| {
        finding.group = number;
        finding.cost = Some(cost(std::slice::from_ref(&finding), operations));
        finding
    });
    numbered.chain(grouped).collect()
}

fn specificity(finding: &Finding) -> Specificity {
    detectors::by_name(&finding.detector).map_or(Specificity::Cause, |row| row.specificity)
}

/// The order within a group: the head is a serious loop or race of the most specific detector.
fn head_first(finding: &Finding) -> (bool, bool, std::cmp::Reverse<Specificity>, std::cmp::Reverse<Severity>, u64) {
    let work = matches!(finding.class, Class::Loops | Class::Races | Class::Invariants);
    let key = std::cmp::Reverse(specificity(finding));
    (finding.is_info(), !work, key, std::cmp::Reverse(finding.severity), finding.first)
}

/// The order of groups: what a person would act on first. Within a severity, loops and races before slow calls and errors, then
/// by calls and by the number of objects.
fn rank(head: &Finding, cost: &Cost) -> (std::cmp::Reverse<Severity>, u8, std::cmp::Reverse<u64>, std::cmp::Reverse<u64>, u64) {
    let class = match head.class {
        Class::Invariants => 0,
        Class::Loops | Class::Races => 1,
        Class::Errors => 2,
        Class::Slow => 3,
        Class::Access => 4,
    };
    let weight = match specificity(head) {
        Specificity::Content | Specificity::Cause => 4,
        Specificity::Recurrence => 2,
        Specificity::Repetition => 1,
    };
    let calls = std::cmp::Reverse(cost.calls.saturating_mul(weight));
    (std::cmp::Reverse(head.severity), class, calls, std::cmp::Reverse(cost.objects), head.first)
}

// A share and a rate need no more than 2^53.
#[allow(clippy::cast_precision_loss)]
fn cost(members: &[Finding], operations: u64) -> Cost {
    let objects: BTreeSet<&str> = members.iter().flat_map(Finding::objects).collect();
    // The members of a group are about the same calls.
    let calls = members.iter().map(calls).max().unwrap_or(0).min(operations.max(1));
    let rate = members
        .iter()
        .filter_map(|finding| Some(finding.rate_per_s? * finding.period_ops.unwrap_or(1) as f64))
        .fold(0.0, f64::max);
    Cost {
        calls,
        share: (calls as f64 / operations.max(1) as f64 * 10_000.0).round() / 10_000.0,
        rate_per_s: (rate * 1_000.0).round() / 1_000.0,
        objects: u64::try_from(objects.len()).unwrap_or(u64::MAX),
    }
}

/// The operations that belong to a finding: rounds times operations per round, at least its evidence.
fn calls(finding: &Finding) -> u64 {
    let evidence = u64::try_from(finding.operations.len()).unwrap_or(u64::MAX);
    finding.rounds.saturating_mul(finding.period_ops.unwrap_or(1).max(1)).max(evidence)
}

/// Makes one finding of those that differ only in the object.
fn merge(findings: Vec<Finding>) -> Vec<Finding> {
    let mut merged: Vec<Finding> = Vec::new();
    // Objects that take part in a finding before it absorbs others.
    let mut own: Vec<usize> = Vec::new();
    let mut by_key: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for finding in findings {
        if !is_mergeable(&finding) {
            own.push(finding.others.len());
            merged.push(finding);
            continue;
        }
        match by_key.entry(merge_key(&finding)) {
            std::collections::hash_map::Entry::Occupied(place) => absorb(&mut merged[*place.get()], finding),
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(merged.len());
                own.push(finding.others.len());
                merged.push(finding);
            }
        }
    }
    merged.iter_mut().zip(own).for_each(|(finding, own)| name_others(finding, own));
    merged
}

fn is_mergeable(finding: &Finding) -> bool {
    finding.severity >= Severity::Warning && matches!(finding.class, Class::Loops | Class::Races | Class::Slow)
}

/// Detector, actors, kind of the object, and fields without indexes. Repetitions and failures of one actor are one trouble
/// whatever the kind.
fn merge_key(finding: &Finding) -> String {
    let kind = finding.object.split('/').next().unwrap_or_default();
    let names: Vec<&str> = finding.actors.iter().map(String::as_str).take(2).collect();
    let (actors, kind) = match &*finding.detector {
        // Calls that took long, whoever made them.
        "slow" => (String::new(), ""),
        "error-retry" | "refused-write" | "repeated-window" | "unknown-updates" => (names.join(","), status(finding)),
        _ => (names.join(","), kind),
    };
    let fields: BTreeSet<String> = finding.fields.iter().map(|field| general(field)).collect();
    format!("{}|{:?}|{actors}|{kind}|{fields:?}", finding.detector, finding.severity)
}

/// The status of failing calls, as their sentence states it.
fn status(finding: &Finding) -> &str {
    finding.sentence.split_once('(').map_or("", |(_, rest)| rest.get(..3).unwrap_or_default())
}

/// A JSON pointer without indexes.
fn general(field: &str) -> String {
    let segment =
        |segment: &str| if segment.bytes().all(|byte| byte.is_ascii_digit()) { "*".to_owned() } else { segment.to_owned() };
    field.split('/').map(segment).collect::<Vec<_>>().join("/")
}

fn absorb(into: &mut Finding, other: Finding) {
    into.rounds = into.rounds.saturating_add(other.rounds);
    into.certainty = into.certainty.min(other.certainty);
    other.operations.iter().for_each(|seq| into.add_evidence(kuberewind_model::Seq(*seq)));
    (into.first, into.last) = (into.first.min(other.first), into.last.max(other.last));
    into.add_actors(&other.actors);
    for field in other.fields {
        if into.fields.len() < MAX_FIELDS && !into.fields.contains(&field) {
            into.fields.push(field);
        }
    }
    if other.object != into.object && !other.object.is_empty() && !into.others.contains(&other.object) {
        into.others.push(other.object);
    }
    if into.message.is_empty() {
        into.message = other.message;
    }
    into.rate_per_s = match (into.rate_per_s, other.rate_per_s) {
        (Some(one), Some(two)) => Some(((one + two) * 1_000.0).round() / 1_000.0),
        (one, two) => one.or(two),
    };
}

/// Names the objects of absorbed findings, which follow its own.
fn name_others(finding: &mut Finding, own: usize) {
    let absorbed = finding.others.get(own..).unwrap_or_default();
    if absorbed.is_empty() {
        return;
    }
    let more = absorbed.len().saturating_sub(MAX_NAMED);
    let mut names = absorbed[..absorbed.len().min(MAX_NAMED)].join(", ");
    if more > 0 {
        names.push_str(&format!(" and {more} more"));
    }
    finding.sentence = format!("{}; likewise {names}", finding.sentence);
}

/// Places of findings that belong together.
fn groups(findings: &[Finding]) -> Vec<Vec<usize>> {
    let mut group: Vec<usize> = (0..findings.len()).collect();
    let serious: Vec<usize> = (0..findings.len()).filter(|place| !findings[*place].is_info()).take(MAX_COMPARED).collect();
    for (at, one) in serious.iter().enumerate() {
        for two in &serious[at + 1..] {
            if belong_together(&findings[*one], &findings[*two]) {
                let (to, from) = (group[*one].min(group[*two]), group[*one].max(group[*two]));
                group.iter_mut().filter(|number| **number == from).for_each(|number| *number = to);
            }
        }
    }
    let mut groups: std::collections::BTreeMap<usize, Vec<usize>> = std::collections::BTreeMap::new();
    for (place, number) in group.into_iter().enumerate() {
        groups.entry(number).or_default().push(place);
    }
    groups.into_values().collect()
}

/// True if one finding is a symptom of the other.
fn belong_together(one: &Finding, two: &Finding) -> bool {
    if !one.overlaps(two) {
        return false;
    }
    let shares_actor = one.actors.iter().any(|actor| two.actors.contains(actor));
    let shares_object = one.objects().any(|object| two.objects().any(|other| object == other));
    let is = |finding: &Finding, class: Class| finding.class == class;
    let work = |finding: &Finding| is(finding, Class::Loops) || is(finding, Class::Races);
    match () {
        () if is(one, Class::Slow) && is(two, Class::Slow) => shares_actor,
        () if is(one, Class::Errors) && is(two, Class::Errors) => false,
        // Failed calls are a symptom of the loop that makes them.
        () if is(one, Class::Errors) || is(two, Class::Errors) => {
            let (errors, other) = if is(one, Class::Errors) { (one, two) } else { (two, one) };
            work(other) && shares_actor && errors.operations.iter().any(|seq| other.operations.contains(seq))
        }
        () if work(one) && work(two) => shares_object && (shares_actor || one.actors.is_empty() || two.actors.is_empty()),
        () => shares_actor && shares_object,
    }
}
