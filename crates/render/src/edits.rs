//! The edits that turn one sequence into another.

use std::collections::HashMap;
use std::hash::Hash;

use similar::DiffOp;
use similar::algorithms::{Capture, Compact, Replace, myers};

/// Returns the edits that turn `old` into `new`, a shortest sequence by Myers' algorithm.
///
/// Equal items get equal numbers first: comparing whole texts again and again would cost their length each time, and the algorithm is
/// compiled once.
pub(super) fn edits<T: Eq + Hash>(old: &[T], new: &[T]) -> Vec<DiffOp> {
    let mut numbers = HashMap::new();
    let mut number = |item| {
        let next = numbers.len();
        *numbers.entry(item).or_insert(next)
    };
    let old: Vec<usize> = old.iter().map(&mut number).collect();
    let new: Vec<usize> = new.iter().map(&mut number).collect();
    between(&old, &new)
}

fn between(old: &[usize], new: &[usize]) -> Vec<DiffOp> {
    let mut hook = Compact::new(Replace::new(Capture::new()), old, new);
    let Ok(()) = myers::diff(&mut hook, old, 0..old.len(), new, 0..new.len());
    hook.into_inner().into_inner().into_ops()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn applying_the_edits_gives_the_new_sequence(old in prop::collection::vec("[a-d]", 0..24), new in prop::collection::vec("[a-d]", 0..24)) {
            let (mut built, mut taken) = (Vec::new(), 0);
            for edit in edits(&old, &new) {
                prop_assert_eq!(edit.old_range().start, taken);
                taken = edit.old_range().end;
                built.extend_from_slice(&new[edit.new_range()]);
                if edit.tag() == similar::DiffTag::Equal {
                    prop_assert_eq!(&old[edit.old_range()], &new[edit.new_range()]);
                }
            }
            prop_assert_eq!((built, taken), (new, old.len()));
        }
    }
}
