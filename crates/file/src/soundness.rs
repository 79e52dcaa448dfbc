//! Checks before anything trusts a file: its schema is that of a recording, and its counters are those of its rows.
//!
//! A file may come from anywhere. A view in the place of a table, a trigger, or a session that claims 10¹² operations would make
//! ordinary queries run for hours.

use std::collections::HashMap;
use std::sync::OnceLock;

use rusqlite::{Connection, params};

use kuberewind_model::{Result, Seq, SessionNo};

use crate::error::{Context, damaged};
use crate::schema::{self, SEQ_BITS, op_id};

/// The most entries of a schema, and the most sessions of a file.
const ENTRIES: usize = 4_096;
const SESSIONS: i64 = 65_536;
/// The highest number of a session: row ids of operations have no room for more.
const LAST_SESSION: i64 = (1 << 22) - 1;

/// The parts of a schema entry that must match: the table it belongs to, and its SQL.
type Entry = (String, Option<String>);
type Schema = HashMap<(String, String), Entry>;

/// Fails unless the tables, indexes and views of the format are as the migrations make them, and nothing is attached to them.
/// Tables and views of other names may exist.
pub(crate) fn check_schema(db: &Connection, version: i64) -> Result<()> {
    let formats = formats()?;
    let known = usize::try_from(version).ok().and_then(|version| formats.get(version.checked_sub(1)?));
    let (Some(expected), Some(newest)) = (known, formats.last()) else {
        return Err(damaged(format!("the recording claims format {version}, which does not exist")));
    };
    let found = read(db).map_err(|error| damaged("the recording's tables cannot be read").because(error))?;
    if let Some(((kind, name), _)) = expected.iter().find(|(key, entry)| found.get(*key) != Some(entry)) {
        return Err(damaged(format!("the {kind} {name:?} is not that of a recording of format {version}")));
    }
    for ((kind, name), (table, _)) in found.iter().filter(|(key, _)| !expected.contains_key(*key)) {
        // A file of an older format must not have the names of the newest one either.
        let ours = |name: &String| newest.keys().any(|(_, own)| own.eq_ignore_ascii_case(name));
        if kind == "trigger" || ours(name) || ours(table) {
            return Err(damaged(format!("the {kind} {name:?} does not belong into a recording")));
        }
    }
    Ok(())
}

/// The schemas of all formats, oldest first. They never change, so they are made once.
fn formats() -> Result<&'static [Schema]> {
    static FORMATS: OnceLock<Vec<Schema>> = OnceLock::new();
    if let Some(formats) = FORMATS.get() {
        return Ok(formats);
    }
    let context = "cannot prepare the check of the schema";
    let db = Connection::open_in_memory().context(context)?;
    let mut formats = Vec::new();
    for migration in schema::MIGRATIONS {
        db.execute_batch(migration).context(context)?;
        formats.push(read(&db).context(context)?);
    }
    Ok(FORMATS.get_or_init(|| formats))
}

fn read(db: &Connection) -> rusqlite::Result<Schema> {
    let mut query = db.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema LIMIT ?")?;
    let rows = query.query_map([ENTRIES], |row| {
        let table = row.get(2)?;
        Ok(((row.get(0)?, row.get(1)?), (table, row.get(3)?)))
    })?;
    rows.collect()
}

/// Returns what is wrong with the counters of the sessions. Everything that loops over numbers of operations relies on them.
pub(crate) fn wrong_counters(db: &Connection) -> Result<Vec<String>> {
    let context = "cannot read the sessions";
    let count: i64 = db.query_row("SELECT count(*) FROM session", [], |row| row.get(0)).context(context)?;
    if count > SESSIONS {
        return Ok(vec![format!("the recording has {count} sessions, the most is {SESSIONS}")]);
    }
    let mut query =
        db.prepare("SELECT no, parent, parent_seq, first, last, operations FROM session ORDER BY no").context(context)?;
    let mut rows = query.query([]).context(context)?;
    let mut wrong = Vec::new();
    while let Some(row) = rows.next().context(context)? {
        let row: (i64, Option<i64>, Option<i64>, i64, i64, i64) = row.try_into().context(context)?;
        let (no, parent, branch, first, last, operations) = row;
        let bound = (1i64 << SEQ_BITS) - 1;
        if !(0..=LAST_SESSION).contains(&no) {
            wrong.push(format!("a session has the number {no}"));
            continue;
        }
        if !(1..=bound).contains(&first) || !(first - 1..=bound).contains(&last) {
            wrong.push(format!("session {no} claims the operations #{first} to #{last}"));
            continue;
        }
        if parent.is_some_and(|parent| parent < 0 || parent >= no || !(0..=bound).contains(&branch.unwrap_or(-1))) {
            wrong.push(format!("session {no} claims to branch off session {}", parent.unwrap_or_default()));
        }
        if !(0..=last - first + 1).contains(&operations) {
            wrong.push(format!("session {no} claims {operations} operations"));
        }
        let known = last_known(db, SessionNo(no)).context(context)?;
        if last > known.max(first - 1) {
            wrong.push(format!("session {no} claims operations up to #{last}, the last one is #{known}"));
        }
    }
    Ok(wrong)
}

/// The last operation of a session, or the last number that a gap explains.
fn last_known(db: &Connection, session: SessionNo) -> rusqlite::Result<i64> {
    let ids = [op_id(session, Seq::START), op_id(session, Seq::MAX)];
    let mask = (1i64 << SEQ_BITS) - 1;
    db.query_row(
        "SELECT max(coalesce((SELECT max(id) & ?3 FROM op WHERE id BETWEEN ?1 AND ?2), 0),
                    coalesce((SELECT max(last) FROM gap WHERE session = ?4), 0))",
        params![ids[0], ids[1], mask, session.0],
        |row| row.get(0),
    )
}
