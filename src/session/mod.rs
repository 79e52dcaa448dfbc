//! An open recording: the selected session, its lineage, and the cursor.

mod moment;
mod open_recording;
mod ordinals;
mod source;

pub use moment::ResolvedMoment;
pub use open_recording::OpenRecording;
pub use ordinals::Ordinals;
pub use source::Source;
