//! A text that may hold entries, while a record is opened.

use std::borrow::Cow;
use std::ops::Range;

use kuberewind_model::Timestamp;

/// Work that is left.
pub(super) enum Opened<'a> {
    Text(Text<'a>),
    ElementStart,
    /// The end of an element of a batch of this length.
    ElementEnd {
        length: usize,
    },
}

pub(super) struct Text<'a> {
    pub(super) text: Cow<'a, [u8]>,
    pub(super) depth: u8,
    pub(super) at: Option<Timestamp>,
    /// True where an object is an entry itself and not a part of something else.
    pub(super) top: bool,
    /// True for an array whose elements are entries.
    pub(super) batch: bool,
    /// The kind and version of the list whose items these are.
    pub(super) list: Option<(String, String)>,
}

impl<'a> Text<'a> {
    pub(super) fn new(text: Cow<'a, [u8]>) -> Text<'a> {
        Text { text, depth: 0, at: None, top: true, batch: true, list: None }
    }

    /// A part of the text, one level deeper.
    pub(super) fn part(&self, range: Range<usize>) -> Text<'a> {
        let text = match &self.text {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(range).unwrap_or_default()),
            Cow::Owned(text) => Cow::Owned(text.get(range).unwrap_or_default().to_vec()),
        };
        self.inner(text)
    }

    /// Another text in the place of this one, one level deeper.
    pub(super) fn inner(&self, text: Cow<'a, [u8]>) -> Text<'a> {
        Text { text, depth: self.depth + 1, at: self.at, top: false, batch: false, list: None }
    }
}
