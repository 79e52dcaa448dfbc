//! The operations on one object around a place, read many at once: queries walk from version to version.

use kuberewind_model::{Direction, History, Lineage, ObjectId, Result, Seq};

/// Operations that are read at once.
const CHUNK: usize = 64;
/// The most operations kept.
const MAX_KEPT: usize = 4_096;

/// All operations on one object in a range.
pub(super) struct ObjectOperations {
    object: ObjectId,
    /// Ascending.
    seqs: Vec<Seq>,
    /// The range in which `seqs` has all operations, both ends included.
    from: Seq,
    to: Seq,
}

impl ObjectOperations {
    /// Nothing is known yet.
    pub(super) fn new() -> ObjectOperations {
        ObjectOperations { object: ObjectId(0), seqs: Vec::new(), from: Seq::MAX, to: Seq::START }
    }

    /// The nearest operation on an object strictly after (before) `from`.
    pub(super) fn nearest(
        &mut self,
        history: &dyn History,
        lineage: &Lineage,
        object: ObjectId,
        from: Seq,
        direction: Direction,
    ) -> Result<Option<Seq>> {
        if self.object != object || from < self.from || from > self.to || self.seqs.len() >= MAX_KEPT {
            *self = ObjectOperations { object, seqs: Vec::new(), from, to: from };
            // Whether `from` itself is an operation on the object is asked for from its other side.
            let around = history.operations_on(lineage, object, from.prev(), Direction::Forward, 1)?;
            self.seqs.extend(around.into_iter().filter(|seq| *seq == from));
        }
        if let Some(known) = self.known(from, direction) {
            return Ok(Some(known));
        }
        let edge = if direction == Direction::Forward { self.to } else { self.from };
        let mut more = history.operations_on(lineage, object, edge, direction, CHUNK)?;
        let is_whole = more.len() < CHUNK;
        match direction {
            Direction::Forward => {
                self.to = more.last().copied().filter(|_| !is_whole).unwrap_or(Seq::MAX);
                self.seqs.extend(more);
            }
            Direction::Backward => {
                self.from = more.last().copied().filter(|_| !is_whole).unwrap_or(Seq::START);
                more.reverse();
                self.seqs.splice(0..0, more);
            }
        }
        Ok(self.known(from, direction))
    }

    /// The nearest known operation.
    fn known(&self, from: Seq, direction: Direction) -> Option<Seq> {
        match direction {
            Direction::Forward => self.seqs.get(self.seqs.partition_point(|seq| *seq <= from)).copied(),
            Direction::Backward => self.seqs[..self.seqs.partition_point(|seq| *seq < from)].last().copied(),
        }
    }
}
