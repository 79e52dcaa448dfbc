//! The beginning of a session: the file, the lock, the tables, the session's row, and the state that it inherits.

use std::fs::OpenOptions;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use kuberewind_model::{Error, ErrorKind, Lineage, Result, Seq, SessionNo, SessionRange, SessionState};

use super::body_writer::BodyWriter;
use super::counters::Counters;
use super::loss::Loss;
use super::names::Names;
use super::objects::Objects;
use super::observation_writer::ObservationWriter;
use super::open_blocks::OpenBlocks;
use super::open_lists::OpenLists;
use super::open_spans::OpenSpans;
use super::open_watches::OpenWatches;
use super::options::NewSession;
use super::rows::Rows;
use super::segment::{FirstRows, Segment};
use super::session_writer::SessionWriter;
use super::versions::{Versions, number_of};
use super::views::Views;
use crate::error::{Context, sql_error};
use crate::lock::WriterLock;
use crate::maps::Map;
use crate::schema::{self, SCHEMA_VERSION};
use crate::{heads, lineages};

impl SessionWriter {
    /// Begins a session in a recording. Creates the recording if it does not exist.
    ///
    /// # Errors
    /// When another process writes the file, it is not a recording, the name is taken, or the file cannot be written.
    #[allow(clippy::needless_pass_by_value, reason = "a session begins once")]
    pub fn begin(path: &Path, new: NewSession) -> Result<SessionWriter> {
        begin_session(path, &new)
    }
}

fn begin_session(path: &Path, new: &NewSession) -> Result<SessionWriter> {
    let lock = WriterLock::take(path)?;
    let db = open_for_writing(path, new.recording_id)?;
    let session = insert_session(&db, new)?;
    let first = new.branch.map_or(new.first.max(Seq(1)), |branch| branch.at.next());
    let inherited = match new.branch {
        Some(branch) => lineages::lineage_to(&db, branch.parent, branch.at)?,
        None => Lineage::new([]),
    };
    let own = SessionRange { session, from: first, to: Seq::MAX };
    let lineage = Lineage::new(inherited.ranges().iter().copied().chain([own]));
    let last = first.prev();
    let counters =
        Counters { last, last_at: new.start, end: new.start, operations: 0, spans: 0, gaps: 0, log_lines: 0, errors: 0 };
    let context = "cannot read the recording";
    let no_text = Names::default().text(&db, &"".into()).context(context)?;
    let heads = heads::world(&db, &inherited, last)?;
    let start = FirstRows { version: next_row(&db, "version")?, body: next_row(&db, "body")? };
    let mut writer = SessionWriter {
        objects: Objects::load(&db, session, lineage.clone(), &heads)?,
        versions: Versions::starting_at(start.version),
        bodies: BodyWriter::new(start.body),
        rows: Rows::default(),
        observations: ObservationWriter::load(&db, new.limits.run_observations)?,
        names: Names::default(),
        views: Views::default(),
        covered: covered(&db, &inherited)?,
        segment: Segment::none(),
        blocks: OpenBlocks::new(session),
        lists: OpenLists::new(),
        spans: OpenSpans::default(),
        watches: OpenWatches::default(),
        limits: new.limits,
        committed: counters,
        open_events: None,
        loss: Loss::default(),
        start,
        db,
        session,
        lineage,
        no_text,
        counters,
        _lock: lock,
    };
    writer.start_transaction()?;
    writer.segment_starts(new.start);
    writer.begin_segment()?;
    writer.commit()?;
    Ok(writer)
}

/// Returns the newest complete list of each scope in a lineage.
fn covered(db: &Connection, lineage: &Lineage) -> Result<Map<(i64, i64), u64>> {
    let context = "cannot read the lists";
    let mut covered = Map::default();
    let mut query = db
        .prepare_cached("SELECT kind, namespace, rv FROM list INDEXED BY list_by_scope WHERE covers = 1 AND op BETWEEN ? AND ?")
        .context(context)?;
    for range in lineage.ranges() {
        let limits = [schema::op_id(range.session, range.from), schema::op_id(range.session, range.to)];
        let mut rows = query.query(limits).context(context)?;
        while let Some(row) = rows.next().context(context)? {
            let (kind, namespace, rv): (i64, i64, String) = row.try_into().context(context)?;
            if let Some(number) = number_of(&rv) {
                let newest = covered.entry((kind, namespace)).or_insert(number);
                *newest = number.max(*newest);
            }
        }
    }
    Ok(covered)
}

fn next_row(db: &Connection, table: &str) -> Result<i64> {
    db.query_row(&format!("SELECT coalesce(max(id), 0) + 1 FROM {table}"), [], |row| row.get(0))
        .context("cannot read the recording")
}

impl SessionWriter {
    /// Replaces the state in memory with the state of the last commit in the file. Numbers continue after `counters.last`.
    pub(super) fn reload(&mut self, counters: Counters) -> Result<()> {
        let heads = heads::world(&self.db, &self.lineage, self.committed.last)?;
        self.objects = Objects::load(&self.db, self.session, self.lineage.clone(), &heads)?;
        self.versions = Versions::starting_at(next_row(&self.db, "version")?);
        self.bodies = BodyWriter::new(next_row(&self.db, "body")?);
        self.rows.clear();
        self.observations = ObservationWriter::load(&self.db, self.limits.run_observations)?;
        self.names = Names::default();
        self.views = Views::default();
        self.covered = covered(&self.db, &self.lineage)?;
        self.lists = OpenLists::new();
        self.spans = OpenSpans::default();
        self.watches = OpenWatches::default();
        self.blocks.resume(&self.db, counters.last.next())?;
        self.counters = counters;
        Ok(())
    }
}

fn open_for_writing(path: &Path, recording_id: u128) -> Result<Connection> {
    let context = format!("cannot write {}", path.display());
    make_private(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(|error| sql_error(context.clone(), error))?;
    let settings = || -> rusqlite::Result<bool> {
        db.busy_timeout(std::time::Duration::from_secs(5))?;
        db.set_prepared_statement_cache_capacity(128);
        schema::plan_once(&db)?;
        db.query_row("SELECT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))
    };
    if settings().map_err(|error| sql_error(context.clone(), error))? {
        if schema::check_header(&db)? != SCHEMA_VERSION {
            return Err(
                Error::new(ErrorKind::Invalid, format!("{} has an older format", path.display())).hint("record into a new file")
            );
        }
    } else {
        schema::create(&db)?;
        let meta = |key: &str, value: String| db.execute("INSERT INTO meta VALUES (?, ?)", params![key, value]);
        meta("recording_id", format!("{recording_id:032x}"))
            .and_then(|_| meta("written_by", format!("kuberewind {}", env!("CARGO_PKG_VERSION"))))
            .map_err(|error| sql_error(context.clone(), error))?;
    }
    let tune = || -> rusqlite::Result<()> {
        // On file systems without shared memory, SQLite chooses another mode. Commits are the same.
        db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        db.pragma_update(None, "synchronous", "NORMAL")?;
        db.pragma_update(None, "cache_size", -32_768)?;
        db.pragma_update(None, "wal_autocheckpoint", 2_000)?;
        db.pragma_update(None, "temp_store", "MEMORY")
    };
    tune().map_err(|error| sql_error(context, error))?;
    Ok(db)
}

/// Creates the file if it is missing, readable only by its owner.
fn make_private(path: &Path) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::new(ErrorKind::ReadOnly, format!("cannot create {}", path.display()))
            .because(error)
            .hint("choose another file with -o")),
    }
}

fn insert_session(db: &Connection, new: &NewSession) -> Result<SessionNo> {
    let context = "cannot write the session";
    if new.session_id.is_empty() || new.session_id.chars().any(char::is_control) {
        return Err(Error::new(ErrorKind::Invalid, format!("{:?} is not a valid session name", new.session_id)));
    }
    let taken: bool = db
        .query_row("SELECT 1 FROM session WHERE session_id = ?", [&new.session_id], |_| Ok(true))
        .optional()
        .context(context)?
        .unwrap_or(false);
    if taken {
        return Err(Error::new(ErrorKind::Invalid, format!("the recording already has a session {:?}", new.session_id))
            .hint("choose another name with --session"));
    }
    if let Some(branch) = new.branch {
        let lineage = lineages::lineage_of(db, branch.parent)?;
        if branch.at > lineage.last() {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!("the session cannot branch off at {}: its parent ends at {}", branch.at, lineage.last()),
            ));
        }
    }
    // The lock is held, so no other writer is alive.
    let first = new.branch.map_or(new.first.max(Seq(1)), |branch| branch.at.next());
    let insert = || -> rusqlite::Result<i64> {
        db.execute(
            "UPDATE session SET state = ? WHERE state = ?",
            params![SessionState::Crashed.code(), SessionState::Open.code()],
        )?;
        let no: i64 = db.query_row("SELECT coalesce(max(no) + 1, 0) FROM session", [], |row| row.get(0))?;
        db.execute(
            "INSERT INTO session (no, session_id, parent, parent_seq, origin, cluster, clock, state, start_at, end_at, first, last,
             redaction_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                no,
                new.session_id,
                new.branch.map(|branch| branch.parent.0),
                new.branch.map(|branch| branch.at.0),
                new.origin.code(),
                new.cluster,
                new.clock.code(),
                SessionState::Open.code(),
                new.start.0,
                new.start.0,
                first.0,
                first.prev().0,
                new.redaction_key,
            ],
        )?;
        Ok(no)
    };
    insert().map(SessionNo).context(context)
}
