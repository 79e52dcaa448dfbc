//! A recording with the session that is looked at.

use kuberewind_model::{
    Error, ErrorKind, FindingsCache, History, Lineage, Moment, MomentSpec, Notes, Result, Session, SessionNo, SessionRange,
    SessionState,
};

use super::{Place, moment};
use kuberewind_file::filter::FilterScan;

/// What can be opened: it answers for what was, filters it, and keeps what a person adds and what analysis finds.
pub trait Source: History + FilterScan + Notes + FindingsCache {}

impl<T: History + FilterScan + Notes + FindingsCache> Source for T {}

/// An open recording: the session that is looked at, its lineage as of a snapshot, and the cursor.
pub struct OpenRecording {
    source: Box<dyn Source>,
    session: Session,
    lineage: Lineage,
    snapshot: u64,
    cursor: Moment,
}

impl OpenRecording {
    /// Opens at a session's end: the named one, or the newest.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] where there is no such session, or none at all; what reading fails with.
    pub fn new(source: Box<dyn Source>, session: Option<&str>) -> Result<OpenRecording> {
        let snapshot = source.data_version()?;
        let session = choose(source.sessions()?, session)?;
        let lineage = source.lineage(session.no)?;
        let cursor = lineage.last();
        Ok(OpenRecording { source, session, lineage, snapshot, cursor })
    }

    /// What is open.
    #[must_use]
    pub fn source(&self) -> &dyn Source {
        &*self.source
    }

    /// What is open, to add notes.
    pub fn source_mut(&mut self) -> &mut dyn Source {
        &mut *self.source
    }

    /// The session that is looked at.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Its lineage, as of the last [`OpenRecording::refresh`].
    #[must_use]
    pub fn lineage(&self) -> &Lineage {
        &self.lineage
    }

    /// The lineage to read log lines of. A program that made no call may have printed why: of a session without operations
    /// it is the place before the first.
    #[must_use]
    pub fn lineage_of_lines(&self) -> Lineage {
        if !self.lineage.is_empty() {
            return self.lineage.clone();
        }
        let before = self.session.first.prev();
        Lineage::new([SessionRange { session: self.session.no, from: before, to: before }])
    }

    /// Where the cursor stands.
    #[must_use]
    pub fn cursor(&self) -> Moment {
        self.cursor
    }

    /// Moves the cursor; it stays within the lineage.
    pub fn move_to(&mut self, at: Moment) {
        self.cursor = at.clamp(self.lineage.first().prev(), self.lineage.last());
    }

    /// Looks whether somebody has written since, or is gone who wrote the session; says whether anything is new.
    ///
    /// # Errors
    /// When the recording cannot be read any more.
    pub fn refresh(&mut self) -> Result<bool> {
        let now = self.source.data_version()?;
        if now == self.snapshot && !self.is_deserted()? {
            return Ok(false);
        }
        self.look_at(&self.session.session_id.clone())?;
        self.snapshot = now;
        Ok(true)
    }

    /// Whether the session was being written when it was looked at, and nobody does any more. Who is killed writes nothing.
    fn is_deserted(&self) -> Result<bool> {
        if self.session.state != SessionState::Open {
            return Ok(false);
        }
        let now = self.source.sessions()?.into_iter().find(|session| session.no == self.session.no);
        Ok(now.is_some_and(|session| session.state != SessionState::Open))
    }

    /// Looks at another session (or at this one anew); the cursor stays where it can.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] where there is no such session.
    pub fn look_at(&mut self, session: &str) -> Result<()> {
        self.session = choose(self.source.sessions()?, Some(session))?;
        self.lineage = self.source.lineage(self.session.no)?;
        self.move_to(self.cursor);
        Ok(())
    }

    /// Looks at the session of that number; nothing where it is looked at already.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] where there is no such session.
    pub fn look_at_number(&mut self, session: SessionNo) -> Result<()> {
        if session == self.session.no {
            return Ok(());
        }
        let found = self.source.sessions()?.into_iter().find(|of| of.no == session);
        let missing = || Error::new(ErrorKind::NotFound, "the session is not in the recording any more");
        self.look_at(&found.ok_or_else(missing)?.session_id)
    }

    /// Finds the moment that a person named; the cursor stays. `from_cursor` is for prompts, where `+` and `-` count
    /// from the cursor.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] for sessions, bookmarks and resourceVersions that are not there.
    pub fn find(&self, spec: &MomentSpec, from_cursor: bool) -> Result<Place> {
        let here = Place { session: self.session.no, at: self.cursor };
        moment::resolve(&*self.source, here, spec, from_cursor)
    }
}

/// The session of that name, or the newest.
fn choose(sessions: Vec<Session>, name: Option<&str>) -> Result<Session> {
    let Some(name) = name else {
        let empty = || Error::new(ErrorKind::NotFound, "the recording holds no session").hint("nothing was recorded into it yet");
        return sessions.into_iter().max_by_key(|session| (session.start, session.no)).ok_or_else(empty);
    };
    let names: Vec<String> = sessions.iter().map(|session| session.session_id.clone()).take(20).collect();
    sessions.into_iter().find(|session| session.session_id == name).ok_or_else(|| {
        Error::new(ErrorKind::NotFound, format!("there is no session {name:?} in the recording"))
            .hint(format!("the sessions are {}", names.join(", ")))
    })
}
