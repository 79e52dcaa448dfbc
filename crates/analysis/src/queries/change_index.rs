//! Which versions a question need not read: those that changed nothing it looks at.
//!
//! What a version changed was made when findings were looked for, and is kept with the recording; where it is not, a
//! version is read as if there were no index.

use std::collections::{HashMap, VecDeque};

use super::context::QueryContext;
use crate::normalise::PathQuery;
use kuberewind_model::{Derived, Result, Version, VersionId};
use kuberewind_query::cel::Needs;

/// Rows are read in pieces of this many, since most questions end early.
const PAGE: usize = 256;

/// What is kept of the versions along a walk.
pub(super) struct ChangeIndex {
    ahead: VecDeque<VersionId>,
    rows: HashMap<VersionId, Derived>,
}

impl ChangeIndex {
    /// Along these versions, in the order in which they will be asked about.
    pub(super) fn for_walk<'a>(versions: impl IntoIterator<Item = &'a Version>) -> ChangeIndex {
        ChangeIndex { ahead: versions.into_iter().map(|version| version.id).collect(), rows: HashMap::new() }
    }

    /// What may have changed from a version to the one after it, as fingerprints; `None` where that may be anything.
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

    /// Whether two neighbours, in either order, show the same at all these places.
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

/// The places that an expression reads; `None` where a index cannot tell of one of them.
pub(super) fn path_queries(needs: &Needs) -> Option<Vec<PathQuery>> {
    needs.pointers().iter().map(|pointer| PathQuery::of(pointer)).collect()
}
