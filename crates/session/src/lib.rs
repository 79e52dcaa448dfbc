//! An open recording: the selected session, its lineage, and the cursor.

// The items of this crate are internal to the workspace.
#![allow(missing_docs)]

mod moment;
mod open_recording;
mod ordinals;
mod source;

pub use moment::ResolvedMoment;
pub use open_recording::{OpenRecording, beyond_end};
pub use ordinals::Ordinals;
pub use source::Source;
