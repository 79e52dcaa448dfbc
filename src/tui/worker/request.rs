//! Questions for the worker.

use crate::json::diff::Noise;
use crate::model::{Bookmark, Direction, Landing, MomentSpec, Seq, SessionNo};

use super::Beside;

pub use crate::tui::state::Against;
pub use crate::tui::view::DocKind;

/// What a document is to show: questions of equal wishes have the same answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Which document.
    pub kind: DocKind,
    /// The moment.
    pub at: Seq,
    /// What to leave out.
    pub noise: Noise,
    /// What a diff compares with.
    pub against: Against,
}

/// A question. Answers carry the generation of their question, so that those to older ones can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// A block of rows of the timeline, counted in [`super::BLOCK`]s of places in the lineage.
    Rows {
        /// Which block.
        block: u64,
    },
    /// A document.
    Doc {
        /// What it is to show.
        wish: Wish,
        /// Of the question.
        generation: u64,
    },
    /// A question of this session that takes time.
    Beside(SessionNo, Beside),
    /// Counts over the whole lineage.
    Minimap {
        /// Into how many parts.
        buckets: u16,
    },
    /// The operation to land on.
    Step {
        /// From here.
        from: Seq,
        /// That way.
        direction: Direction,
        /// On such a one.
        landing: Landing,
        /// So many times.
        count: u64,
        /// Of the question.
        generation: u64,
    },
    /// The operation that caused this one (`Backward`), or the first that it led to.
    Follow {
        /// This one.
        at: Seq,
        /// Which way.
        direction: Direction,
        /// Of the question.
        generation: u64,
    },
    /// A moment that a person named.
    GoTo {
        /// The name.
        spec: MomentSpec,
        /// Where the cursor stands.
        cursor: Seq,
        /// Of the question.
        generation: u64,
    },
    /// The next row that holds a text.
    Search {
        /// The text, in lower case.
        pattern: String,
        /// After (before) this one.
        from: Seq,
        /// Which way.
        direction: Direction,
        /// Of the question.
        generation: u64,
    },
    /// Whether anything was written since.
    Poll,
    /// Everything anew.
    Reload,
    /// Set a bookmark.
    SetBookmark(Bookmark),
    /// Remove a bookmark.
    RemoveBookmark(String),
}
