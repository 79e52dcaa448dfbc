//! Writing a recording to files: how much is kept, when recording starts, when a new file starts, and whether the recording is
//! kept at the end.
//!
//! Independent of clap: every command that records through the proxy can use it.

mod discard;
mod file_name;
mod files;
mod keep;
mod options;

pub use discard::{End, discard_unless_kept};
pub use files::{NewRecording, RecordingFiles};
pub use options::{OptionValues, RecordingOptions};
