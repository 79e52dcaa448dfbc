//! Slow questions. Each sort is answered at a desk of its own, a thread with a connection of its own: neither a key nor a
//! step of the cursor waits for the detectors, for a query, or for a tree of a hundred thousand objects.

use std::path::PathBuf;
use std::sync::Arc;

use crate::session::OpenRecording;
use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::{Result, Seq, SessionNo};

use super::{Answer, LanesWish, TreeWish, Worker};

/// Where the recording lies, for those who open it once more.
#[derive(Debug, Clone)]
pub struct Whereabouts {
    /// The file.
    pub path: PathBuf,
    /// Where a reader may put what cannot lie in it.
    pub options: OpenOptions,
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Desk {
    /// Trees, lanes, writers, ranges.
    Views,
    /// Findings.
    Detectors,
    /// SQL.
    Sql,
}

/// A slow question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beside {
    /// Who wrote the fields of the object that the operation at a moment is about.
    Blame {
        /// The moment.
        at: Seq,
        /// Of the question.
        generation: u64,
    },
    /// The objects as of a moment.
    Objects {
        /// What is asked about them.
        wish: TreeWish,
        /// Of the question.
        generation: u64,
    },
    /// Lanes around a moment.
    Lanes {
        /// Which.
        wish: LanesWish,
        /// Of the question.
        generation: u64,
    },
    /// The rows of operations that are taken out, in rising order.
    Range {
        /// Which.
        seqs: Vec<Seq>,
        /// Of the question.
        generation: u64,
    },
    /// What the detectors find in the session as far as it goes now.
    Findings,
    /// The rows of a query.
    Sql {
        /// One SELECT.
        query: Arc<str>,
        /// Of the question.
        generation: u64,
    },
}

impl Beside {
    /// The sort of queries in SQL.
    pub(super) const QUERIES: u8 = 4;

    /// Who answers it.
    #[must_use]
    pub fn desk(&self) -> Desk {
        match self {
            Beside::Blame { .. } | Beside::Objects { .. } | Beside::Lanes { .. } | Beside::Range { .. } => Desk::Views,
            Beside::Findings => Desk::Detectors,
            Beside::Sql { .. } => Desk::Sql,
        }
    }

    /// Questions of one sort have one number: of them only the newest is answered.
    #[must_use]
    pub fn sort(&self) -> u8 {
        match self {
            Beside::Lanes { .. } => 0,
            Beside::Objects { .. } => 1,
            Beside::Blame { .. } => 2,
            Beside::Findings => 3,
            Beside::Sql { .. } => Beside::QUERIES,
            Beside::Range { .. } => 5,
        }
    }
}

impl Whereabouts {
    /// A worker of its own.
    ///
    /// # Errors
    /// When the recording cannot be opened once more.
    pub fn open(&self) -> Result<Worker> {
        let source = Recording::open(&self.path, &self.options)?;
        let mut worker = Worker::new(OpenRecording::new(Box::new(source), None)?);
        worker.whereabouts = Some(self.clone());
        Ok(worker)
    }
}

impl Worker {
    /// Looks at what is asked about: the same session, as far as it goes now.
    ///
    /// # Errors
    /// When the session is not there any more, or the recording cannot be read.
    pub fn follow(&mut self, session: SessionNo) -> Result<()> {
        self.recording.refresh()?;
        self.recording.look_at_number(session)
    }

    pub(super) fn beside(&mut self, question: Beside) -> Result<Answer> {
        match question {
            Beside::Blame { at, generation } => Ok(Answer::Blame { generation, found: Arc::new(self.blames(at)?) }),
            Beside::Objects { wish, generation } => Ok(Answer::Forest { generation, forest: Box::new(self.forest(&wish)?) }),
            Beside::Lanes { wish, generation } => Ok(Answer::Lanes { generation, lanes: Arc::new(self.lanes(wish)?) }),
            Beside::Range { seqs, generation } => Ok(Answer::Range { generation, rows: self.rows(&seqs, false)? }),
            Beside::Findings => self.findings(),
            Beside::Sql { query, generation } => {
                Ok(Answer::Sql { generation, doc: Arc::new(self.query(&query, generation).done()) })
            }
        }
    }
}
