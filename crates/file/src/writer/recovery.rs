//! Events that cannot be written: the session's limit, and a disk that fails. Both end in a gap that counts them.

use kuberewind_model::{Error, GapReason, Result, Seq};

use super::loss::Broken;
use super::session_writer::SessionWriter;

impl SessionWriter {
    /// Returns true if the session has reached its limit of operations.
    pub(super) fn is_full(&self) -> bool {
        self.counters.operations >= self.limits.max_operations || self.counters.last >= Seq::MAX
    }

    /// Writes or extends the gap of operations beyond the limit.
    pub(super) fn write_limit_gap(&mut self) -> Result<()> {
        if !self.loss.over_limit_unwritten() {
            return Ok(());
        }
        let count = self.loss.over_limit;
        let row = match self.loss.limit_gap {
            Some((row, _)) => {
                self.extend_gap(row, count)?;
                row
            }
            None => self.write_gap(&self.gap_of_all(self.counters.last, count, GapReason::Limit))?,
        };
        self.loss.limit_gap = Some((row, count));
        Ok(())
    }

    /// Counts an event while the disk fails, and returns the error.
    pub(super) fn count_if_broken(&mut self) -> Option<Error> {
        let broken = self.loss.broken.as_mut()?;
        broken.count += 1;
        Some(
            Error::new(broken.kind, broken.reported.clone())
                .hint("lost events are counted and become a gap when the disk works again"),
        )
    }

    /// Rolls back the open transaction. Its events are lost, and so are `at_hand` events that were to join it.
    pub(super) fn discard(&mut self, error: Error, reason: GapReason, at_hand: u64) -> Error {
        let lost = u64::from(self.open_events.take().unwrap_or(0)) + at_hand;
        self.rows.clear();
        let rolled_back = self.db.execute_batch("ROLLBACK");
        // Fails if SQLite has already rolled back; that is fine.
        drop(rolled_back);
        match &mut self.loss.broken {
            Some(broken) => broken.count += lost,
            None => {
                let (reported, kind) = (error.chain(), error.kind());
                self.loss.broken = Some(Broken { first: self.committed.last, count: lost, reported, kind, reason });
            }
        }
        if self.loss.limit_gap.is_some() {
            // The row may not be committed. A new row is always correct.
            self.loss.limit_gap = None;
        }
        error.hint("the operator continues; lost events are counted and become a gap when the disk works again")
    }

    /// Checks if the disk works again. If so, reloads the state of the last commit and writes the loss as a gap. Numbers are
    /// never reused.
    pub(super) fn recover(&mut self) -> Result<()> {
        let Some(broken) = &self.loss.broken else { return Ok(()) };
        let (first, count, reason) = (broken.first, broken.count, broken.reason);
        // The log may be what has no room: what is written back makes some. Where that fails too, the write below reports it.
        drop(self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())));
        let given_out = self.counters.last;
        let mut counters = self.committed;
        counters.last = given_out;
        self.reload(counters)?;
        let before = self.loss.disk_gap.filter(|(_, last, _)| *last == first);
        let count = count.saturating_add(before.map_or(0, |(_, _, count)| count));
        let done = self
            .start_transaction()
            .and_then(|()| match before {
                Some((row, ..)) => self.extend_gap(row, count).map(|()| row),
                None => self.write_gap(&self.gap_of_all(first, count, reason)),
            })
            .and_then(|row| self.begin_segment().map(|()| row))
            .and_then(|row| self.commit().map(|()| row));
        match done {
            Ok(row) => {
                self.loss.disk_gap = Some((row, self.counters.last, count));
                self.loss.broken = None;
                Ok(())
            }
            Err(error) => {
                let rolled_back = self.db.execute_batch("ROLLBACK");
                drop(rolled_back);
                self.open_events = None;
                self.counters.gaps = self.committed.gaps;
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::{NewSession, OpenOptions, Recording, SessionWriter, verify};
    use kuberewind_model::{
        Duration, Event, GapReason, History, KindRef, NewOperation, Outcome, Seq, SessionNo, Sink, Target, Text, Timestamp, Verb,
    };

    const START: Timestamp = Timestamp(1_770_200_000_000_000_000);

    /// Returns a refused update with an incompressible body.
    fn operation(number: u64, bytes: u64) -> Event {
        let noise: String =
            (0..bytes / 16).map(|n| format!("{:016x}", (number * 7919 + n).wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
        let kind = KindRef { group: Arc::default(), version: "v1".into(), resource: "pods".into() };
        let target = Target { kind: Some(kind), namespace: "shop".into(), name: "a".into(), subresource: Arc::default() };
        Event::Operation(Box::new(NewOperation {
            duration: Duration(1),
            started_after: Seq(0),
            status: 409,
            outcome: Outcome::Refused,
            error: "conflict".into(),
            request: Some(Text { bytes: noise.into_bytes().into(), cut: false }),
            ..NewOperation::done(START.plus(Duration::from_millis(number)), "hpa", Verb::Update, target)
        }))
    }

    #[test]
    fn a_full_disk_loses_operations_that_a_gap_counts() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.db");
        let mut writer = SessionWriter::begin(&file, NewSession::new("s1", START, 7)).unwrap();
        for number in 1..=3 {
            writer.take(operation(number, 64)).unwrap();
        }
        writer.flush().unwrap();
        // SQLite reports the same error for a full disk and for the page limit of a file.
        let pages: i64 = writer.db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        writer.db.query_row(&format!("PRAGMA max_page_count = {}", pages + 4), [], |_| Ok(())).unwrap();
        // Waiting rows are refused with the next write, whichever event triggers it.
        let mut errors: Vec<_> = (4..=40).filter_map(|number| writer.take(operation(number, 20_000)).err()).collect();
        errors.extend(writer.flush().err());
        assert!(!errors.is_empty(), "nothing was refused");
        assert!(errors.iter().all(|error| error.chain().contains("full")), "{}", errors[0].chain());
        // The gap cannot be written either, for now.
        writer.db.pragma_update(None, "query_only", true).unwrap();
        assert!(writer.flush().is_err());
        assert!(writer.take(operation(41, 64)).is_err(), "until a flush succeeds everything is lost");
        let last_lost = writer.last();

        writer.db.pragma_update(None, "query_only", false).unwrap();
        writer.db.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(())).unwrap();
        writer.flush().unwrap();
        let next = writer.last().next();
        writer.take(operation(42, 64)).unwrap();
        writer.finish().unwrap();

        let recording = Recording::open(&file, &OpenOptions::default()).unwrap();
        let lineage = recording.lineage(SessionNo(0)).unwrap();
        let gaps = recording.gaps(&lineage, 10).unwrap();
        assert_eq!(gaps.len(), 1, "{gaps:?}");
        assert_eq!((gaps[0].first, gaps[0].last, gaps[0].reason, gaps[0].count), (Seq(3), last_lost, GapReason::Disk, 38));
        let numbers: Vec<Seq> = recording.operations(&lineage, Seq(1)..=Seq(99), 99).unwrap().iter().map(|o| o.seq).collect();
        assert_eq!(numbers, [Seq(1), Seq(2), Seq(3), next]);
        let report = verify(&file, &OpenOptions::default(), true).unwrap();
        assert!(report.is_fine(), "{:?}", report.findings);
    }

    #[test]
    fn a_disk_that_is_full_twice_in_a_row_leaves_one_gap() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.db");
        let mut writer = SessionWriter::begin(&file, NewSession::new("s1", START, 7)).unwrap();
        writer.take(operation(1, 64)).unwrap();
        writer.flush().unwrap();
        for round in 0..3 {
            let pages: i64 = writer.db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
            writer.db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
            let refused = (0..30).any(|number| writer.take(operation(round * 100 + number, 60_000)).is_err());
            assert!(refused || writer.flush().is_err(), "the disk was not full");
            writer.db.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(())).unwrap();
            writer.flush().unwrap();
        }
        writer.take(operation(999, 64)).unwrap();
        writer.finish().unwrap();
        let recording = Recording::open(&file, &OpenOptions::default()).unwrap();
        let gaps = recording.gaps(&recording.lineage(SessionNo(0)).unwrap(), 10).unwrap();
        assert_eq!(gaps.len(), 1, "{gaps:?}");
        let report = verify(&file, &OpenOptions::default(), true).unwrap();
        assert!(report.is_fine(), "{:?}", report.findings);
    }
}
