//! Differences between a request body and the response.

use crate::normalise::{Content, Leaf, Section, ValueClass};
use kuberewind_model::Verb;

/// The differences as path fingerprints.
#[derive(Debug, Default)]
pub(super) struct Difference {
    /// In the request only.
    pub pruned: Vec<u64>,
    /// In the response only. Empty for patches, which do not contain the whole object.
    pub defaulted: Vec<u64>,
    /// In both, with different values.
    pub mutated: Vec<u64>,
}

/// Compares a request with its response, outside metadata.
pub(super) fn compare(sent: &Content, kept: &Content, verb: Verb, subresource: &str) -> Difference {
    let relevant = |leaf: &&Leaf| match subresource {
        "" => leaf.section == Section::Wanted,
        "status" => leaf.section == Section::Status,
        _ => false,
    };
    let sort = |content: &Content| {
        let mut leaves: Vec<Leaf> = content.leaves.iter().filter(relevant).copied().collect();
        leaves.sort_unstable_by_key(|leaf| leaf.path);
        leaves
    };
    let (asked, got) = (sort(sent), sort(kept));
    let find = |leaves: &[Leaf], path: u64| leaves.binary_search_by_key(&path, |leaf| leaf.path).ok().map(|at| leaves[at]);
    let mut difference = Difference::default();
    for leaf in &asked {
        match find(&got, leaf.path) {
            Some(other) if other.value != leaf.value && leaf.class == ValueClass::Plain => difference.mutated.push(leaf.path),
            Some(_) => {}
            None if !is_left_out_by_custom(&sent.value_text(leaf, 8)) => difference.pruned.push(leaf.path),
            None => {}
        }
    }
    if verb != Verb::Patch {
        difference.defaulted = got.iter().filter(|leaf| find(&asked, leaf.path).is_none()).map(|leaf| leaf.path).collect();
    }
    difference
}

/// Values that servers omit (`omitempty`). Their absence means nothing.
fn is_left_out_by_custom(value: &str) -> bool {
    matches!(value, "null" | "\"\"" | "0" | "false" | "{}" | "[]")
}
