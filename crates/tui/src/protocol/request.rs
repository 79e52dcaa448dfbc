use crate::order::Order;
use crate::view::DocKind;
use kuberewind_model::{Bookmark, Direction, MomentSpec, ObjectId, Seq, SessionNo, StepTarget};
use kuberewind_render::diff::{Lists, Noise};

use super::scan::ScanRequest;
use super::slow::SlowRequest;

/// Log lines are read in blocks of this many operations: the block of the cursor, the one before and the one after.
pub const LOG_BLOCK: u64 = 512;

/// The older side of a diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DiffBase {
    /// The previous version.
    #[default]
    Previous,
    /// The object as of a mark.
    Mark(char, Seq),
    /// The last version that the actor of the operation received.
    View,
}

/// A request for a document. Equal requests have equal replies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocRequest {
    pub kind: DocKind,
    pub at: Seq,
    pub noise: Noise,
    pub base: DiffBase,
    /// How a diff compares lists without a merge key.
    pub lists: Lists,
    pub order: Order,
}

impl DocRequest {
    /// A request with default options.
    #[must_use]
    pub fn plain(kind: DocKind, at: Seq) -> DocRequest {
        DocRequest { kind, at, noise: Noise::Hidden, base: DiffBase::Previous, lists: Lists::InOrder, order: Order::default() }
    }
}

/// A jump to an operation that is related to an object or an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Related {
    /// The `count`th operation on the object of this operation.
    Touching(Seq, Direction, u64),
    /// The next change of the object of this operation: of the field with this JSON pointer, or of any field for ''.
    Change(Seq, Direction, String),
    /// The watch event that delivered a write, or the write that a watch event delivered.
    Echo,
    /// The next stop of the walk from this refused write to the write that was faster, to its retry, and back.
    Refusal(Seq),
    /// The nearest operation on an object.
    Nearest(ObjectId),
}

/// A request to the main worker. A reply carries the generation of its request, so that the state drops outdated replies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// The timeline rows of these operations (ascending), with or without their log lines.
    Rows {
        seqs: Vec<Seq>,
        logs: bool,
    },
    Doc {
        request: DocRequest,
        generation: u64,
    },
    /// A request for one of the slow workers.
    Slow(SessionNo, SlowRequest),
    /// Operation counts for the minimap, over the range from the first to the last operation.
    Minimap {
        buckets: u16,
        range: (Seq, Seq),
    },
    /// The `count`th target from an operation.
    Step {
        from: Seq,
        direction: Direction,
        step_target: StepTarget,
        count: u64,
        generation: u64,
    },
    /// The cause of an operation (`Backward`) or its first effect.
    Follow {
        at: Seq,
        direction: Direction,
        generation: u64,
    },
    /// The moment that the user entered.
    GoTo {
        spec: MomentSpec,
        cursor: Seq,
        generation: u64,
    },
    Scan(Box<ScanRequest>),
    /// The target of a jump.
    Related {
        to: Related,
        from: Seq,
        generation: u64,
    },
    /// The moment at which a CEL expression over the object of operation `of` becomes true.
    Run {
        expression: String,
        of: Seq,
        from: Seq,
        direction: Direction,
        generation: u64,
    },
    /// The names for completion.
    Vocabulary,
    /// The objects that match the text of the object picker.
    Objects {
        pattern: String,
        generation: u64,
    },
    /// The first lines of an object as of a moment.
    Preview {
        object: ObjectId,
        at: Seq,
    },
    /// Read what was recorded since the last read.
    Poll,
    /// Open the recording again.
    Reload,
    SetBookmark(Bookmark),
    RemoveBookmark(String),
}
