//! The bookmarks of a recording, indexed by operation: every row of every frame looks one up.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Deref;

use kuberewind_model::{Bookmark, Seq, SessionNo};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bookmarks {
    all: Vec<Bookmark>,
    /// The index of each operation's bookmark in `all`. Of several bookmarks, the first with a note.
    of: BTreeMap<(SessionNo, Seq), usize>,
}

impl From<Vec<Bookmark>> for Bookmarks {
    fn from(all: Vec<Bookmark>) -> Bookmarks {
        let mut of = BTreeMap::new();
        for (place, bookmark) in all.iter().enumerate() {
            match of.entry((bookmark.session, bookmark.at)) {
                Entry::Vacant(entry) => drop(entry.insert(place)),
                Entry::Occupied(mut entry) => {
                    let says = |place: usize| all.get(place).is_some_and(|bookmark: &Bookmark| !bookmark.note.is_empty());
                    if !says(*entry.get()) && says(place) {
                        entry.insert(place);
                    }
                }
            }
        }
        Bookmarks { all, of }
    }
}

impl Deref for Bookmarks {
    type Target = [Bookmark];

    fn deref(&self) -> &[Bookmark] {
        &self.all
    }
}

impl Bookmarks {
    /// The bookmark of an operation. Of several, the first with a note.
    #[must_use]
    pub fn at(&self, session: SessionNo, at: Seq) -> Option<&Bookmark> {
        self.all.get(*self.of.get(&(session, at))?)
    }

    /// The moments of a session that have a bookmark, ascending, without duplicates.
    #[must_use]
    pub fn moments(&self, session: SessionNo) -> impl DoubleEndedIterator<Item = Seq> + '_ {
        self.of.range((session, Seq::START)..=(session, Seq::MAX)).map(|((_, at), _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kuberewind_model::Timestamp;

    #[test]
    fn of_several_bookmarks_the_first_that_says_something_is_the_one() {
        let bookmark = |name: &str, session, at, note: &str| Bookmark {
            name: name.to_owned(),
            session: SessionNo(session),
            at: Seq(at),
            note: note.to_owned(),
            created: Timestamp(0),
        };
        let bookmarks = Bookmarks::from(vec![
            bookmark("a", 1, 9, ""),
            bookmark("b", 1, 9, "here"),
            bookmark("c", 1, 9, "too late"),
            bookmark("d", 1, 2, ""),
            bookmark("e", 2, 3, ""),
        ]);
        let name = |session, at| bookmarks.at(SessionNo(session), Seq(at)).map(|bookmark| bookmark.name.as_str());
        assert_eq!((name(1, 9), name(1, 2), name(1, 3), name(2, 3)), (Some("b"), Some("d"), None, Some("e")));
        assert_eq!(bookmarks.moments(SessionNo(1)).collect::<Vec<_>>(), [Seq(2), Seq(9)]);
        assert_eq!(bookmarks.len(), 5);
    }
}
