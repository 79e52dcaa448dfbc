//! The messages between the event loop and the worker threads. State, update and worker import this module; it imports
//! none of them.

mod author;
mod finding;
mod lanes;
mod object_match;
mod reply;
mod request;
mod scan;
mod slow;
mod snapshot;
mod tree;
mod vocabulary;

pub use author::FieldAuthors;
pub use finding::FindingEvidence;
pub use lanes::{Arrow, Bar, LaneBy, Lanes, LanesRequest, MAX_LANES_RANGE, Mark};
pub use object_match::ObjectMatch;
pub use reply::Reply;
pub use request::{DiffBase, DocRequest, LOG_BLOCK, Related, Request};
pub use scan::{ScanRequest, Target};
pub use slow::{SlowRequest, SlowWorker};
pub use snapshot::Snapshot;
pub use tree::{MAX_SORTED, ObjectEntry, ObjectFacts, ObjectTree, TreeRequest, VersionRow};
pub use vocabulary::Vocabulary;
