//! Whole runs of operations judged by what is summed up of them.

use kuberewind_model::{Result, Seq, Verb};
use kuberewind_query::filter::{Field, Node, Property, Value};

use super::dictionary::Dictionary;
use super::plan::Plan;
use super::{evaluate, leaf};

/// What is summed up of a run of operations.
#[derive(Debug, Clone, Copy)]
pub struct Summary<'a> {
    /// The first number.
    pub first: Seq,
    /// The last number.
    pub last: Seq,
    /// How many operations.
    pub operations: u64,
    /// How many of them failed.
    pub errors: u64,
    /// Which verbs occur: a bit for each one's number.
    pub verbs: u64,
    /// The actors.
    pub actors: &'a [i64],
    /// The kinds of those that are about one.
    pub kinds: &'a [i64],
}

/// How many of a run pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockMatch {
    /// None of them.
    None,
    /// All of them.
    All,
    /// Each has to be looked at.
    Some,
}

impl Plan {
    /// Judges a run by its summary.
    ///
    /// # Errors
    /// When a name cannot be read.
    pub fn judge(&mut self, summary: &Summary<'_>, names: &dyn Dictionary) -> Result<BlockMatch> {
        let (mut may_hold, mut may_fail) = (0, 0);
        for bit in 0..self.leaves.len() {
            let (hold, fail) = self.may(bit, summary, names)?;
            may_hold |= u64::from(hold) << bit;
            may_fail |= u64::from(fail) << bit;
        }
        Ok(match evaluate::run(&self.program, may_hold, may_fail) {
            (false, _) => BlockMatch::None,
            (true, false) => BlockMatch::All,
            (true, true) => BlockMatch::Some,
        })
    }

    /// Whether a test may hold for one of the run, and whether it may fail for one.
    fn may(&mut self, bit: usize, summary: &Summary<'_>, names: &dyn Dictionary) -> Result<(bool, bool)> {
        let open = (true, true);
        Ok(match &self.leaves[bit] {
            Node::Test { field: Field::Verb | Field::Type, .. } | Node::Has(Property::Write) => {
                let among = Verb::ALL.iter().filter(|verb| summary.verbs & (1 << verb.code()) != 0);
                either(among.map(|verb| usize::try_from(verb.code()).is_ok_and(|at| self.by_verb[at] >> bit & 1 != 0)))
            }
            Node::Has(Property::Error) => (summary.errors > 0, summary.errors < summary.operations),
            Node::Test { field: Field::Number, operator, values } => match values.as_slice() {
                [Value::Number(value)] => leaf::range(*operator, *value, summary.first.0, summary.last.0),
                _ => open,
            },
            Node::Test { field: Field::Code, operator, values } if summary.errors == 0 => match values.as_slice() {
                [Value::Number(value)] => leaf::range(*operator, *value, 0, 399),
                _ => open,
            },
            Node::Test { field: Field::Actor, .. } => {
                let mut found = Vec::with_capacity(summary.actors.len());
                for actor in summary.actors {
                    found.push(self.actor(*actor, names)? >> bit & 1 != 0);
                }
                either(found.into_iter())
            }
            // Operations about no kind are in none of them: they pass what must not be, and fail the rest.
            Node::Test { field: Field::Kind, operator, .. } if !operator.is_negative() => {
                let mut any = false;
                for kind in summary.kinds {
                    let kind = names.kind(*kind)?;
                    any |= leaf::target(&self.leaves, kind.as_deref(), "", "") >> bit & 1 != 0;
                }
                (any, true)
            }
            _ => open,
        })
    }
}

fn either(holds: impl Iterator<Item = bool>) -> (bool, bool) {
    holds.fold((false, false), |(hold, fail), holds| (hold || holds, fail || !holds))
}
