//! The progress of an import, and its cancellation.

use std::ops::ControlFlow;

use kuberewind_model::{Error, ErrorKind, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// A compressed file is being uncompressed.
    Unpacking {
        /// Compressed bytes read.
        done: u64,
        /// Compressed bytes in total; 0 if unknown.
        total: u64,
    },
    /// Files are being read.
    Reading {
        /// Bytes read.
        done: u64,
        /// Bytes in total.
        total: u64,
    },
    /// The recording is being written.
    Writing {
        /// Parts of records written.
        done: u64,
        /// Parts in total.
        total: u64,
    },
}

impl Progress {
    /// The amount done and the total.
    #[must_use]
    pub fn share(self) -> (u64, u64) {
        match self {
            Progress::Unpacking { done, total } | Progress::Reading { done, total } | Progress::Writing { done, total } => {
                (done, total.max(done))
            }
        }
    }
}

/// Receives the progress; `Break` stops the import.
pub type OnProgress<'a> = dyn FnMut(Progress) -> ControlFlow<()> + 'a;

pub(super) struct ProgressReporter<'a>(pub(super) &'a mut OnProgress<'a>);

impl ProgressReporter<'_> {
    /// Reports progress.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`] if the import is to stop.
    pub(super) fn at(&mut self, progress: Progress) -> Result<()> {
        match (self.0)(progress) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::new(ErrorKind::Interrupted, "the import was cancelled")),
        }
    }
}
