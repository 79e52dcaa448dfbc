//! An open recording: lineage, snapshot, cursor.

mod moment;
mod open;
mod ordinal;

pub use moment::{Place, resolve};
pub use open::{OpenRecording, Source};
pub use ordinal::Ordinals;
