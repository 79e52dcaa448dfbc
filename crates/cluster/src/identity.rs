//! The uids of objects and the suffixes of generated names.

use std::sync::Arc;

use imbl::OrdMap;

use super::name::Name;
use super::options::Identity;
use super::random::{Random, letters, uuid};
use super::resource_type::TableKey;

/// The input of the next uid or generated name.
#[derive(Debug, Clone)]
pub(super) struct Identities {
    identity: Identity,
    random: Random,
    /// The number of removed objects by their name. Only for [`Identity::Derived`].
    removed: OrdMap<(TableKey, Name), u64>,
    /// The number of generated names by kind, namespace and prefix. Only for [`Identity::Derived`].
    generated: OrdMap<(TableKey, Name), u64>,
}

/// A generated name.
pub(super) struct Generated {
    /// Namespace and prefix.
    prefix: Name,
    ordinal: u64,
}

impl Identities {
    pub(super) fn new(identity: Identity, seed: u64) -> Identities {
        Identities { identity, random: Random::seeded(seed), removed: OrdMap::new(), generated: OrdMap::new() }
    }

    /// The uid of a new object.
    pub(super) fn uid(&mut self, table: &TableKey, name: &Name) -> String {
        match self.identity {
            Identity::Seeded => self.random.uid(),
            Identity::Derived => {
                let incarnation = self.removed.get(&(table.clone(), name.clone())).copied().unwrap_or(0);
                let hash = hash("uid", table, name, incarnation);
                let half = |at: usize| hash.iter().skip(at).take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte));
                uuid(half(0), half(8), 8)
            }
        }
    }

    /// A name with a prefix, and what [`Identities::generated`] needs once the object exists. `attempt` counts names that are taken.
    pub(super) fn generate(&mut self, table: &TableKey, namespace: &Arc<str>, prefix: &str, attempt: u64) -> (String, Generated) {
        let prefix = Name { namespace: namespace.clone(), name: prefix.into() };
        let (suffix, ordinal) = match self.identity {
            Identity::Seeded => (self.random.suffix(), 0),
            Identity::Derived => {
                let key = (table.clone(), prefix.clone());
                let ordinal = self.generated.get(&key).copied().unwrap_or(0).saturating_add(attempt);
                let hash = hash("name", table, &prefix, ordinal);
                (letters(hash.chunks(4).map(|four| four.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))), ordinal)
            }
        };
        (format!("{}{suffix}", prefix.name), Generated { prefix, ordinal })
    }

    /// Counts a generated name. A create that is refused or a dry run counts nothing.
    pub(super) fn generated(&mut self, table: &TableKey, generated: &Generated) {
        if self.identity == Identity::Derived {
            self.generated.insert((table.clone(), generated.prefix.clone()), generated.ordinal.saturating_add(1));
        }
    }

    /// Counts a removed object.
    pub(super) fn removed(&mut self, table: &TableKey, name: &Name) {
        if self.identity == Identity::Derived {
            let count = self.removed.entry((table.clone(), name.clone())).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// The place in a range of `size` addresses or ports from which an object looks for a free one.
    pub(super) fn first_choice(&self, table: &TableKey, name: &Name, size: u64) -> u64 {
        match self.identity {
            Identity::Seeded => 0,
            Identity::Derived => {
                let sum = hash("place", table, name, 0).iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte));
                sum.checked_rem(size).unwrap_or(0)
            }
        }
    }
}

fn hash(what: &str, table: &TableKey, name: &Name, number: u64) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    // No part contains the separator: groups, kinds and names are printable.
    for part in [what, &table.group, &table.plural, &name.namespace, &name.name] {
        hasher.update(part.as_bytes()).update(&[0]);
    }
    *hasher.update(&number.to_be_bytes()).finalize().as_bytes()
}
