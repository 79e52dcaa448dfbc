//! Questions for the worker.

use crate::render::diff::{Lists, Noise};
use kuberewind_model::{Bookmark, Direction, MomentSpec, ObjectId, Seq, SessionNo, StepTarget};

use super::{Beside, ScanWish};

pub use crate::tui::state::{Against, Order};
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
    /// What the order of a list means in a diff.
    pub lists: Lists,
    /// The order of what is listed.
    pub order: Order,
}

impl Wish {
    /// What a document is to show at a moment, nothing chosen.
    #[must_use]
    pub fn plain(kind: DocKind, at: Seq) -> Wish {
        Wish { kind, at, noise: Noise::Hidden, against: Against::Previous, lists: Lists::InOrder, order: Order::default() }
    }
}

/// Moves that look at an object or an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hop {
    /// To an operation that touches the object of this one.
    Touching(Seq, Direction, u64),
    /// To the next change of the object of this operation: of the field with this JSON pointer, or of any where it is ''.
    Change(Seq, Direction, String),
    /// Between a write and its delivery.
    Echo,
    /// To the operation about an object that is nearest.
    Nearest(ObjectId),
}

/// A question. Answers carry the generation of their question, so that those to older ones can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Rows of the timeline.
    Rows {
        /// Of these operations, in rising order.
        seqs: Vec<Seq>,
        /// Whether with the log lines between them.
        logs: bool,
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
    /// Counts over a range of the lineage.
    Minimap {
        /// Into how many parts.
        buckets: u16,
        /// The first and the last operation.
        range: (Seq, Seq),
    },
    /// The operation to land on.
    Step {
        /// From here.
        from: Seq,
        /// That way.
        direction: Direction,
        /// On such a one.
        step_target: StepTarget,
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
    /// The operations that pass a filter.
    Scan(Box<ScanWish>),
    /// A move that looks at an object or an operation.
    Move {
        /// Which.
        hop: Hop,
        /// From here.
        from: Seq,
        /// Of the question.
        generation: u64,
    },
    /// The moment at which an expression over an object becomes true.
    Run {
        /// In CEL.
        expression: String,
        /// The object of this operation.
        of: Seq,
        /// From here.
        from: Seq,
        /// Which way.
        direction: Direction,
        /// Of the question.
        generation: u64,
    },
    /// Names to complete what is typed.
    Words,
    /// Objects to choose from.
    Objects {
        /// What was typed.
        pattern: String,
        /// Of the question.
        generation: u64,
    },
    /// The first lines of an object.
    Preview {
        /// Which.
        object: ObjectId,
        /// As of this moment.
        at: Seq,
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
