//! The ring buffer: only the end of a long session is kept.
//!
//! When a new segment begins, the oldest ones are dropped as a whole. A segment only depends on its checkpoint. So the
//! following stays of the dropped segments: the versions that the world and the views have in the checkpoint, their bodies,
//! the observations that put them into the views, and the lists and deletions that prove absences. Numbers do not change; the
//! session then begins at the segment's first number.

use rusqlite::params;

use kuberewind_model::{ObjectId, Rank, Result, Seq, Timestamp};

use super::options::Keep;
use super::session_writer::SessionWriter;
use crate::error::Context;
use crate::observation_index::{self as index, IndexEntry, ObservationRef, RunTable, SeriesKey};
use crate::schema::{op_id, split_op_id};
use crate::{heads, versions};

const CONTEXT: &str = "cannot drop old segments";
/// The number of deleted objects that are still known to be absent without a list; the newest stay.
const ABSENT: i64 = 1 << 10;

/// A segment that could become the first one.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    first_op: i64,
    version: i64,
    body: i64,
    at: i64,
}

impl SessionWriter {
    /// Drops the segments beyond the bounds, after a new one began at `at`.
    pub(super) fn drop_old_segments(&mut self, at: Timestamp) -> Result<()> {
        let keep = self.limits.keep;
        if keep == Keep::default() {
            return Ok(());
        }
        let mut later = self.later_segments()?.into_iter().peekable();
        let mut first = None;
        let next = self.counters.last.next();
        while let Some(candidate) = later.next_if(|candidate| {
            let operations = next.0.saturating_sub(split_op_id(candidate.first_op).1.0);
            keep.operations.is_some_and(|least| operations >= least)
                || keep.time.is_some_and(|least| at.since(Timestamp(candidate.at)) >= least)
        }) {
            first = Some(candidate);
        }
        if let Some(first) = first {
            self.drop_before(first)?;
        }
        if let Some(bytes) = keep.bytes {
            for candidate in later {
                if self.used_bytes()? <= bytes {
                    break;
                }
                self.drop_before(candidate)?;
            }
        }
        Ok(())
    }

    /// Returns this session's segments, except for the first one.
    fn later_segments(&self) -> Result<Vec<Candidate>> {
        let mut query = self
            .db
            .prepare_cached(
                "SELECT first_op, first_version, first_body, at FROM segment WHERE first_op BETWEEN ? AND ? ORDER BY first_op LIMIT -1 OFFSET 1",
            )
            .context(CONTEXT)?;
        let rows = query
            .query_map([op_id(self.session, Seq::START), op_id(self.session, Seq::MAX)], |row| {
                Ok(Candidate { first_op: row.get(0)?, version: row.get(1)?, body: row.get(2)?, at: row.get(3)? })
            })
            .context(CONTEXT)?;
        rows.collect::<rusqlite::Result<_>>().context(CONTEXT)
    }

    pub(super) fn used_bytes(&self) -> Result<u64> {
        self.db
            .query_row("SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size", [], |row| row.get(0))
            .context(CONTEXT)
    }

    fn drop_before(&mut self, first: Candidate) -> Result<()> {
        self.write_rows()?;
        self.note_what_stays(first)?;
        self.drop_history(first)?;
        self.drop_spans_and_lines(split_op_id(first.first_op).1)?;
        self.drop_names()?;
        let seq = split_op_id(first.first_op).1;
        self.blocks.drop_before(&self.db, seq)?;
        self.execute("UPDATE session SET first = ?2 WHERE no = ?1", &[self.session.0, i64::try_from(seq.0).unwrap_or(i64::MAX)])?;
        // Returns free pages to the file system when the transaction ends.
        let mut vacuum = self.db.prepare("PRAGMA incremental_vacuum").context(CONTEXT)?;
        let mut rows = vacuum.query([]).context(CONTEXT)?;
        while rows.next().context(CONTEXT)?.is_some() {}
        Ok(())
    }

    fn execute(&self, sql: &str, values: &[i64]) -> Result<u64> {
        let done =
            self.db.prepare_cached(sql).and_then(|mut run| run.execute(rusqlite::params_from_iter(values))).context(CONTEXT)?;
        Ok(done as u64)
    }

    /// Fills the temporary tables of the versions and observations that stay.
    fn note_what_stays(&mut self, first: Candidate) -> Result<()> {
        self.db
            .execute_batch(
                "CREATE TEMP TABLE IF NOT EXISTS kept (version INTEGER PRIMARY KEY);
                 CREATE TEMP TABLE IF NOT EXISTS shown (object INTEGER, viewer INTEGER, op INTEGER, version INTEGER);
                 DELETE FROM temp.kept; DELETE FROM temp.shown;",
            )
            .context(CONTEXT)?;
        for version in heads::all_of_checkpoint(&self.db, first.first_op)? {
            self.execute("INSERT OR IGNORE INTO temp.kept VALUES (?)", &[version])?;
        }
        let range = [op_id(self.session, Seq::START), first.first_op];
        self.keep_states_before_deletions(first.first_op)?;
        self.execute(
            "INSERT OR IGNORE INTO temp.kept SELECT head FROM (SELECT max(id) AS head, gone FROM version NOT INDEXED
             WHERE id >= ?3 AND id < ?4 AND op >= ?1 AND op < ?2 AND head = 1 GROUP BY object) WHERE gone > 0 ORDER BY head DESC LIMIT ?5",
            &[range[0], range[1], self.start.version, first.version, ABSENT],
        )?;
        self.note_last_observations(&range)
    }

    /// Keeps the state before each kept deletion.
    fn keep_states_before_deletions(&self, first_op: i64) -> Result<()> {
        let ends: Vec<(i64, i64, i64)> = {
            let mut query = self
                .db
                .prepare_cached(
                    "SELECT object, rank_number, rank_arrival FROM temp.kept k CROSS JOIN version v ON v.id = k.version
                     WHERE v.gone > 0 AND v.op < ?2 AND v.op >= ?1",
                )
                .context(CONTEXT)?;
            let rows = query.query_map([op_id(self.session, Seq::START), first_op], |row| row.try_into()).context(CONTEXT)?;
            rows.collect::<rusqlite::Result<_>>().context(CONTEXT)?
        };
        let until = split_op_id(first_op).1.prev();
        for (object, number, arrival) in ends {
            let number_of = |stored: i64| u64::try_from(stored).unwrap_or(0);
            let end = Rank { number: number_of(number), arrival: number_of(arrival) };
            let state = versions::last_state(&self.db, &self.lineage, until, ObjectId(object), Some(end))?;
            if let Some(state) = state.filter(|state| state.session == self.session) {
                self.execute("INSERT OR IGNORE INTO temp.kept VALUES (?)", &[state.id.0])?;
            }
        }
        Ok(())
    }

    /// Notes each viewer's last observation of each object. All of them are in long runs, and no run crosses the start of a
    /// segment.
    fn note_last_observations(&self, range: &[i64; 2]) -> Result<()> {
        let mut query = self
            .db
            .prepare_cached(
                "SELECT object, viewer, max(first), showings FROM trail WHERE first >= ? AND first < ? AND viewer <> 0 GROUP BY object, viewer",
            )
            .context(CONTEXT)?;
        let mut note = self.db.prepare_cached("INSERT INTO temp.shown VALUES (?, ?, ?, ?)").context(CONTEXT)?;
        let mut rows = query.query(*range).context(CONTEXT)?;
        let mut run = Vec::new();
        while let Some(row) = rows.next().context(CONTEXT)? {
            let (object, viewer, first): (i64, i64, i64) =
                (row.get(0).context(CONTEXT)?, row.get(1).context(CONTEXT)?, row.get(2).context(CONTEXT)?);
            index::decode(first, row.get_ref(3).and_then(|bytes| Ok(bytes.as_blob()?)).context(CONTEXT)?, &mut run)?;
            if let Some(last) = run.last() {
                note.execute(params![object, viewer, last.op, last.version]).context(CONTEXT)?;
            }
        }
        Ok(())
    }

    /// Rewrites the index: a view continues from its last observations, except for those that a gap has made unknown; the
    /// world from its heads. Of objects that a view only knows as absent, such as one that left its selector, the newest
    /// stay.
    fn keep_observations(&self, first: Candidate) -> Result<()> {
        let (from, to) = (op_id(self.session, Seq::START), first.first_op);
        let seq = i64::try_from(split_op_id(to).1.0).unwrap_or(i64::MAX);
        self.execute("DELETE FROM trail WHERE first >= ? AND first < ?", &[from, to])?;
        let mut query = self
            .db
            .prepare_cached(
                "SELECT s.object, s.viewer, s.op, CASE WHEN s.version IN (SELECT version FROM temp.kept) THEN s.version END
                 FROM temp.shown s CROSS JOIN viewer w ON w.id = s.viewer CROSS JOIN object j ON j.id = s.object
                 WHERE (s.object IN (SELECT object FROM version) OR s.op IN (SELECT op FROM temp.shown
                     WHERE version IS NULL AND object NOT IN (SELECT object FROM version) ORDER BY op DESC LIMIT ?8))
                   AND NOT EXISTS (SELECT 1 FROM viewer n WHERE n.actor = w.actor AND n.session = w.session AND n.incarnation > w.incarnation AND n.since < ?2)
                   AND NOT EXISTS (SELECT 1 FROM gap g WHERE g.session = ?1 AND g.first < ?2 AND g.last >= (s.op & 1099511627775)
                     AND (g.actor IS NULL OR g.actor = w.actor) AND (g.kind IS NULL OR g.kind = j.kind)
                     AND (g.namespace = ?3 OR g.namespace = j.namespace))
                 UNION ALL
                 SELECT object, 0, op, id FROM version NOT INDEXED WHERE id >= ?4 AND id < ?5 AND head = 1 AND op >= ?6 AND op < ?7
                 ORDER BY 1, 2, 3, 4",
            )
            .context(CONTEXT)?;
        let values = [self.session.0, seq, self.no_text, self.start.version, first.version, from, to, ABSENT];
        let rows = query
            .query_map(values, |row| {
                let key = SeriesKey { object: row.get(0)?, viewer: row.get(1)? };
                Ok(IndexEntry { key, observation: ObservationRef { op: row.get(2)?, version: row.get(3)?, inferred: true } })
            })
            .context(CONTEXT)?;
        let entries: Vec<IndexEntry> = rows.collect::<rusqlite::Result<_>>().context(CONTEXT)?;
        index::write(&self.db, RunTable::Long, &entries).context(CONTEXT)
    }

    /// Drops operations and their observations.
    fn drop_history(&mut self, first: Candidate) -> Result<()> {
        let (from, to) = (op_id(self.session, Seq::START), first.first_op);
        let seq = i64::try_from(split_op_id(to).1.0).unwrap_or(i64::MAX);
        let errors: u64 = self
            .db
            .prepare_cached(
                "SELECT count(*) FROM op WHERE id >= ? AND id < ? AND (status >= 400 OR outcome IN (1, 3, 4) OR verb = 12)",
            )
            .and_then(|mut query| query.query_row([from, to], |row| row.get(0)))
            .context(CONTEXT)?;
        let operations = self.execute("DELETE FROM op WHERE id >= ? AND id < ?", &[from, to])?;
        self.counters.operations = self.counters.operations.saturating_sub(operations);
        self.counters.errors = self.counters.errors.saturating_sub(errors);
        self.execute("DELETE FROM detail WHERE id >= ? AND id < ?", &[from, to])?;
        self.drop_lists(from, to, seq)?;
        self.execute(
            "DELETE FROM version WHERE id >= ? AND id < ? AND op >= ? AND op < ? AND id NOT IN (SELECT version FROM temp.kept)",
            &[self.start.version, first.version, from, to],
        )?;
        self.drop_derived(first)?;
        self.execute(
            "DELETE FROM body WHERE id >= ?1 AND id < ?2
               AND id NOT IN (SELECT body FROM temp.kept k CROSS JOIN version v ON v.id = k.version WHERE body IS NOT NULL)
               AND id NOT IN (SELECT keyframe FROM temp.kept k CROSS JOIN version v ON v.id = k.version CROSS JOIN body b ON b.id = v.body
                              WHERE keyframe IS NOT NULL AND codec = 2)",
            &[self.start.body, first.body],
        )?;
        self.drop_dictionaries(first)?;
        self.execute("DELETE FROM showing WHERE op >= ? AND op < ?", &[from, to])?;
        self.keep_observations(first)?;
        self.execute("DELETE FROM checkpoint WHERE segment >= ? AND segment < ?", &[from, to])?;
        self.execute("DELETE FROM segment WHERE first_op >= ? AND first_op < ?", &[from, to])?;
        Ok(())
    }

    /// Drops the dictionaries of this session whose bodies are dropped. The newest one of each kind stays.
    fn drop_dictionaries(&self, first: Candidate) -> Result<()> {
        self.execute(
            "DELETE FROM dictionary WHERE first_body >= ?1
               AND EXISTS (SELECT 1 FROM dictionary n WHERE n.kind = dictionary.kind AND n.id > dictionary.id AND n.first_body <= ?2)
               AND id NOT IN (SELECT keyframe FROM body WHERE id >= ?1 AND id < ?2 AND codec = 3 AND keyframe IS NOT NULL)",
            &[self.start.body, first.body],
        )?;
        Ok(())
    }

    /// Drops values derived from dropped versions, and unused sets of paths.
    fn drop_derived(&self, first: Candidate) -> Result<()> {
        let dropped = self.execute(
            "DELETE FROM derived WHERE version >= ? AND version < ? AND version NOT IN (SELECT id FROM version)",
            &[self.start.version, first.version],
        )?;
        if dropped > 0 {
            let named = "SELECT change_set FROM derived WHERE change_set IS NOT NULL";
            self.execute(&format!("DELETE FROM change_set WHERE id NOT IN ({named})"), &[])?;
        }
        Ok(())
    }

    /// Drops lists. The newest list of each scope and viewer that proves absences stays. If a gap or a restart followed, it
    /// only proves absences in the world and gets viewer 0.
    fn drop_lists(&self, from: i64, to: i64, seq: i64) -> Result<()> {
        self.execute(
            "UPDATE list SET viewer = 0 WHERE covers = 1 AND op >= ?1 AND op < ?2 AND viewer IN (
               SELECT w.id FROM viewer w WHERE EXISTS (SELECT 1 FROM viewer n WHERE n.actor = w.actor AND n.session = w.session
                 AND n.incarnation > w.incarnation AND n.since < ?4)
               OR EXISTS (SELECT 1 FROM gap g WHERE g.session = ?3 AND g.first < ?4 AND g.last >= (list.op & 1099511627775)
                 AND (g.actor IS NULL OR g.actor = w.actor) AND (g.kind IS NULL OR g.kind = list.kind)))",
            &[from, to, self.session.0, seq],
        )?;
        self.execute(
            "DELETE FROM list WHERE op >= ?1 AND op < ?2 AND op NOT IN (
               SELECT max(op) FROM list WHERE covers = 1 AND op >= ?1 AND op < ?2 GROUP BY kind, namespace, viewer)",
            &[from, to],
        )?;
        Ok(())
    }

    /// Drops reconciles and watches that had ended, log lines and gaps.
    fn drop_spans_and_lines(&mut self, first: Seq) -> Result<()> {
        let values = [self.session.0, i64::try_from(first.0).unwrap_or(i64::MAX)];
        let oldest = self.spans.running.first().copied().unwrap_or(i64::MAX);
        let spans = self.execute(
            "DELETE FROM span WHERE session = ?1 AND started_after < ?2 AND (ended_after < ?2 OR (ended_after IS NULL AND id < ?3))",
            &[values[0], values[1], oldest],
        )?;
        self.execute("DELETE FROM span_trigger WHERE span NOT IN (SELECT id FROM span)", &[])?;
        let lines = self.execute("DELETE FROM log WHERE session = ? AND after < ?", &values)?;
        let gaps = self.execute("DELETE FROM gap WHERE session = ?1 AND last < ?2 - 1", &values)?;
        self.execute("DELETE FROM watch WHERE session = ? AND closed < ?", &values)?;
        self.counters.spans = self.counters.spans.saturating_sub(spans);
        self.counters.log_lines = self.counters.log_lines.saturating_sub(lines);
        self.counters.gaps = self.counters.gaps.saturating_sub(gaps);
        Ok(())
    }

    /// Drops unused objects and texts. The highest text stays, so that its row is not reused.
    fn drop_names(&mut self) -> Result<()> {
        let mut query = self
            .db
            .prepare_cached(
                "SELECT id FROM object WHERE id NOT IN (SELECT object FROM version) AND id NOT IN (SELECT object FROM trail)
                 AND id NOT IN (SELECT object FROM op WHERE object IS NOT NULL) AND id NOT IN (SELECT object FROM showing)",
            )
            .context(CONTEXT)?;
        let rows = query.query_map([], |row| row.get(0)).context(CONTEXT)?;
        let unnamed: Vec<i64> = rows.collect::<rusqlite::Result<_>>().context(CONTEXT)?;
        drop(query);
        for object in unnamed.into_iter().filter(|object| self.objects.get(*object).is_none()) {
            self.execute("DELETE FROM object WHERE id = ?", &[object])?;
        }
        self.db
            .execute_batch("CREATE TEMP TABLE IF NOT EXISTS named (id INTEGER PRIMARY KEY); DELETE FROM temp.named;")
            .context(CONTEXT)?;
        let remembered = self.views.selectors().chain(self.covered.keys().map(|(_, namespace)| *namespace)).chain([self.no_text]);
        for text in remembered.collect::<std::collections::HashSet<i64>>() {
            self.db
                .prepare_cached("INSERT OR IGNORE INTO temp.named VALUES (?)")
                .and_then(|mut run| run.execute([text]))
                .context(CONTEXT)?;
        }
        for (table, columns) in [
            ("object", &["namespace", "name"][..]),
            ("version", &["api_version"]),
            ("op", &["namespace", "name", "subresource", "error"]),
            ("detail", &["user_agent", "field_manager", "media_type", "reason", "user"]),
            ("list", &["namespace", "selector"]),
            ("watch", &["namespace", "selector"]),
            ("span", &["namespace", "name"]),
            ("span_trigger", &["reason"]),
            ("log", &["level"]),
            ("gap", &["namespace"]),
        ] {
            for column in columns {
                let sql =
                    format!("INSERT OR IGNORE INTO temp.named SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL");
                self.execute(&sql, &[])?;
            }
        }
        let dropped = self
            .execute("DELETE FROM text WHERE id NOT IN (SELECT id FROM temp.named) AND id < (SELECT max(id) FROM text)", &[])?;
        if dropped > 0 {
            self.names.forget_texts();
        }
        self.execute("DELETE FROM temp.named", &[]).map(|_| ())
    }
}
