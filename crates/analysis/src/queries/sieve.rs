//! Which versions a question need not read: those that changed nothing it looks at.
//!
//! What a version changed was made when findings were looked for, and is kept with the recording; where it is not, a
//! version is read as if there were no sieve.

use std::collections::{HashMap, VecDeque};

use super::past::Past;
use crate::normalise::Print;
use kuberewind_model::{Derived, Result, Version, VersionId};
use kuberewind_query::cel::Needs;

/// Rows are read in pieces of this many, since most questions end early.
const PIECE: usize = 256;

/// What is kept of the versions along a walk.
pub(super) struct Sieve {
    ahead: VecDeque<VersionId>,
    rows: HashMap<VersionId, Derived>,
}

impl Sieve {
    /// Along these versions, in the order in which they will be asked about.
    pub(super) fn along<'a>(versions: impl IntoIterator<Item = &'a Version>) -> Sieve {
        Sieve { ahead: versions.into_iter().map(|version| version.id).collect(), rows: HashMap::new() }
    }

    /// What may have changed from a version to the one after it, as fingerprints; `None` where that may be anything.
    pub(super) fn between(&mut self, past: &Past<'_>, earlier: &Version, later: &Version) -> Result<Option<&[u32]>> {
        if earlier.object != later.object || earlier.gone || later.gone {
            return Ok(None);
        }
        while !self.rows.contains_key(&later.id) && !self.ahead.is_empty() {
            let piece: Vec<VersionId> = self.ahead.drain(..PIECE.min(self.ahead.len())).collect();
            self.rows.extend(past.history.derived(&piece)?.into_iter().map(|row| (row.version, row)));
            if piece.contains(&later.id) {
                break;
            }
        }
        let row = self.rows.get(&later.id).filter(|row| row.base == Some(earlier.id));
        Ok(row.and_then(|row| row.changed.as_deref()))
    }

    /// Whether two neighbours, in either order, show the same at all these places.
    pub(super) fn alike(&mut self, past: &Past<'_>, one: &Version, other: &Version, places: &[Print]) -> Result<bool> {
        if one.id == other.id {
            return Ok(true);
        }
        for (earlier, later) in [(one, other), (other, one)] {
            if let Some(prints) = self.between(past, earlier, later)? {
                return Ok(!places.iter().any(|place| place.may_differ(prints)));
            }
        }
        Ok(false)
    }
}

/// The places that an expression reads; `None` where a sieve cannot tell of one of them.
pub(super) fn places(needs: &Needs) -> Option<Vec<Print>> {
    needs.pointers().iter().map(|pointer| Print::of(pointer)).collect()
}
