//! What a recording can be asked, and what is wrong in it.
//!
//! [`queries`] are asked of a history, one at a time. The findings come from detectors over the stream of events:
//! [`stream`] brings a recording, finished or growing, item by item; [`scene`] remembers what detectors have in common
//! (recent states of objects, who was shown what); [`detectors`] is the table of checks; [`run`] drives them and
//! gathers an [`Analysis`](analysis::Analysis). [`findings`] keeps what was found, [`run::Live`] follows a session that grows.

// Internal to the workspace: names that explain themselves need no comment.
#![allow(missing_docs)]

mod cached_findings;
pub mod detectors;
pub mod finding;
mod findings;
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
