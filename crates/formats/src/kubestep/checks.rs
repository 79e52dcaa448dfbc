//! KubeStep's own checks of its databases: duplicate and missing numbers, negative durations, spans that end before they begin.

use rusqlite::Connection;

use kuberewind_file::sqlite::Context;
use kuberewind_model::Result;

use crate::foreign_report::ForeignReport;

/// Findings of one check at most.
const MAX_FINDINGS: usize = 100;

/// One check: its name, its query and the sentence for a row of the query. The first column is the session.
struct Check {
    name: &'static str,
    query: &'static str,
    sentence: fn(&str, i64, i64) -> String,
}

static OPERATIONS: [Check; 2] = [
    Check {
        name: "sequence",
        query: "SELECT CAST(coalesce(session_id, '') AS TEXT), sequence_number, count(*) FROM operations
                GROUP BY session_id, sequence_number HAVING count(*) > 1 ORDER BY 1, 2",
        sentence: |session, number, count| format!("session {session} has {count} operations with the number {number}"),
    },
    Check {
        name: "durations",
        query: "SELECT CAST(coalesce(session_id, '') AS TEXT), sequence_number, duration_ms FROM operations
                WHERE duration_ms < 0 ORDER BY 1, 2",
        sentence: |session, number, duration| {
            format!("operation {number} of session {session} has a negative duration: {duration} ms")
        },
    },
];

static SPANS: [Check; 2] = [
    Check {
        name: "spans",
        query: "SELECT CAST(coalesce(session_id, '') AS TEXT), start_ts, end_ts FROM reconcile_spans
                WHERE end_ts IS NOT NULL AND end_ts < start_ts ORDER BY 1, 2",
        sentence: |session, start, end| {
            format!("a reconcile of session {session} ends at {end}, before it begins at {start} (Unix seconds)")
        },
    },
    Check {
        name: "durations",
        query: "SELECT CAST(coalesce(session_id, '') AS TEXT), start_ts, duration_ms FROM reconcile_spans
                WHERE duration_ms < 0 ORDER BY 1, 2",
        sentence: |session, start, duration| {
            format!("the reconcile of session {session} at {start} (Unix seconds) has a negative duration: {duration} ms")
        },
    },
];

const NUMBERS: &str = "SELECT CAST(coalesce(session_id, '') AS TEXT), sequence_number, 0 FROM operations ORDER BY 1, 2";

/// Checks a database.
pub(super) fn check(db: &Connection, report: &mut ForeignReport) -> Result<()> {
    for (table, checks) in [("operations", &OPERATIONS), ("reconcile_spans", &SPANS)] {
        let columns = columns(db, table)?;
        let needed = ["session_id", "sequence_number", "duration_ms", "start_ts", "end_ts"];
        for check in checks {
            if needed.iter().any(|column| check.query.contains(column) && !columns.iter().any(|name| name == column)) {
                continue;
            }
            let mut found = 0;
            rows(db, check.query, &mut |session, first, second| {
                report.finding(check.name, (check.sentence)(session, first, second));
                found += 1;
                found < MAX_FINDINGS
            })?;
        }
    }
    missing(db, report)
}

/// Finds the numbers that a session lacks.
fn missing(db: &Connection, report: &mut ForeignReport) -> Result<()> {
    let mut last: Option<(String, i64)> = None;
    rows(db, NUMBERS, &mut |session, number, _| {
        let before = last.as_ref().filter(|(same, _)| same == session).map(|(_, before)| *before);
        if let Some(first) = before.and_then(|before| before.checked_add(1)).filter(|first| *first < number) {
            let lost = number - 1;
            let numbers = if first == lost { format!("the number {first}") } else { format!("the numbers {first} to {lost}") };
            report.gaps.push(format!("session {session} lacks {numbers}"));
        }
        last = Some((session.to_owned(), number));
        report.gaps.len() < MAX_FINDINGS
    })
}

/// The columns of a table; none if it does not exist.
fn columns(db: &Connection, table: &str) -> Result<Vec<String>> {
    let context = "cannot read the columns of the KubeStep database";
    let exists = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?)";
    if !db.query_row(exists, [table], |row| row.get::<_, bool>(0)).context(context)? {
        return Ok(Vec::new());
    }
    let query = db.prepare(&format!("SELECT * FROM {table} LIMIT 0")).context(context)?;
    Ok(query.column_names().map(str::to_ascii_lowercase).collect())
}

/// Calls `each` with the rows of a query until it returns false.
fn rows(db: &Connection, query: &str, each: &mut dyn FnMut(&str, i64, i64) -> bool) -> Result<()> {
    let context = "cannot check the KubeStep database";
    let mut query = db.prepare(query).context(context)?;
    let mut rows = query.query([]).context(context)?;
    while let Some(row) = rows.next().context(context)? {
        let number = |column| row.get::<_, Option<i64>>(column).ok().flatten().unwrap_or_default();
        if !each(&row.get::<_, String>(0).context(context)?, number(1), number(2)) {
            break;
        }
    }
    Ok(())
}
