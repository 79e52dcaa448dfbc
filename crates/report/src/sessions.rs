//! The sessions of a recording as text and JSON.

use serde_json::{Value, json};

use kuberewind_model::{History, Result, Session};

use super::table::Table;

/// Returns the sorted names of the actors that are active in a session.
fn actors_of(source: &dyn History, session: &Session) -> Result<Vec<String>> {
    let lineage = source.lineage(session.no)?;
    let mut names = Vec::new();
    for actor in source.actors()? {
        let is_active = source.viewers(&lineage, actor.id)?.iter().any(|viewer| viewer.session == session.no);
        if is_active {
            names.push(actor.name.to_string());
        }
    }
    names.sort();
    Ok(names)
}

/// Formats the sessions as a table.
///
/// # Errors
/// When the recording cannot be read.
pub fn sessions_text(source: &dyn History) -> Result<String> {
    let mut table =
        Table::new(&["SESSION", "ORIGIN", "STATE", "START", "LASTED", "FIRST", "OPERATIONS", "SPANS", "GAPS", "ACTORS"]);
    for session in source.sessions()? {
        table.row([
            session.session_id.clone(),
            session.origin.as_str().to_owned(),
            session.state.as_str().to_owned(),
            session.start.rfc3339(3),
            session.end.since(session.start).to_string(),
            session.first.to_string(),
            session.operations.to_string(),
            session.spans.to_string(),
            session.gaps.to_string(),
            actors_of(source, &session)?.join(", "),
        ]);
    }
    Ok(table.text())
}

/// Returns the sessions as JSON: `[{session_id, parent, origin, state, start, end, first, operations, spans, gaps, actors}]`.
///
/// # Errors
/// When the recording cannot be read.
pub fn sessions_json(source: &dyn History) -> Result<Value> {
    let sessions = source.sessions()?;
    let mut out = Vec::new();
    for session in &sessions {
        let parent = session.parent.and_then(|(no, at)| {
            let name = &sessions.iter().find(|other| other.no == no)?.session_id;
            Some(json!({"session_id": name, "at": at.0}))
        });
        out.push(json!({
            "session_id": session.session_id,
            "parent": parent,
            "origin": session.origin.as_str(),
            "state": session.state.as_str(),
            "start": session.start.rfc3339(9),
            "end": session.end.rfc3339(9),
            "first": session.first.0,
            "operations": session.operations,
            "spans": session.spans,
            "gaps": session.gaps,
            "actors": actors_of(source, session)?,
        }));
    }
    Ok(Value::Array(out))
}
