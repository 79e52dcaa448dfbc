//! A cache of the results of tests by id.

use std::collections::HashMap;

use kuberewind_model::Result;

/// Marks a cached entry. The lower bits are the tests.
const KNOWN: u64 = 1 << 63;
/// Ids below this are indexes of a vector. Larger ids are rare, or come from a hostile file.
const DENSE: i64 = 1 << 20;
/// The most cached larger ids.
const MAX_SPARSE: usize = 1 << 16;

/// Bits by id, and for NULL.
#[derive(Debug, Default)]
pub(super) struct Memo {
    dense: Vec<u64>,
    sparse: HashMap<i64, u64>,
    none: u64,
}

impl Memo {
    pub(super) fn known(&self, id: Option<i64>) -> Option<u64> {
        let bits = match id {
            None => self.none,
            Some(id @ 0..DENSE) => usize::try_from(id).ok().and_then(|id| self.dense.get(id).copied()).unwrap_or(0),
            Some(id) => self.sparse.get(&id).copied().unwrap_or(0),
        };
        (bits & KNOWN != 0).then_some(bits & !KNOWN)
    }

    pub(super) fn put(&mut self, id: Option<i64>, bits: u64) {
        match id {
            None => self.none = bits | KNOWN,
            Some(id @ 0..DENSE) => {
                let at = usize::try_from(id).unwrap_or(0);
                if at >= self.dense.len() {
                    self.dense.resize(at + 1, 0);
                }
                self.dense[at] = bits | KNOWN;
            }
            Some(id) => {
                if self.sparse.len() >= MAX_SPARSE {
                    self.sparse.clear();
                }
                self.sparse.insert(id, bits | KNOWN);
            }
        }
    }

    /// Returns the cached bits of an id, or computes them.
    pub(super) fn get(&mut self, id: Option<i64>, work_out: impl FnOnce(Option<i64>) -> Result<u64>) -> Result<u64> {
        if let Some(bits) = self.known(id) {
            return Ok(bits);
        }
        let bits = work_out(id)?;
        self.put(id, bits);
        Ok(bits)
    }
}
