use std::sync::Arc;

use crate::bookmarks::Bookmarks;
use crate::doc::Doc;
use crate::row::{Row, RowSummary};
use crate::view::DocKind;
use kuberewind_file::filter::Matches;
use kuberewind_model::{Density, ObjectId, Seq, SessionNo};

use super::author::FieldAuthors;
use super::finding::FindingEvidence;
use super::lanes::Lanes;
use super::object_match::ObjectMatch;
use super::scan::Target;
use super::snapshot::Snapshot;
use super::tree::ObjectTree;
use super::vocabulary::Vocabulary;

/// A reply to a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    Rows(Vec<Row>),
    /// The changes in rows of a session.
    Summaries {
        session: SessionNo,
        found: Vec<(Seq, Arc<RowSummary>)>,
    },
    /// The rows of a range that is copied, exported or piped.
    Range {
        generation: u64,
        rows: Vec<Row>,
    },
    Doc {
        kind: DocKind,
        generation: u64,
        doc: Arc<Doc>,
    },
    Authors {
        generation: u64,
        found: Arc<FieldAuthors>,
    },
    /// The findings up to operation `end`, most severe first.
    Findings {
        session: SessionNo,
        end: Seq,
        found: Arc<[FindingEvidence]>,
    },
    Tree {
        generation: u64,
        tree: Box<ObjectTree>,
    },
    Lanes {
        generation: u64,
        lanes: Arc<Lanes>,
    },
    Sql {
        generation: u64,
        doc: Arc<Doc>,
    },
    Minimap {
        buckets: u16,
        range: (Seq, Seq),
        density: Vec<Density>,
    },
    /// The target of a step or a jump; `None` if there is none.
    Moved {
        generation: u64,
        to: Option<Seq>,
    },
    /// The moment that the user entered; with a snapshot if it is in another session.
    Went {
        generation: u64,
        to: Result<Seq, String>,
        session: Option<Box<Snapshot>>,
        /// What the user should know, for example that the moment is beyond the end.
        remark: Option<String>,
    },
    /// Progress of a scan or a run.
    Scanning {
        target: Target,
        generation: u64,
        percent: u8,
    },
    /// Matches in a range of operations. The scan is complete at 100 percent.
    Matched {
        target: Target,
        generation: u64,
        matches: Box<Matches>,
        percent: u8,
    },
    /// A scan failed.
    NotScanned {
        target: Target,
        generation: u64,
        error: String,
    },
    /// The result of a run, and a message about it.
    Ran {
        generation: u64,
        to: Option<Seq>,
        message: String,
    },
    Vocabulary(Arc<Vocabulary>),
    /// The best matches, and the number of all matches.
    Objects {
        generation: u64,
        found: Vec<ObjectMatch>,
        total: usize,
    },
    Preview {
        object: ObjectId,
        lines: Vec<String>,
    },
    /// The recording has grown or was opened again.
    Snapshot(Box<Snapshot>),
    /// All bookmarks after a change, and a message about the change.
    Bookmarks {
        bookmarks: Bookmarks,
        message: String,
    },
    /// A request failed.
    Failed(String),
}
