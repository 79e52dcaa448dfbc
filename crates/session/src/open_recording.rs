//! A recording with a selected session and a cursor.

use kuberewind_model::{
    Anchor, Error, ErrorKind, Lineage, Moment, MomentSpec, Result, Session, SessionNo, SessionRange, SessionState,
};

use super::moment::{self, ResolvedMoment};
use super::source::Source;

/// An open recording with the selected session, the session's lineage as of the last refresh, and the cursor.
pub struct OpenRecording {
    source: Box<dyn Source>,
    session: Session,
    lineage: Lineage,
    snapshot: u64,
    cursor: Moment,
}

impl OpenRecording {
    /// Selects the named session, or the newest one, and puts the cursor at its end.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if the session does not exist or the recording has none; read errors.
    pub fn new(source: Box<dyn Source>, session: Option<&str>) -> Result<OpenRecording> {
        let snapshot = source.data_version()?;
        let session = choose(source.sessions()?, session)?;
        let lineage = source.lineage(session.no)?;
        let cursor = lineage.last();
        Ok(OpenRecording { source, session, lineage, snapshot, cursor })
    }

    #[must_use]
    pub fn source(&self) -> &dyn Source {
        &*self.source
    }

    pub fn source_mut(&mut self) -> &mut dyn Source {
        &mut *self.source
    }

    /// The selected session.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The lineage of the selected session, as of the last [`OpenRecording::refresh`].
    #[must_use]
    pub fn lineage(&self) -> &Lineage {
        &self.lineage
    }

    /// The lineage for reading log lines. For a session without operations it is the moment before the first operation: a
    /// program that made no call may have logged why.
    #[must_use]
    pub fn lineage_of_lines(&self) -> Lineage {
        if !self.lineage.is_empty() {
            return self.lineage.clone();
        }
        let before = self.session.first.prev();
        Lineage::new([SessionRange { session: self.session.no, from: before, to: before }])
    }

    #[must_use]
    pub fn cursor(&self) -> Moment {
        self.cursor
    }

    /// Moves the cursor. The lineage bounds it.
    pub fn move_to(&mut self, at: Moment) {
        self.cursor = at.clamp(self.lineage.first().prev(), self.lineage.last());
    }

    /// Reads the session and its lineage again if the recording has changed or its writer is gone. Returns whether anything is
    /// new.
    ///
    /// # Errors
    /// Read errors.
    pub fn refresh(&mut self) -> Result<bool> {
        let now = self.source.data_version()?;
        if now == self.snapshot && !self.writer_is_gone()? {
            return Ok(false);
        }
        self.look_at(&self.session.session_id.clone())?;
        self.snapshot = now;
        Ok(true)
    }

    /// True if the session was open at the last refresh and is not any more. A writer that was killed changes no data, so the
    /// data version does not show this.
    fn writer_is_gone(&self) -> Result<bool> {
        if self.session.state != SessionState::Open {
            return Ok(false);
        }
        let now = self.source.sessions()?.into_iter().find(|session| session.no == self.session.no);
        Ok(now.is_some_and(|session| session.state != SessionState::Open))
    }

    /// Selects a session by name, or reads the selected one again. The cursor keeps its position if the lineage contains it.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if the session does not exist.
    pub fn look_at(&mut self, session: &str) -> Result<()> {
        self.session = choose(self.source.sessions()?, Some(session))?;
        self.lineage = self.source.lineage(self.session.no)?;
        self.move_to(self.cursor);
        Ok(())
    }

    /// Selects a session by number. Does nothing if it is selected already.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if the session does not exist.
    pub fn look_at_number(&mut self, session: SessionNo) -> Result<()> {
        if session == self.session.no {
            return Ok(());
        }
        let found = self.source.sessions()?.into_iter().find(|of| of.no == session);
        let missing = || Error::new(ErrorKind::NotFound, "the session has disappeared from the recording");
        self.look_at(&found.ok_or_else(missing)?.session_id)
    }

    /// Returns a sentence if a number is beyond the last operation of the session: the moment is then the end.
    #[must_use]
    pub fn beyond_end(&self, anchor: &Anchor) -> Option<String> {
        beyond_end(anchor, &self.lineage, &self.session.session_id)
    }

    /// Looks up a moment without moving the cursor. At prompts `from_cursor` is set: `+` and `-` then count from the cursor.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if the session, bookmark or resourceVersion does not exist.
    pub fn find(&self, spec: &MomentSpec, from_cursor: bool) -> Result<ResolvedMoment> {
        let here = ResolvedMoment { session: self.session.no, at: self.cursor };
        moment::resolve(&*self.source, here, spec, from_cursor)
    }
}

/// Returns a sentence if a number is beyond the last operation of a lineage. See [`OpenRecording::beyond_end`].
#[must_use]
pub fn beyond_end(anchor: &Anchor, lineage: &Lineage, session: &str) -> Option<String> {
    let last = lineage.last();
    match anchor {
        Anchor::Number(seq) if *seq > last => {
            Some(format!("{seq} is beyond the end: the last operation of session {session} is {last}"))
        }
        _ => None,
    }
}

/// Returns the session with that name; without a name, the newest one.
fn choose(sessions: Vec<Session>, name: Option<&str>) -> Result<Session> {
    let Some(name) = name else {
        let empty = || {
            Error::new(ErrorKind::NotFound, "the recording has no session")
                .hint("record into it with `kuberewind record -o FILE`")
        };
        return sessions.into_iter().max_by_key(|session| (session.start, session.no)).ok_or_else(empty);
    };
    let names: Vec<String> = sessions.iter().map(|session| session.session_id.clone()).take(20).collect();
    sessions.into_iter().find(|session| session.session_id == name).ok_or_else(|| {
        Error::new(ErrorKind::NotFound, format!("the recording has no session {name:?}"))
            .hint(format!("the sessions are {}", names.join(", ")))
    })
}
