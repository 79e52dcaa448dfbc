//! Matching of whole blocks of operations by their summaries.

use kuberewind_model::{Result, Seq, Verb};
use kuberewind_query::filter::{Field, Node, Property, Value, row};

use super::dictionary::Dictionary;
use super::plan::Plan;
use super::{evaluate, leaf};

/// The summary of a block of operations.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Summary<'a> {
    pub first: Seq,
    pub last: Seq,
    /// The number of operations.
    pub operations: u64,
    /// The number of failed operations.
    pub errors: u64,
    /// The verbs that occur: one bit for each code.
    pub verbs: u64,
    pub actors: &'a [i64],
    /// The kinds of the operations that have one.
    pub kinds: &'a [i64],
}

/// How many operations of a block pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockMatch {
    None,
    All,
    /// Each operation has to be tested.
    Some,
}

impl Plan {
    /// Matches a block by its summary.
    ///
    /// # Errors
    /// When a name cannot be read.
    pub(crate) fn match_block(&mut self, summary: &Summary<'_>, names: &dyn Dictionary) -> Result<BlockMatch> {
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

    /// Returns true if a test may hold for an operation of the block, and true if it may fail for one.
    fn may(&mut self, bit: usize, summary: &Summary<'_>, names: &dyn Dictionary) -> Result<(bool, bool)> {
        let open = (true, true);
        Ok(match &self.leaves[bit] {
            Node::Test { field: Field::Verb | Field::Type, .. } | Node::Has(Property::Write) => {
                let among = Verb::ALL.iter().filter(|verb| summary.verbs & (1 << verb.code()) != 0);
                either(among.map(|verb| usize::try_from(verb.code()).is_ok_and(|at| self.by_verb[at] >> bit & 1 != 0)))
            }
            Node::Test { field: Field::Reason, operator, values } if summary.errors == 0 => {
                let holds = row::texts_hold(&[String::new()], *operator, values);
                (holds, !holds)
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
            // `kinds` does not contain operations without a kind: those fail this test.
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
