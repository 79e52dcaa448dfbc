//! A JSON scanner: one pass over the bytes, without building a tree.
//!
//! The ingest path has a few microseconds per object; parsing 4 KiB into a tree takes ten times that. It needs to know that a
//! body is valid JSON, that it nests no deeper than the readers of the recording can follow, and some of its metadata.
//! [`Scan`] tracks the depth explicitly instead of by recursion, so 10,000 nested brackets are an ordinary error.

mod compact;
mod list;
mod metadata;
mod scanner;
mod skip;
mod values;

pub use compact::compact;
pub use list::{ListHead, ListSplitter, Piece};
pub use metadata::{Metadata, Owner};
pub use scanner::{MAX_DEPTH, Scan, ScanError};
pub use values::{Members, RawStr};
