//! The column `detail.remarks`, and whether a file has it.

use rusqlite::{Connection, Row};

use kuberewind_model::Remark;

/// The columns `user` and `remarks` of the table `detail`, which files of format 1 lack.
pub(crate) fn columns(db: &Connection) -> rusqlite::Result<&'static str> {
    let mut query = db.prepare_cached("SELECT EXISTS (SELECT 1 FROM pragma_table_info('detail') WHERE name = 'remarks')")?;
    Ok(if query.query_row([], |row| row.get(0))? { "d.user, d.remarks" } else { "NULL, NULL" })
}

/// The text of the column; `None` if there are no remarks.
pub(crate) fn encode(remarks: &[Remark]) -> Option<String> {
    let pairs: Vec<(&str, &str)> = remarks
        .iter()
        .map(|remark| match remark {
            Remark::Warning(text) => ("warning", &**text),
            Remark::ChangedBy(webhook) => ("changed by", &**webhook),
        })
        .collect();
    // Pairs of strings always serialize.
    (!pairs.is_empty()).then(|| serde_json::to_string(&pairs).ok()).flatten()
}

/// Reads the column. What this program does not know is left out.
pub(crate) fn decode(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<Remark>> {
    let text: Option<String> = row.get(column)?;
    let pairs: Vec<(String, String)> = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let known = pairs.into_iter().filter_map(|(kind, text)| match kind.as_str() {
        "warning" => Some(Remark::Warning(text.into())),
        "changed by" => Some(Remark::ChangedBy(text.into())),
        _ => None,
    });
    Ok(known.collect())
}
