//! The bookmarks of a recording.

use serde_json::{Value, json};

use crate::session::Source;
use kuberewind_model::{Result, SessionNo};

use super::Table;

fn session_name(source: &dyn Source, no: SessionNo) -> Result<String> {
    Ok(source.sessions()?.into_iter().find(|session| session.no == no).map_or_else(String::new, |session| session.session_id))
}

/// As a table.
///
/// # Errors
/// When the recording cannot be read.
pub fn bookmarks_text(source: &dyn Source) -> Result<String> {
    let mut table = Table::new(&["BOOKMARK", "MOMENT", "SESSION", "NOTE"]);
    for bookmark in source.bookmarks()? {
        table.row([
            bookmark.name.clone(),
            bookmark.at.to_string(),
            session_name(source, bookmark.session)?,
            bookmark.note.clone(),
        ]);
    }
    Ok(table.text())
}

/// As JSON: `[{name, session_id, at, note, created}]`.
///
/// # Errors
/// When the recording cannot be read.
pub fn bookmarks_json(source: &dyn Source) -> Result<Value> {
    let mut out = Vec::new();
    for bookmark in source.bookmarks()? {
        out.push(json!({
            "name": bookmark.name,
            "session_id": session_name(source, bookmark.session)?,
            "at": bookmark.at.0,
            "note": bookmark.note,
            "created": bookmark.created.rfc3339(3),
        }));
    }
    Ok(Value::Array(out))
}
