//! What a recording can be asked, and what is wrong in it.
//!
//! [`queries`] are asked of a history, one at a time. The findings come from detectors over the stream of events:
//! [`stream`] brings a recording, finished or growing, item by item; [`scene`] remembers what detectors have in common
//! (recent states of objects, who was shown what); [`detectors`] is the table of checks; [`run`] drives them and
//! gathers an [`Analysis`](analysis::Analysis). [`findings`] keeps what was found, [`run::Live`] follows a session that grows.

// Internal to the workspace: names that explain themselves need no comment.
#![allow(missing_docs)]

#[allow(clippy::module_inception)] // the result has the part's name, as the JSON's reader expects
pub mod analysis;
mod batches;
pub mod detectors;
pub mod finding;
mod hash;
mod kept;
mod lru;
pub mod normalise;
pub mod queries;
pub mod run;
pub mod scene;
pub mod settings;
pub mod stream;

pub use kept::findings;
