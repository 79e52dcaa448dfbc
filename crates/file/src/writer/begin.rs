//! The beginning of a session: the file, the lock, the tables, the session's row, and the state that it inherits.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use kuberewind_model::redact::public_address;
use kuberewind_model::{Error, ErrorKind, Lineage, Result, Seq, SessionNo, SessionRange, SessionState};

use super::body_writer::BodyWriter;
use super::connection::{prepare, tune};
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
use super::placement::Placement;
use super::rows::Rows;
use super::segment::{FirstRows, Segment};
use super::session_writer::SessionWriter;
use super::versions::{Versions, number_of};
use super::views::Views;
use crate::draft::Draft;
use crate::error::{Context, damaged, sql_error};
use crate::lock::WriterLock;
use crate::maps::Map;
use crate::{heads, lineages, place, schema, soundness};

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
    let path = place::resolve(path);
    // Before the lock, which is a file beside it.
    place::look(&path)?;
    let lock = WriterLock::take(&path)?;
    let log = place::look(&place::sibling(&path, "-wal"))?;
    let Some(found) = place::look(&path)?.filter(|found| found.bytes > 0) else {
        if log.is_some_and(|log| log.bytes > 0) {
            // SQLite would take it for the log of the new file.
            let message = format!("{}-wal is the log of a recording that is not there", path.display());
            return Err(Error::new(ErrorKind::Invalid, message).hint("move the recording back, or delete the log"));
        }
        return begin_new_file(&path, new, lock);
    };
    if found.names > 1 {
        let message = format!("{} has {} names (hard links), and a recorder can only lock one", path.display(), found.names);
        return Err(Error::new(ErrorKind::Busy, message).hint("record into a file with one name"));
    }
    close_to_others(&path)?;
    let db = open_existing(&path)?;
    tune(&db, &path)?;
    start(db, new, lock, Placement { path, identity: found.identity, is_away: false })
}

/// Begins the first session of a file, which gets its name together with the session.
fn begin_new_file(path: &Path, new: &NewSession, lock: WriterLock) -> Result<SessionWriter> {
    let (draft, db) = Draft::create(path)?;
    prepare(&db, path)?;
    schema::create(&db)?;
    let meta = |key: &str, value: String| db.execute("INSERT INTO meta VALUES (?, ?)", params![key, value]);
    meta("recording_id", format!("{:032x}", new.recording_id))
        .and_then(|_| meta("written_by", format!("kuberewind {}", env!("CARGO_PKG_VERSION"))))
        .context("cannot create the recording")?;
    let missing = || Error::new(ErrorKind::Io, format!("cannot create {}", path.display()));
    let identity = place::look(draft.path())?.ok_or_else(missing)?.identity;
    let mut writer = start(db, new, lock, Placement { path: path.to_owned(), identity, is_away: false })?;
    // The state in memory is that of the file, whichever connection reads it.
    let unnamed = std::mem::replace(&mut writer.db, Connection::open_in_memory().context("cannot create the recording")?);
    draft.publish(unnamed)?;
    writer.db = open_existing(path)?;
    // The change to a log writes one page. A journal on disk could be left by a kill, and reading the file would then change it.
    writer.db.query_row("PRAGMA journal_mode = MEMORY", [], |_| Ok(())).context("cannot create the recording")?;
    tune(&writer.db, path)?;
    // The log is not empty from here on: a reader can tell that it is missing.
    writer.start_transaction()?;
    writer.commit()?;
    Ok(writer)
}

/// Writes the session, and loads the state that it inherits.
fn start(db: Connection, new: &NewSession, lock: WriterLock, placement: Placement) -> Result<SessionWriter> {
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
        placement,
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

/// Opens a recording to write into it. A file of an older format is upgraded.
fn open_existing(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db =
        Connection::open_with_flags(path, flags).map_err(|error| sql_error(format!("cannot write {}", path.display()), error))?;
    prepare(&db, path)?;
    let version = schema::check_header(&db)?;
    soundness::check_schema(&db, version)?;
    let identity: Option<String> = db
        .query_row("SELECT value FROM meta WHERE key = 'recording_id'", [], |row| row.get(0))
        .optional()
        .context("cannot read the recording")?;
    if identity.is_none() {
        return Err(damaged(format!("{} has no identity: its recorder was killed while it created the file", path.display()))
            .hint("delete it, or record into another file with -o"));
    }
    schema::upgrade(&db, version)?;
    Ok(db)
}

/// Takes the rights of group and others from an existing file.
fn close_to_others(path: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let close = || -> std::io::Result<()> {
            let mode = std::fs::metadata(path)?.permissions().mode();
            let is_open = mode & 0o077 != 0;
            if is_open { std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)) } else { Ok(()) }
        };
        close().map_err(|error| {
            Error::new(ErrorKind::ReadOnly, format!("cannot make {} readable only by its owner", path.display()))
                .because(error)
                .hint("choose another file with -o")
        })?;
    }
    Ok(())
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
                public_address(&new.cluster),
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
