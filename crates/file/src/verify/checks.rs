//! The checks of a recording.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;

use kuberewind_model::{ErrorKind, History, Lineage, Result, Seq, Session, SessionState};

use super::observation_index;
use super::report::VerifyReport;
use crate::blocks::{Block, BlockEntry, block_id, read_block};
use crate::body_reader::BodyReader;
use crate::codec;
use crate::dictionary;
use crate::error::Context;
use crate::heads;
use crate::reader::{OpenOptions, Recording};
use crate::schema::{op_id, split_op_id};
use crate::soundness;

/// Verifies a recording. `strict` adds the maximum lengths of KubeStep.
///
/// # Errors
/// When the file cannot be opened. Damage inside it is in the report.
pub fn verify(path: &Path, options: &OpenOptions, strict: bool) -> Result<VerifyReport> {
    let recording = match Recording::open_to_verify(path, options) {
        // Tables that are not those of a recording are not read any further.
        Err(error) if error.kind() == ErrorKind::Damaged => {
            let mut report = VerifyReport::default();
            report.add("file", error.chain());
            return Ok(report);
        }
        opened => opened?,
    };
    let mut report = VerifyReport::default();
    if recording.lacks_log() {
        report.add("file", recording.recording()?.remark);
    }
    let wrong = soundness::wrong_counters(recording.connection())?;
    if !wrong.is_empty() {
        wrong.into_iter().for_each(|wrong| report.add("counters", wrong));
        return Ok(report);
    }
    let sessions = recording.sessions()?;
    for session in &sessions {
        match session.state {
            SessionState::Crashed => report.remarks.push(format!("session {} ended uncleanly", session.session_id)),
            SessionState::Open => report.remarks.push(format!("session {} is still being written", session.session_id)),
            SessionState::Closed => {}
        }
        let lineage = recording.lineage(session.no)?;
        let done = check_session(&recording, &lineage, session, &mut report);
        note(done, &mut report);
        let done = observation_index::check(recording.connection(), session, &mut report);
        note(done, &mut report);
    }
    let db = recording.connection();
    let checks = [check_dictionaries, check_bodies, check_segments, check_rows, check_pages];
    for check in checks {
        let done = check(db, &mut report);
        note(done, &mut report);
    }
    if strict {
        let done = check_lengths(db, &mut report);
        note(done, &mut report);
    }
    Ok(report)
}

/// Reports a check that failed with an error.
fn note(done: Result<()>, report: &mut VerifyReport) {
    if let Err(error) = done {
        report.add("file", error.chain());
    }
}

/// Checks the numbers, times, counters and summaries of one session.
fn check_session(recording: &Recording, lineage: &Lineage, session: &Session, report: &mut VerifyReport) -> Result<()> {
    let name = &session.session_id;
    let gaps = joined(recording.gaps(lineage, 1_000_000)?.iter().map(|gap| (gap.first, gap.last)).collect());
    let db = recording.connection();
    let mut query = db
        .prepare("SELECT o.id, o.at, o.verb, o.status, o.outcome, o.flags, w.actor, coalesce(o.kind, j.kind) FROM op o CROSS JOIN viewer w ON w.id = o.viewer LEFT JOIN object j ON j.id = o.object WHERE o.id BETWEEN ? AND ? ORDER BY o.id")
        .context("cannot read the operations")?;
    let mut rows = query.query([op_id(session.no, Seq(0)), op_id(session.no, Seq::MAX)]).context("cannot read the operations")?;
    let (mut expected, mut before, mut count, mut errors) = (session.first.0, i64::MIN, 0u64, 0u64);
    let mut blocks: BTreeMap<(usize, i64), Block> = BTreeMap::new();
    while let Some(row) = rows.next().context("cannot read the operations")? {
        let row: (i64, i64, i64, i64, i64, i64, i64, Option<i64>) = row.try_into().context("cannot read an operation")?;
        let seq = split_op_id(row.0).1;
        if seq.0 != expected && !gaps.iter().any(|(first, last)| first.0 < expected && seq.0 <= last.0 + 1) {
            report.add(
                "sequence",
                format!("session {name}: {seq} follows #{}, and no gap explains it", expected.saturating_sub(1)),
            );
        }
        expected = seq.0 + 1;
        if row.1 < before {
            report.add("times", format!("session {name}: the time decreases at {seq}"));
        }
        // The end of a session that is still being written may have moved since it was read.
        let too_late = session.state != SessionState::Open && row.1 > session.end.0;
        if row.1 < session.start.0 || too_late {
            report.add("times", format!("session {name}: {seq} lies outside of the session's time"));
        }
        let Some(verb) = kuberewind_model::Verb::from_code(row.2) else {
            report.add("words", format!("session {name}: {seq} has the unknown verb {}", row.2));
            continue;
        };
        let error = matches!(row.4, 1 | 3 | 4) || row.3 >= 400 || verb == kuberewind_model::Verb::Error;
        let idle = if before == i64::MIN { 0 } else { u64::try_from(row.1.saturating_sub(before)).unwrap_or(0) };
        let at = kuberewind_model::Timestamp(row.1);
        let entry = BlockEntry { seq, at, idle, verb, error, reconcile: row.5 & 2 != 0, actor: row.6, kind: row.7 };
        for level in 0..2 {
            blocks.entry((level, block_id(level, session.no, seq))).or_default().add(&entry);
        }
        (before, count, errors) = (row.1, count + 1, errors + u64::from(error));
    }
    report.operations += count;
    if session.state == SessionState::Open {
        return Ok(());
    }
    if (count, errors) != (session.operations, session.errors) {
        let sentence = format!(
            "session {name} claims {} operations and {} errors; it has {count} and {errors}",
            session.operations, session.errors
        );
        report.add("counters", sentence);
    }
    check_summaries(db, name, blocks, report)
}

/// Joins gaps that touch: a disk that was full twice leaves two of them side by side.
fn joined(mut gaps: Vec<(Seq, Seq)>) -> Vec<(Seq, Seq)> {
    gaps.sort_unstable();
    let mut joined: Vec<(Seq, Seq)> = Vec::new();
    for (first, last) in gaps {
        match joined.last_mut().filter(|before| first <= before.1.next()) {
            Some(before) => before.1 = before.1.max(last),
            None => joined.push((first, last)),
        }
    }
    joined
}

/// Compares the stored summaries of a session with its operations.
fn check_summaries(db: &Connection, name: &str, blocks: BTreeMap<(usize, i64), Block>, report: &mut VerifyReport) -> Result<()> {
    for ((level, id), block) in blocks {
        let stored = read_block(db, level, id)?.map(|(block, _)| block);
        // Kinds are not compared: the kind of a call may come from its path or from its object.
        let same = stored.is_some_and(|stored| Block { kinds: block.kinds.clone(), ..stored } == block);
        if !same {
            report.add(
                "summaries",
                format!("session {name}: the summary of #{}–#{} does not match its operations", block.first, block.last),
            );
        }
    }
    Ok(())
}

/// Checks that every dictionary decodes and matches its hash.
fn check_dictionaries(db: &Connection, report: &mut VerifyReport) -> Result<()> {
    let context = "cannot read the dictionaries";
    // A file of an older format has none.
    let present = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'dictionary')";
    if !db.query_row(present, [], |row| row.get(0)).context(context)? {
        return Ok(());
    }
    let mut query = db.prepare("SELECT id FROM dictionary ORDER BY id").context(context)?;
    let mut rows = query.query([]).context(context)?;
    while let Some(row) = rows.next().context(context)? {
        if let Err(error) = dictionary::read(db, row.get(0).context(context)?) {
            report.add("bodies", error.chain());
        }
    }
    Ok(())
}

/// Checks that every body decodes and matches its hash.
fn check_bodies(db: &Connection, report: &mut VerifyReport) -> Result<()> {
    let context = "cannot read the bodies";
    let mut bodies = BodyReader::default();
    let mut query = db.prepare("SELECT id, hash FROM body ORDER BY id").context(context)?;
    let mut rows = query.query([]).context(context)?;
    while let Some(row) = rows.next().context(context)? {
        let (id, hash): (i64, Vec<u8>) = row.try_into().context(context)?;
        match bodies.text(db, id) {
            Ok(Some(text)) if codec::hash(text.as_bytes())[..] != hash[..] => {
                report.add("bodies", format!("body {id} does not match its hash"));
            }
            Ok(_) => {}
            Err(error) => report.add("bodies", format!("body {id}: {}", error.chain())),
        }
        report.bodies += 1;
    }
    Ok(())
}

/// Checks that nothing refers across the start of a segment, except through its checkpoint.
fn check_segments(db: &Connection, report: &mut VerifyReport) -> Result<()> {
    let checks = [
        (
            "a keyframe",
            "SELECT count(*) FROM body b WHERE keyframe IS NOT NULL AND codec <> 3 AND EXISTS
           (SELECT 1 FROM segment s WHERE s.first_body <= b.id AND s.first_body > b.keyframe)",
        ),
        (
            "a version's body",
            "SELECT count(*) FROM version v WHERE body IS NOT NULL AND body <
           (SELECT first_body FROM segment s WHERE s.first_op <= v.op ORDER BY first_op DESC LIMIT 1)",
        ),
        (
            "an operation's body",
            "SELECT count(*) FROM op o WHERE min(coalesce(request, response), coalesce(response, request)) <
           (SELECT first_body FROM segment s WHERE s.first_op <= o.id ORDER BY first_op DESC LIMIT 1)",
        ),
    ];
    for (what, sql) in checks {
        let count: i64 = db.query_row(sql, [], |row| row.get(0)).context("cannot read the segments")?;
        if count > 0 {
            report.add("segments", format!("{count} times {what} is before the start of its segment"));
        }
    }
    check_checkpoints(db, report)
}

/// Checks that a checkpoint contains all older versions to which operations of its segment refer.
fn check_checkpoints(db: &Connection, report: &mut VerifyReport) -> Result<()> {
    let context = "cannot read the segments";
    let mut segments = db
        .prepare(
            "SELECT first_op, first_version, coalesce(lead(first_op) OVER (ORDER BY first_op), 9223372036854775807) FROM segment",
        )
        .context(context)?;
    let mut older = db
        .prepare("SELECT version FROM op WHERE id >= ?1 AND id < ?2 AND version < ?3 UNION SELECT version FROM showing WHERE op >= ?1 AND op < ?2 AND version < ?3")
        .context(context)?;
    let rows = segments.query_map([], |row| <(i64, i64, i64)>::try_from(row)).context(context)?;
    for segment in rows {
        let (first_op, first_version, end) = segment.context(context)?;
        let heads = heads::all_of_checkpoint(db, first_op)?;
        for version in older.query_map([first_op, end, first_version], |row| row.get::<_, i64>(0)).context(context)? {
            let version = version.context(context)?;
            if !heads.contains(&version) {
                report.add(
                    "segments",
                    format!("{} refers to version {version}, which its segment's checkpoint lacks", split_op_id(first_op).1),
                );
            }
        }
    }
    Ok(())
}

/// Checks for dangling references and unknown codes.
fn check_rows(db: &Connection, report: &mut VerifyReport) -> Result<()> {
    let checks = [
        (
            "spans",
            "reconciles end before they begin",
            "SELECT count(*) FROM span WHERE duration < 0 OR ended_after < started_after",
        ),
        (
            "spans",
            "reconciles have only one of duration and end",
            "SELECT count(*) FROM span WHERE (ended_after IS NULL) <> (duration IS NULL)",
        ),
        (
            "rows",
            "operations name an object that does not exist",
            "SELECT count(*) FROM op WHERE object IS NOT NULL AND object NOT IN (SELECT id FROM object)",
        ),
        (
            "rows",
            "operations name a version that does not exist",
            "SELECT count(*) FROM op WHERE version IS NOT NULL AND version NOT IN (SELECT id FROM version)",
        ),
        (
            "rows",
            "versions name a body that does not exist",
            "SELECT count(*) FROM version WHERE body IS NOT NULL AND body NOT IN (SELECT id FROM body)",
        ),
        (
            "rows",
            "operations have no actor",
            "SELECT count(*) FROM op WHERE viewer NOT IN (SELECT w.id FROM viewer w JOIN actor a ON a.id = w.actor)",
        ),
        ("words", "operations have an unknown outcome", "SELECT count(*) FROM op WHERE outcome NOT BETWEEN 0 AND 4"),
        ("times", "operations have a negative duration", "SELECT count(*) FROM op WHERE duration < 0 OR started < 0"),
    ];
    for (check, what, sql) in checks {
        let count: i64 = db.query_row(sql, [], |row| row.get(0)).context("cannot read the recording")?;
        if count > 0 {
            report.add(check, format!("{count} {what}"));
        }
    }
    let wrong = "SELECT s.session_id FROM session s WHERE state = 1 AND (spans <> (SELECT count(*) FROM span p WHERE p.session = s.no)
      OR gaps <> (SELECT count(*) FROM gap g WHERE g.session = s.no) OR log_lines <> (SELECT count(*) FROM log l WHERE l.session = s.no))";
    let mut query = db.prepare(wrong).context("cannot read the sessions")?;
    for name in query.query_map([], |row| row.get::<_, String>(0)).context("cannot read the sessions")? {
        let name = name.context("cannot read the sessions")?;
        report.add("counters", format!("session {name} has wrong counts of reconciles, gaps or log lines"));
    }
    Ok(())
}

/// Runs SQLite's own check of the pages.
fn check_pages(db: &Connection, report: &mut VerifyReport) -> Result<()> {
    let mut query = db.prepare("PRAGMA integrity_check(20)").context("cannot check the file's pages")?;
    for said in query.query_map([], |row| row.get::<_, String>(0)).context("cannot check the file's pages")? {
        let said = said.context("cannot check the file's pages")?;
        if said != "ok" {
            report.add("file", said);
        }
    }
    Ok(())
}

/// Checks the maximum lengths of KubeStep.
fn check_lengths(db: &Connection, report: &mut VerifyReport) -> Result<()> {
    let columns = [
        ("resource_kind", 100),
        ("namespace", 253),
        ("name", 253),
        ("actor_id", 256),
        ("uid", 128),
        ("resource_version", 128),
        ("error", 10_000),
        ("body_bytes", 0),
    ];
    for (column, limit) in columns {
        let condition = if limit == 0 { "body_bytes > 1048576".to_owned() } else { format!("length({column}) > {limit}") };
        let sql = format!("SELECT count(*), min(sequence_number) FROM operations WHERE {condition}");
        let (count, first): (i64, Option<i64>) =
            db.query_row(&sql, [], |row| row.try_into()).context("cannot read the operations")?;
        if let Some(first) = first {
            report.add("lengths", format!("{count} operations have a {column} that is too long, the first is #{first}"));
        }
    }
    let reasons = "SELECT count(*) FROM reconcile_spans WHERE length(trigger_reason) > 512";
    let count: i64 = db.query_row(reasons, [], |row| row.get(0)).context("cannot read the reconciles")?;
    if count > 0 {
        report.add("lengths", format!("{count} reconciles have a reason that is too long"));
    }
    Ok(())
}
