//! The port for bookmarks and notes.

use super::{Bookmark, Result};

/// Stores bookmarks and notes: in the recording if it is writable and has no live writer, else in the notes database.
pub trait Notes {
    /// All bookmarks, ordered by session, moment and name.
    ///
    /// # Errors
    /// The store cannot be read.
    fn bookmarks(&self) -> Result<Vec<Bookmark>>;

    /// Sets a bookmark. A bookmark of the same name is moved.
    ///
    /// # Errors
    /// The name is invalid, or the store cannot be written.
    fn set_bookmark(&mut self, bookmark: &Bookmark) -> Result<()>;

    /// Removes a bookmark. Returns false if it did not exist.
    ///
    /// # Errors
    /// The store cannot be written.
    fn remove_bookmark(&mut self, name: &str) -> Result<bool>;
}
