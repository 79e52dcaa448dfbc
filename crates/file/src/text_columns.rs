//! The text columns of a recording, as its schema declares them: a new column cannot be forgotten.

use rusqlite::Connection;

use crate::error::Context;
use kuberewind_model::Result;

/// A table with text columns.
pub(crate) struct TextColumns {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    /// The columns of the primary key.
    pub(crate) keys: Vec<String>,
}

/// The tables of a file that have text columns outside of their primary key.
pub(crate) fn text_columns(db: &Connection) -> Result<Vec<TextColumns>> {
    let read = || -> rusqlite::Result<Vec<TextColumns>> {
        let query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
        let mut tables = db.prepare(query)?;
        let names: Vec<String> = tables.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        let mut found = Vec::new();
        for name in names {
            let mut columns = db.prepare("SELECT name, type, pk FROM pragma_table_info(?)")?;
            let mut table = TextColumns { name, columns: Vec::new(), keys: Vec::new() };
            let mut rows = columns.query([&table.name])?;
            while let Some(row) = rows.next()? {
                let (column, declared, key): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
                if key > 0 {
                    table.keys.push(column);
                } else if declared.eq_ignore_ascii_case("TEXT") {
                    table.columns.push(column);
                }
            }
            if !table.columns.is_empty() && !table.keys.is_empty() {
                found.push(table);
            }
        }
        Ok(found)
    };
    read().context("cannot read the columns of the recording")
}
