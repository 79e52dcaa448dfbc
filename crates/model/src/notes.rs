//! The port for what a person adds to a recording.

use super::{Bookmark, Result};

/// Bookmarks and notes: in the recording itself where it is writable and nobody records, else beside it.
pub trait Notes {
    /// All of them, in the order of session, moment and name.
    ///
    /// # Errors
    /// When they cannot be read.
    fn bookmarks(&self) -> Result<Vec<Bookmark>>;

    /// Sets one; a bookmark of the same name is moved.
    ///
    /// # Errors
    /// When the name is refused or the place cannot be written.
    fn set_bookmark(&mut self, bookmark: &Bookmark) -> Result<()>;

    /// Removes one; says whether it was there.
    ///
    /// # Errors
    /// When the place cannot be written.
    fn remove_bookmark(&mut self, name: &str) -> Result<bool>;
}
