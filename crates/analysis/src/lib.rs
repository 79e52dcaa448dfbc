//! Queries over a recording, and detectors of problems in it.
//!
//! [`mod@compare`] aligns two sessions. [`queries`] read a history, one at a time. Findings come from detectors: [`stream`] reads a finished or growing recording
//! item by item, `tracker` keeps the state that detectors share (recent versions of objects, observations of actors),
//! [`detectors`] is the table of detectors, and [`run`] drives them and returns an [`Analysis`]. [`findings`] caches the
//! result, [`Live`] follows a growing session.

// Internal to the workspace: most names need no comment.
#![allow(missing_docs)]

mod cached_findings;
pub mod compare;
pub mod detectors;
pub mod finding;
mod findings;
mod grouping;
mod hash;
mod item_channel;
mod live;
mod lru;
mod normalise;
pub mod queries;
mod results;
mod run;
mod runner;
pub mod settings;
pub mod stream;
mod tracker;

pub use cached_findings::findings;
pub use live::Live;
pub use results::{Analysis, ErrorCounts, LoopDetected, Race, SlowOperation};
pub use run::{Progress, run};
pub use runner::Runner;
