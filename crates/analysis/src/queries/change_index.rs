//! Finds versions that a query can skip, because nothing it reads changed.
//!
//! Uses the changed paths that analysis stored. Without them, every version is read.

use std::collections::{HashMap, VecDeque};

use super::context::QueryContext;
use crate::normalise::PathQuery;
use kuberewind_model::{Derived, Result, Version, VersionId};
use kuberewind_query::cel::Needs;

/// Rows per read. Most queries end early.
const PAGE: usize = 256;

/// The stored changed paths of the versions along a walk.
pub(super) struct ChangeIndex {
    ahead: VecDeque<VersionId>,
    rows: HashMap<VersionId, Derived>,
}

impl ChangeIndex {
    /// `versions` are in the order of the walk.
    pub(super) fn for_walk<'a>(versions: impl IntoIterator<Item = &'a Version>) -> ChangeIndex {
        ChangeIndex { ahead: versions.into_iter().map(|version| version.id).collect(), rows: HashMap::new() }
    }

    /// Fingerprints of the paths that may have changed between two consecutive versions. `None` if any may have.
    pub(super) fn between(&mut self, context: &QueryContext<'_>, earlier: &Version, later: &Version) -> Result<Option<&[u32]>> {
        if earlier.object != later.object || earlier.gone || later.gone {
            return Ok(None);
        }
        while !self.rows.contains_key(&later.id) && !self.ahead.is_empty() {
            let page: Vec<VersionId> = self.ahead.drain(..PAGE.min(self.ahead.len())).collect();
            self.rows.extend(context.history.derived(&page)?.into_iter().map(|row| (row.version, row)));
            if page.contains(&later.id) {
                break;
            }
        }
        let row = self.rows.get(&later.id).filter(|row| row.base == Some(earlier.id));
        Ok(row.and_then(|row| row.changed.as_deref()))
    }

    /// True if two neighbouring versions, in either order, are equal at all these paths.
    pub(super) fn is_unchanged(
        &mut self,
        context: &QueryContext<'_>,
        one: &Version,
        other: &Version,
        paths: &[PathQuery],
    ) -> Result<bool> {
        if one.id == other.id {
            return Ok(true);
        }
        for (earlier, later) in [(one, other), (other, one)] {
            if let Some(changed) = self.between(context, earlier, later)? {
                return Ok(!paths.iter().any(|path| path.may_differ(changed)));
            }
        }
        Ok(false)
    }
}

/// The paths that an expression reads. `None` if the index cannot answer for one of them.
pub(super) fn path_queries(needs: &Needs) -> Option<Vec<PathQuery>> {
    needs.pointers().iter().map(|pointer| PathQuery::of(pointer)).collect()
}
