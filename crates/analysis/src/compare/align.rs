//! Aligns the writes of two sessions per actor and object.

use std::collections::HashMap;

use super::lcs::common;
use super::names::ComparedName;
use super::result::{Step, StepKind};
use super::writes::{Write, Writes};
use kuberewind_model::Seq;

/// The writes of one actor to one object in both sessions, as places in the lists.
#[derive(Default)]
struct Pair {
    old: Vec<usize>,
    new: Vec<usize>,
}

/// Returns one step for each write, in the order of the old session. A new write comes before the next common one.
pub(super) fn aligned(old: &Writes, new: &Writes) -> Vec<Step> {
    let mut pairs: HashMap<(&str, &ComparedName), Pair> = HashMap::new();
    for (at, write) in old.all.iter().enumerate() {
        pairs.entry((&write.actor, &write.object)).or_default().old.push(at);
    }
    for (at, write) in new.all.iter().enumerate() {
        pairs.entry((&write.actor, &write.object)).or_default().new.push(at);
    }
    let mut steps = Vec::with_capacity(old.all.len().max(new.all.len()));
    for pair in pairs.values() {
        let (a, b): (Vec<&Write>, Vec<&Write>) =
            (pair.old.iter().map(|at| &old.all[*at]).collect(), pair.new.iter().map(|at| &new.all[*at]).collect());
        align(&a, &b, &mut steps);
    }
    in_order(steps)
}

/// Adds the steps of one actor and object.
fn align(old: &[&Write], new: &[&Write], steps: &mut Vec<Step>) {
    let same = common(&values(old, |write| write.change), &values(new, |write| write.change));
    let mut from = (0, 0);
    for (a, b) in same.into_iter().chain([(old.len(), new.len())]) {
        between(&old[from.0..a], &new[from.1..b], steps);
        if let (Some(one), Some(other)) = (old.get(a), new.get(b)) {
            steps.push(Step { kind: StepKind::Same, old: Some(one.seq), new: Some(other.seq) });
        }
        from = (a + 1, b + 1);
    }
}

/// Adds the steps between two common writes: two writes that set the same fields to other values are different, all others missing or
/// new.
fn between(old: &[&Write], new: &[&Write], steps: &mut Vec<Step>) {
    let different = common(&values(old, |write| write.fields), &values(new, |write| write.fields));
    let mut from = (0, 0);
    for (a, b) in different.into_iter().chain([(old.len(), new.len())]) {
        steps.extend(old[from.0..a].iter().map(|write| Step { kind: StepKind::Missing, old: Some(write.seq), new: None }));
        steps.extend(new[from.1..b].iter().map(|write| Step { kind: StepKind::New, old: None, new: Some(write.seq) }));
        if let (Some(one), Some(other)) = (old.get(a), new.get(b)) {
            steps.push(Step { kind: StepKind::Different, old: Some(one.seq), new: Some(other.seq) });
        }
        from = (a + 1, b + 1);
    }
}

fn values(writes: &[&Write], value: impl Fn(&Write) -> u64) -> Vec<u64> {
    writes.iter().map(|write| value(write)).collect()
}

/// Sorts steps by the old session. A new write comes right before the next common write, after everything that is missing there.
fn in_order(mut steps: Vec<Step>) -> Vec<Step> {
    steps.sort_unstable_by_key(|step| step.new);
    let mut next = Seq::MAX;
    let mut placed: Vec<(Seq, bool, Step)> = Vec::with_capacity(steps.len());
    for step in steps.into_iter().rev() {
        if step.new.is_some() {
            next = next.min(step.old.unwrap_or(next));
        }
        placed.push((step.old.unwrap_or(next.prev()), step.old.is_none(), step));
    }
    placed.sort_unstable_by_key(|(place, is_new, step)| (*place, *is_new, step.new));
    placed.into_iter().map(|(_, _, step)| step).collect()
}
