//! The recording that the server shows, with its cursor.

use std::sync::{Mutex, MutexGuard, PoisonError};

use kuberewind_model::{Error, ErrorKind, Moment, MomentSpec, Result, Timestamp};
use kuberewind_session::OpenRecording;
use tokio::sync::watch::Sender;

use super::clients::{Client, Clients};
use super::moved::Moved;
use super::options::ServeOptions;
use super::past::Past;

/// A recording at a moment, for an API server.
pub struct Served {
    past: Mutex<Past>,
    /// The revision of the last change. Sending it wakes the watches.
    pub(crate) revision: Sender<u64>,
    pub(crate) clients: Clients,
}

impl Served {
    /// Puts the cursor at a moment of the recording's session.
    ///
    /// # Errors
    /// Read errors, and those of the viewpoint.
    pub fn new(recording: OpenRecording, at: Moment, options: ServeOptions) -> Result<Served> {
        let past = Past::new(recording, at, options)?;
        let revision = Sender::new(past.log.revision());
        Ok(Served { past: Mutex::new(past), revision, clients: Clients::default() })
    }

    /// The cursor and the time of its operation.
    #[must_use]
    pub fn cursor(&self) -> (Moment, Timestamp) {
        let past = self.lock();
        (past.at, past.time)
    }

    /// The clients with their names, the last caller first.
    #[must_use]
    pub fn clients(&self) -> Vec<(String, Client)> {
        self.clients.all()
    }

    /// Moves the cursor. The connected watches get the difference.
    ///
    /// # Errors
    /// Read errors.
    pub fn move_to(&self, at: Moment) -> Result<Moved> {
        self.act(|past| past.move_to(at))
    }

    /// Moves the cursor to an operation, which may have been recorded since the last move.
    ///
    /// # Errors
    /// Read errors.
    pub fn move_to_number(&self, at: Moment) -> Result<Moved> {
        self.act(|past| {
            past.refresh()?;
            past.move_to(at)
        })
    }

    /// Moves the cursor to a moment as users write it, in the session that is served.
    ///
    /// # Errors
    /// The text is no moment, or one of another session; read errors.
    pub fn move_to_text(&self, text: &str) -> Result<Moved> {
        let spec = MomentSpec::parse(text)?;
        self.act(|past| {
            past.refresh()?;
            let found = past.recording.find(&spec, false)?;
            if found.session != past.recording.session().no {
                let here = &past.recording.session().session_id;
                return Err(Error::new(ErrorKind::Invalid, format!("{text} is in another session than {here}"))
                    .hint("start another server for that session"));
            }
            past.move_to(found.at)
        })
    }

    /// Locks the past for one answer. A panic elsewhere leaves it consistent: a move changes it change by change.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Past> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the past, then wakes the watches.
    pub(crate) fn act<T>(&self, act: impl FnOnce(&mut Past) -> T) -> T {
        let mut past = self.lock();
        let result = act(&mut past);
        let now = past.log.revision();
        drop(past);
        // Another move may have sent a later revision meanwhile.
        self.revision.send_if_modified(|revision| std::mem::replace(revision, now.max(*revision)) < now);
        result
    }
}
