//! What lies on top of the panes.

use tui_input::Input;

use crate::model::Seq;

/// One of them.
#[derive(Debug, Clone)]
pub enum Layer {
    /// The help, what it is filtered by, and the first line shown.
    Help(ListState),
    /// Bookmarks and marks.
    Places(ListState),
    /// A line to type into.
    Prompt(Prompt),
}

/// A list, what it is filtered by, and the row one stands on.
#[derive(Debug, Clone, Default)]
pub struct ListState {
    /// What was typed to filter it.
    pub filter: Input,
    /// The row, or the first line.
    pub row: usize,
}

/// What is typed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// A text to look for.
    Search,
    /// A moment.
    GoTo,
    /// A bookmark's name, and after a blank its note.
    Bookmark,
    /// A query.
    Sql,
}

/// A line to type into.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// What for.
    pub purpose: Purpose,
    /// The line.
    pub input: Input,
    /// What is wrong with it.
    pub error: Option<String>,
    /// How far back in what was typed before.
    pub back: usize,
}

impl Prompt {
    /// An empty line.
    #[must_use]
    pub fn new(purpose: Purpose) -> Prompt {
        Prompt { purpose, input: Input::default(), error: None, back: 0 }
    }

    /// What stands before the line.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self.purpose {
            Purpose::Search => "/",
            Purpose::GoTo => "go to ",
            Purpose::Bookmark => "bookmark name and note ",
            Purpose::Sql => "; ",
        }
    }
}

/// A row of the list of bookmarks and marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Where it points.
    pub at: Seq,
    /// The session of a bookmark in another session.
    pub elsewhere: Option<crate::model::SessionNo>,
    /// Its name; of a mark `'a`.
    pub name: String,
    /// What was said about it.
    pub note: String,
}

impl super::State {
    /// The bookmarks, then the marks.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        let bookmarks = self.snapshot.bookmarks.iter().map(|bookmark| Place {
            at: bookmark.at,
            elsewhere: Some(bookmark.session).filter(|session| *session != self.snapshot.session.no),
            name: bookmark.name.clone(),
            note: bookmark.note.clone(),
        });
        let marks = self.marks.iter().map(|(letter, at)| Place {
            at: *at,
            elsewhere: None,
            name: format!("'{letter}"),
            note: String::new(),
        });
        bookmarks.chain(marks).collect()
    }

    /// The moments of this session that have a bookmark, in order.
    #[must_use]
    pub fn bookmarked(&self) -> impl DoubleEndedIterator<Item = Seq> + '_ {
        let here = self.snapshot.session.no;
        self.snapshot.bookmarks.iter().filter(move |bookmark| bookmark.session == here).map(|bookmark| bookmark.at)
    }
}
