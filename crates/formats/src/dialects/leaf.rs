//! The entries found in a record.

use std::borrow::Cow;

use super::dialect::Dialect;
use kuberewind_model::Timestamp;

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaf<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) text: Cow<'a, [u8]>,
    /// The time that an envelope or a prefix gives.
    pub(crate) at: Option<Timestamp>,
}

/// All entries of a record.
#[derive(Debug, Default)]
pub(crate) struct Leaves<'a> {
    pub(crate) list: Vec<Leaf<'a>>,
    /// Parts of a batch that hold no entry: their number, their bytes and the first reason.
    pub(crate) unread: u64,
    pub(crate) unread_bytes: u64,
    pub(crate) why: Option<String>,
    /// True if one of these parts may have been an entry, such as broken JSON. Other text holds none.
    pub(crate) lost: bool,
    /// Parts that were understood although they hold no entry, as an empty list.
    pub(crate) understood: u64,
}

impl<'a> Leaves<'a> {
    pub(crate) fn push(&mut self, dialect: Dialect, text: Cow<'a, [u8]>, at: Option<Timestamp>) {
        self.list.push(Leaf { dialect, text, at });
    }

    /// Counts a part that was not read and is no entry.
    pub(crate) fn noise(&mut self, bytes: usize, why: &str) {
        let lost = self.lost;
        self.unread(bytes, why);
        self.lost = lost;
    }

    /// Counts a part that was not read.
    pub(crate) fn unread(&mut self, bytes: usize, why: &str) {
        self.unread += 1;
        self.lost = true;
        self.unread_bytes = self.unread_bytes.saturating_add(bytes as u64);
        self.why.get_or_insert_with(|| why.to_owned());
    }
}

impl Leaf<'_> {
    /// An exchange that was put together from several lines.
    pub(crate) fn exchange(text: Vec<u8>) -> Leaf<'static> {
        Leaf { dialect: Dialect::Exchange, text: Cow::Owned(text), at: None }
    }
}
