//! The versions of the recorded API servers: a row of `meta` for each session that has one.

use std::sync::Arc;

use kuberewind_model::{Result, SessionNo};
use rusqlite::{Connection, OptionalExtension, params};

use super::error::Context;

/// The longest text that is read.
const MAX_BYTES: usize = 8192;

fn key(session: SessionNo) -> String {
    format!("server_version:{}", session.0)
}

pub(crate) fn write(db: &Connection, session: SessionNo, version: &str) -> Result<()> {
    let written = db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", params![key(session), version]);
    written.map(drop).context("cannot write the version of the API server")
}

/// The version of a session's API server, `None` if it is not recorded.
pub(crate) fn read(db: &Connection, session: SessionNo) -> Result<Option<Arc<str>>> {
    let value = db.query_row("SELECT value FROM meta WHERE key = ?", [key(session)], |row| row.get::<_, String>(0)).optional();
    let value = value.context("cannot read the version of the API server")?;
    Ok(value.filter(|text| text.len() <= MAX_BYTES).map(Arc::from))
}
