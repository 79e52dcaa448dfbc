//! How far an import is, and the question whether to go on.

use std::ops::ControlFlow;

use kuberewind_model::{Error, ErrorKind, Result};

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// A compressed file is being unpacked.
    Unpacking {
        /// Compressed bytes read.
        done: u64,
        /// Compressed bytes in all; 0 where that is not known.
        total: u64,
    },
    /// Files are being read.
    Reading {
        /// Bytes read.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// The recording is being written.
    Writing {
        /// Parts of records written.
        done: u64,
        /// Parts in all.
        total: u64,
    },
}

impl Progress {
    /// How much is done of how much.
    #[must_use]
    pub fn share(self) -> (u64, u64) {
        match self {
            Progress::Unpacking { done, total } | Progress::Reading { done, total } | Progress::Writing { done, total } => {
                (done, total.max(done))
            }
        }
    }
}

/// Who is told, and may stop it.
pub type OnProgress<'a> = dyn FnMut(Progress) -> ControlFlow<()> + 'a;

/// Tells how far it is.
pub(super) struct Watcher<'a>(pub(super) &'a mut OnProgress<'a>);

impl Watcher<'_> {
    /// Tells; stops where that is wanted.
    pub(super) fn at(&mut self, progress: Progress) -> Result<()> {
        match (self.0)(progress) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::new(ErrorKind::Interrupted, "the import was stopped")),
        }
    }
}
