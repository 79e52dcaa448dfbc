//! The sessions of the recording.

use std::cmp::Reverse;

use crate::doc::{Doc, LineKind, Tone};
use crate::order::Order;
use kuberewind_model::{Result, Seq, Session, SessionNo, SessionState};
use kuberewind_text::{counted_len, fit, grouped, printable};

use super::Worker;

impl Worker {
    pub(super) fn sessions(&self, at: Seq, order: Order) -> Result<Doc> {
        let mut sessions = self.recording.source().sessions()?;
        // They arrive in recorded order, and the sort is stable.
        match order {
            Order::Name => sessions.sort_by(|one, other| one.session_id.cmp(&other.session_id)),
            Order::Operations => sessions.sort_by_key(|session| Reverse(session.operations)),
            Order::Errors => sessions.sort_by_key(|session| Reverse(session.errors)),
            _ => {}
        }
        let mut doc = Doc::new(at, "sessions");
        doc.about = counted_len(sessions.len(), "session");
        let name = |no: SessionNo| sessions.iter().find(|session| session.no == no).map(|session| session.session_id.as_str());
        let widest = sessions.iter().map(|session| kuberewind_text::width(&printable(&session.session_id))).max().unwrap_or(0);
        let widest = widest.clamp(7, 32);
        let begin = |session: &str| fit(session, widest);
        doc.say(
            Tone::Heading,
            format!(
                "  {}  {:<8} {:>11} {:>7} {:>5}  {:<19}  {:>9}  from",
                begin("session"),
                "state",
                "operations",
                "errors",
                "gaps",
                "began (UTC)",
                "length"
            ),
        );
        for session in &sessions {
            let here = session.no == self.recording.session().no;
            let from = session.parent.and_then(|(parent, at)| Some(format!("branched off {} at {at}", printable(name(parent)?))));
            doc.say(Tone::Plain, line(session, &begin(&printable(&session.session_id)), here, from));
            if let Some(last) = doc.lines.last_mut() {
                last.kind = LineKind::Session(session.no);
                last.line.path = session.session_id.as_str().into();
            }
            if here {
                doc.initial_line = Some(doc.lines.len() - 1);
            }
        }
        Ok(doc)
    }
}

fn line(session: &Session, name: &str, here: bool, from: Option<String>) -> String {
    let state = match session.state {
        SessionState::Open => "live",
        SessionState::Closed => "ended",
        SessionState::Crashed => "crashed",
    };
    let began = session.start.rfc3339(0);
    let began = began.get(..19).unwrap_or(&began).replace('T', " ");
    format!(
        "{} {name}  {state:<8} {:>11} {:>7} {:>5}  {began}  {:>9}  {}",
        if here { "*" } else { " " },
        grouped(session.operations),
        grouped(session.errors),
        grouped(session.gaps),
        session.end.since(session.start).to_string(),
        from.unwrap_or_else(|| session.origin.as_str().to_owned()),
    )
}
