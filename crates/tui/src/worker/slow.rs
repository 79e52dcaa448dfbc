//! Handles slow requests on a thread with its own connection, so that neither a key nor a step of the cursor waits for the
//! detectors, a SQL query or a tree of a hundred thousand objects.

use std::sync::Arc;

use crate::protocol::{Reply, SlowRequest};
use kuberewind_file::Recording;
use kuberewind_model::{Result, SessionNo};
use kuberewind_session::OpenRecording;

use super::Worker;
use super::location::RecordingLocation;

impl Worker {
    /// Opens the recording again, for a slow worker.
    ///
    /// # Errors
    /// If the recording cannot be opened.
    pub fn open(location: &RecordingLocation) -> Result<Worker> {
        let source = Recording::open(&location.path, &location.options)?;
        let mut worker = Worker::new(OpenRecording::new(Box::new(source), None)?);
        worker.location = Some(location.clone());
        Ok(worker)
    }

    /// Reads what was recorded since the last read and selects a session.
    ///
    /// # Errors
    /// If the session does not exist any more or the recording cannot be read.
    pub fn follow(&mut self, session: SessionNo) -> Result<()> {
        self.recording.refresh()?;
        self.recording.look_at_number(session)
    }

    pub(super) fn slow(&mut self, request: SlowRequest) -> Result<Reply> {
        match request {
            SlowRequest::Authors { at, generation } => Ok(Reply::Authors { generation, found: Arc::new(self.authors(at)?) }),
            SlowRequest::Objects { request, generation } => {
                Ok(Reply::Tree { generation, tree: Box::new(self.object_tree(&request)?) })
            }
            SlowRequest::Lanes { request, generation } => Ok(Reply::Lanes { generation, lanes: Arc::new(self.lanes(request)?) }),
            SlowRequest::Range { seqs, generation } => Ok(Reply::Range { generation, rows: self.rows(&seqs, false)? }),
            SlowRequest::Summaries { seqs } => {
                Ok(Reply::Summaries { session: self.recording.session().no, found: self.summaries(&seqs)? })
            }
            SlowRequest::Findings => self.findings(),
            SlowRequest::Sql { query, generation } => {
                Ok(Reply::Sql { generation, doc: Arc::new(self.query(&query, generation).done()) })
            }
        }
    }
}
