//! Where the file of a session is.

use std::path::PathBuf;

use crate::place::{self, Identity};

/// Where the file was when the session began.
#[derive(Debug)]
pub(super) struct Placement {
    pub(super) path: PathBuf,
    pub(super) identity: Identity,
    /// True while the file is somewhere else.
    pub(super) is_away: bool,
}

impl Placement {
    /// Returns true if the path still names the file.
    pub(super) fn holds(&self) -> bool {
        place::look(&self.path).is_ok_and(|found| found.is_some_and(|found| found.identity == self.identity))
    }
}
