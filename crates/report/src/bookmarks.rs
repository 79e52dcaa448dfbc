//! The bookmarks of a recording as text and JSON.

use serde_json::{Value, json};

use kuberewind_model::{Bookmark, Session, SessionNo};

use super::table::Table;

fn session_id(sessions: &[Session], no: SessionNo) -> &str {
    sessions.iter().find(|session| session.no == no).map_or("", |session| &session.session_id)
}

/// Formats the bookmarks as a table.
#[must_use]
pub fn bookmarks_text(bookmarks: &[Bookmark], sessions: &[Session]) -> String {
    let mut table = Table::new(&["BOOKMARK", "MOMENT", "SESSION", "NOTE"]);
    for bookmark in bookmarks {
        let session = session_id(sessions, bookmark.session).to_owned();
        table.row([bookmark.name.clone(), bookmark.at.to_string(), session, bookmark.note.clone()]);
    }
    table.text()
}

/// Returns the bookmarks as JSON: `[{name, session_id, at, note, created}]`.
#[must_use]
pub fn bookmarks_json(bookmarks: &[Bookmark], sessions: &[Session]) -> Value {
    let bookmark = |bookmark: &Bookmark| {
        json!({
            "name": bookmark.name,
            "session_id": session_id(sessions, bookmark.session),
            "at": bookmark.at.0,
            "note": bookmark.note,
            "created": bookmark.created.rfc3339(3),
        })
    };
    bookmarks.iter().map(bookmark).collect()
}
