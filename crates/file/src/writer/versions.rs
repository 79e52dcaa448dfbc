//! The versions to which a segment may refer.

use kuberewind_model::{Rank, Shape};

use crate::maps::{Map, Set};

/// What tells the versions of a segment apart.
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

/// The versions to which this segment may refer: its own, and the heads with which it began.
#[derive(Debug, Default)]
pub(super) struct Versions {
    pub(super) next: i64,
    pub(super) by_key: Map<VersionKey, i64>,
    /// The first one of this segment, and the older ones that its checkpoint has.
    first: i64,
    heads: Set<i64>,
    /// Of resourceVersions that are no numbers: where they stand.
    pub(super) ranks: Map<(i64, i64), Rank>,
}

impl Versions {
    /// None known; `next` is the first free row.
    pub(super) fn starting_at(next: i64) -> Versions {
        Versions { next, first: next, ..Versions::default() }
    }

    /// A new segment: only what stands at its start is known.
    pub(super) fn keep_only(&mut self, heads: Set<i64>) {
        self.by_key.retain(|_, version| heads.contains(version));
        (self.first, self.heads) = (self.next, heads);
        self.ranks.clear();
    }

    /// Whether this segment may refer to it.
    pub(super) fn may_name(&self, version: i64) -> bool {
        version >= self.first || self.heads.contains(&version)
    }

    /// How many it remembers.
    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }
}

/// A resourceVersion as a number that the file can hold.
pub(super) fn number_of(resource_version: &str) -> Option<u64> {
    let digits = !resource_version.is_empty() && resource_version.bytes().all(|byte| byte.is_ascii_digit());
    resource_version.parse().ok().filter(|number| digits && *number <= i64::MAX.unsigned_abs())
}
