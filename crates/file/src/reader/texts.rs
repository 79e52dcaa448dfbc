//! Every stored text, for searches that must not miss one.

use rusqlite::types::ValueRef;

use super::Recording;
use crate::body_reader::BodyReader;
use crate::error::Context;
use crate::schema::split_op_id;
use crate::text_columns::text_columns;
use kuberewind_model::{Result, Seq, SessionNo};

const CONTEXT: &str = "cannot search the recording";

/// Where a text is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextPlace {
    /// A body of an operation: of its request, its response, or the object in it.
    Body { session: SessionNo, seq: Seq, resource: String, kind: String, group: String },
    /// A log line after an operation.
    Log { session: SessionNo, after: Seq },
    /// A column of a table.
    Column { table: String, column: String, row: String },
}

impl Recording {
    /// Passes every stored text and body to `visit`, which returns false to end the search.
    ///
    /// # Errors
    /// The recording cannot be read.
    pub fn visit_texts(&self, visit: &mut dyn FnMut(TextPlace, &str) -> bool) -> Result<()> {
        if !self.visit_bodies(visit)? {
            return Ok(());
        }
        for table in text_columns(&self.db)? {
            for column in &table.columns {
                if !self.visit_column(&table.name, column, &table.keys, visit)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn visit_bodies(&self, visit: &mut dyn FnMut(TextPlace, &str) -> bool) -> Result<bool> {
        // The first operation with each body.
        let query = "SELECT o.id, k.grp, k.resource, k.kind, b.body FROM
              (SELECT min(op) AS op, body FROM
                (SELECT id AS op, request AS body FROM op WHERE request IS NOT NULL
                 UNION ALL SELECT id, response FROM op WHERE response IS NOT NULL
                 UNION ALL SELECT op, body FROM version WHERE body IS NOT NULL)
               GROUP BY body ORDER BY body) b
            JOIN op o ON o.id = b.op LEFT JOIN object j ON j.id = o.object LEFT JOIN kind k ON k.id = coalesce(o.kind, j.kind)";
        let mut query = self.db.prepare(query).context(CONTEXT)?;
        let mut rows = query.query([]).context(CONTEXT)?;
        let mut reader = BodyReader::default();
        while let Some(row) = rows.next().context(CONTEXT)? {
            let read = || -> rusqlite::Result<(i64, [String; 3], i64)> {
                let text = |at| Ok::<_, rusqlite::Error>(row.get::<_, Option<String>>(at)?.unwrap_or_default());
                Ok((row.get(0)?, [text(1)?, text(2)?, text(3)?], row.get(4)?))
            };
            let (operation, [group, resource, kind], body) = read().context(CONTEXT)?;
            let Some(text) = reader.text(&self.db, body)? else { continue };
            let (session, seq) = split_op_id(operation);
            if !visit(TextPlace::Body { session, seq, resource, kind, group }, &text) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn visit_column(
        &self,
        table: &str,
        column: &str,
        keys: &[String],
        visit: &mut dyn FnMut(TextPlace, &str) -> bool,
    ) -> Result<bool> {
        let is_log = (table, column) == ("log", "text");
        let list = if is_log { "session, after".to_owned() } else { keys.join(", ") };
        let mut query =
            self.db.prepare(&format!("SELECT {column}, {list} FROM {table} WHERE {column} != ''")).context(CONTEXT)?;
        let count = query.column_count();
        let mut rows = query.query([]).context(CONTEXT)?;
        while let Some(row) = rows.next().context(CONTEXT)? {
            let Ok(ValueRef::Text(text)) = row.get_ref(0) else { continue };
            let Ok(text) = std::str::from_utf8(text) else { continue };
            let place = if is_log {
                let after: i64 = row.get(2).context(CONTEXT)?;
                TextPlace::Log {
                    session: SessionNo(row.get(1).context(CONTEXT)?),
                    after: Seq(u64::try_from(after).unwrap_or_default()),
                }
            } else {
                let key = (1..count).map(|at| match row.get_ref(at) {
                    Ok(ValueRef::Integer(number)) => number.to_string(),
                    Ok(ValueRef::Text(text)) => String::from_utf8_lossy(text).into_owned(),
                    _ => "?".to_owned(),
                });
                TextPlace::Column { table: table.to_owned(), column: column.to_owned(), row: key.collect::<Vec<_>>().join("/") }
            };
            if !visit(place, text) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
