//! What the worker found.

use std::sync::Arc;

use crate::model::{Bookmark, Density, Lineage, Seq, Session, SessionNo, Timestamp};
use crate::tui::doc::Doc;
use crate::tui::row::Row;

use super::{Blames, DocKind, Forest, Found, Lanes};

/// The frame of the recording as of one moment of its being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The session that is looked at.
    pub session: Session,
    /// Its lineage.
    pub lineage: Lineage,
    /// When the lineage began.
    pub start: Timestamp,
    /// How many sessions the recording holds.
    pub sessions: usize,
    /// How many actors it names.
    pub actors: usize,
    /// The bookmarks of all sessions.
    pub bookmarks: Vec<Bookmark>,
    /// What is to be known about how it was opened.
    pub remark: String,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // the fields are those of the questions
pub enum Answer {
    /// A block of rows; shorter than a block at the end.
    Rows { block: u64, rows: Arc<[Row]> },
    /// A detail.
    Doc { kind: DocKind, generation: u64, doc: Arc<Doc> },
    /// Who wrote the fields.
    Blame { generation: u64, found: Arc<Blames> },
    /// What the detectors found up to `end`, the worst first.
    Findings { session: SessionNo, end: Seq, found: Arc<[Found]> },
    /// The objects.
    Objects { generation: u64, forest: Box<Forest> },
    /// The lanes.
    Lanes { generation: u64, lanes: Arc<Lanes> },
    /// The rows of a query.
    Sql { generation: u64, doc: Arc<Doc> },
    /// Counts; `last` is the end they reach to.
    Minimap { buckets: u16, last: Seq, density: Vec<Density> },
    /// Where a step lands, if anywhere.
    Moved { generation: u64, to: Option<Seq> },
    /// The moment that was named; with a snapshot where it is in another session.
    Went { generation: u64, to: Result<Seq, String>, session: Option<Box<Snapshot>> },
    /// The search goes on; so many of a hundred parts are done.
    Searching { generation: u64, percent: u8 },
    /// The search is over. `wrapped` is whether it passed the end.
    Found { generation: u64, to: Option<Seq>, wrapped: bool },
    /// The recording has grown, or was read anew.
    Snapshot(Box<Snapshot>),
    /// The bookmarks after a change, and what to say.
    Bookmarks { bookmarks: Vec<Bookmark>, said: String },
    /// Something could not be read or written.
    Failed(String),
}
