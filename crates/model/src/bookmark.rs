//! Bookmarks: named moments.

use super::{Error, ErrorKind, Moment, MomentSpec, Result, SessionNo, Timestamp};

/// A named moment with a note, stored with the recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bookmark {
    /// Unique in the recording. Never readable as another form of moment.
    pub name: String,
    pub session: SessionNo,
    pub at: Moment,
    /// May be empty.
    pub note: String,
    pub created: Timestamp,
}

impl Bookmark {
    /// Checks a bookmark name: 1 to 64 characters, no control characters, blanks, `#`, `:` or `;`, and not readable as another
    /// form of moment.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`], with the reason.
    pub fn check_name(name: &str) -> Result<()> {
        let refuse = |why: &str| Err(Error::new(ErrorKind::Invalid, format!("the bookmark name {name:?} cannot be used: {why}")));
        if name.is_empty() || name.chars().count() > 64 {
            return refuse("a name has 1 to 64 characters");
        }
        if name.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, '#' | ':' | ';')) {
            return refuse("a name has no blanks, control characters, `#`, `:` or `;`");
        }
        match MomentSpec::parse(name) {
            Ok(MomentSpec { at: super::Anchor::Bookmark(_), .. }) => Ok(()),
            _ => refuse("it reads as another form of moment"),
        }
    }
}
