//! Segments: ranges of operations that only depend on a checkpoint of the heads.

use rusqlite::params;

use kuberewind_model::{Result, Seq, Timestamp};

use super::segment::Segment;
use super::session_writer::SessionWriter;
use crate::error::Context;
use crate::heads;
use crate::maps::Set;
use crate::schema::op_id;

/// The most versions or bodies in the memory of a segment. Beyond it, the next one begins early.
const REMEMBERED: usize = 1 << 19;

/// A ring buffer bounded by bytes has this many segments. Its size is checked each time this many operations were written.
const PARTS: u64 = 8;
const LOOK: u64 = 64;

impl SessionWriter {
    /// Sets the start of the first segment.
    pub(super) fn segment_starts(&mut self, at: Timestamp) {
        self.segment.start = at;
    }

    /// Begins a new segment before operation `next` if one is due.
    pub(super) fn begin_due_segment(&mut self, next: Seq, at: Timestamp) -> Result<()> {
        let Segment { first, start, .. } = self.segment;
        let operations = next.0.saturating_sub(first.0);
        let full = operations >= self.limits.segment_operations
            || at.since(start) >= self.limits.segment_time
            || (operations > 0 && operations.is_multiple_of(LOOK) && self.is_a_part_of_the_ring()?);
        let heavy = self.versions.len() > REMEMBERED || self.bodies.len() > REMEMBERED;
        // A new segment has to copy the bodies of a page that is being received, so it waits, but not for ever.
        let wait = self.has_pending_items() && operations < self.limits.segment_operations.saturating_mul(2);
        if (full || heavy) && !wait {
            self.segment.start = at;
            self.begin_segment()?;
            self.drop_old_segments(at)?;
            self.segment.bytes = if self.limits.keep.bytes.is_some() { self.used_bytes()? } else { 0 };
        }
        Ok(())
    }

    /// Returns true if the file has grown by one part of the ring buffer since this segment began.
    fn is_a_part_of_the_ring(&self) -> Result<bool> {
        let Some(bytes) = self.limits.keep.bytes else { return Ok(false) };
        Ok(self.used_bytes()?.saturating_sub(self.segment.bytes) >= bytes / PARTS)
    }

    /// Writes a checkpoint of the heads.
    pub(super) fn begin_segment(&mut self) -> Result<()> {
        let context = "cannot write a checkpoint";
        // Reads before the start of a segment need complete runs in the file.
        self.write_rows()?;
        self.observations.fold(&self.db, self.watermark())?;
        let next = self.counters.last.next();
        let held: Set<i64> = self.views.heads().flat_map(|(_, view)| view.into_keys()).collect();
        self.objects.forget_gone(self.segment.before, &held);
        (self.segment.before, self.segment.first) = (self.segment.first, next);
        let first_op = op_id(self.session, next);
        self.bodies.forget();
        let first_body = self.bodies.next();
        self.db
            .prepare_cached("INSERT OR REPLACE INTO segment (first_op, first_version, first_body, at) VALUES (?, ?, ?, ?)")
            .and_then(|mut insert| insert.execute(params![first_op, self.versions.next, first_body, self.segment.start.0]))
            .context(context)?;
        let world = [(heads::WORLD, self.objects.present()), (heads::GONE, self.objects.gone_since(self.segment.before))];
        let mut referred = Set::default();
        for (viewer, heads) in world.into_iter().chain(self.views.heads()) {
            let bytes = heads::encode(&heads)
                .map_err(|error| kuberewind_model::Error::new(kuberewind_model::ErrorKind::Io, context).because(error))?;
            self.db
                .prepare_cached("INSERT OR REPLACE INTO checkpoint (segment, viewer, count, heads) VALUES (?, ?, ?, ?)")
                .and_then(|mut insert| insert.execute(params![first_op, viewer, heads.len(), bytes]))
                .context(context)?;
            referred.extend(heads.values());
        }
        self.versions.keep_only(referred);
        self.carry_pending()
    }
}
