//! The versions to which a segment may refer.

use kuberewind_model::{Rank, Shape};

use crate::maps::{Map, Set};

/// The identity of a version within a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct VersionKey {
    pub(super) object: i64,
    pub(super) rv: Rv,
    pub(super) shape: Shape,
    pub(super) api_version: i64,
}

/// A resourceVersion: a number, or the row of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Rv {
    Number(u64),
    Text(i64),
}

/// The versions that this segment may refer to: its own, and the heads of its checkpoint.
#[derive(Debug, Default)]
pub(super) struct Versions {
    pub(super) next: i64,
    pub(super) by_key: Map<VersionKey, i64>,
    /// The first version of this segment, and the older ones in its checkpoint.
    first: i64,
    heads: Set<i64>,
    /// The ranks of resourceVersions that are not numbers, by object and text.
    pub(super) ranks: Map<(i64, i64), Rank>,
}

impl Versions {
    /// `next` is the first free row.
    pub(super) fn starting_at(next: i64) -> Versions {
        Versions { next, first: next, ..Versions::default() }
    }

    /// Begins a new segment: only the heads of its checkpoint stay.
    pub(super) fn keep_only(&mut self, heads: Set<i64>) {
        self.by_key.retain(|_, version| heads.contains(version));
        (self.first, self.heads) = (self.next, heads);
        self.ranks.clear();
    }

    /// Returns true if this segment may refer to a version.
    pub(super) fn may_name(&self, version: i64) -> bool {
        version >= self.first || self.heads.contains(&version)
    }

    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }
}

/// Returns a resourceVersion as a number that fits into the file.
pub(super) fn number_of(resource_version: &str) -> Option<u64> {
    let digits = !resource_version.is_empty() && resource_version.bytes().all(|byte| byte.is_ascii_digit());
    resource_version.parse().ok().filter(|number| digits && *number <= i64::MAX.unsigned_abs())
}
