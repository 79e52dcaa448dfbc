//! What the worker found.

use std::sync::Arc;

use crate::tui::actors::ActorNames;
use crate::tui::bookmarks::Bookmarks;
use crate::tui::doc::Doc;
use crate::tui::row::Row;
use kuberewind_file::filter::Matches;
use kuberewind_model::{Density, Lineage, ObjectId, Seq, Session, SessionNo, Timestamp};

use super::{Blames, Choice, DocKind, Forest, Found, Lanes, Target, Vocabulary};

/// The frame of the recording as of one moment of its being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The recording's id in hexadecimal.
    pub id: String,
    /// The session that is looked at.
    pub session: Session,
    /// Its lineage.
    pub lineage: Lineage,
    /// When the lineage began.
    pub start: Timestamp,
    /// How many sessions the recording holds.
    pub sessions: usize,
    /// The actors that it names.
    pub actors: ActorNames,
    /// The bookmarks of all sessions.
    pub bookmarks: Bookmarks,
    /// What is to be known about how it was opened.
    pub remark: String,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // the fields are those of the questions
pub enum Answer {
    /// Rows of the timeline.
    Rows(Vec<Row>),
    /// The rows of a range that is taken out.
    Range { generation: u64, rows: Vec<Row> },
    /// A detail.
    Doc { kind: DocKind, generation: u64, doc: Arc<Doc> },
    /// Who wrote the fields.
    Blame { generation: u64, found: Arc<Blames> },
    /// What the detectors found up to `end`, the worst first.
    Findings { session: SessionNo, end: Seq, found: Arc<[Found]> },
    /// The objects.
    Forest { generation: u64, forest: Box<Forest> },
    /// The lanes.
    Lanes { generation: u64, lanes: Arc<Lanes> },
    /// The rows of a query.
    Sql { generation: u64, doc: Arc<Doc> },
    /// Counts.
    Minimap { buckets: u16, range: (Seq, Seq), density: Vec<Density> },
    /// Where a step lands, if anywhere.
    Moved { generation: u64, to: Option<Seq> },
    /// The moment that was named; with a snapshot where it is in another session.
    Went { generation: u64, to: Result<Seq, String>, session: Option<Box<Snapshot>> },
    /// A scan goes on; so many of a hundred parts are done.
    Scanning { target: Target, generation: u64, percent: u8 },
    /// What a scan found in a run of places; at 100 percent it is done.
    Matched { target: Target, generation: u64, matches: Box<Matches>, percent: u8 },
    /// A scan that could not go on.
    NotScanned { target: Target, generation: u64, words: String },
    /// Where an expression becomes true, and what is to be said of it.
    Ran { generation: u64, to: Option<Seq>, said: String },
    /// Names to complete what is typed.
    Words(Arc<Vocabulary>),
    /// Objects to choose from.
    Objects { generation: u64, found: Vec<Choice>, total: usize },
    /// The first lines of an object.
    Preview { object: ObjectId, lines: Vec<String> },
    /// The recording has grown, or was read anew.
    Snapshot(Box<Snapshot>),
    /// The bookmarks after a change, and what to say.
    Bookmarks { bookmarks: Bookmarks, said: String },
    /// Something could not be read or written.
    Failed(String),
}
