//! Reading a recording.

mod actors;
mod bulk;
mod density;
mod derived;
mod findings;
mod history;
mod journal_mode;
mod kind_objects;
mod logs_and_gaps;
mod moments;
mod notes;
mod objects;
mod open;
mod operations;
mod options;
mod recording;
mod results;
mod rows;
mod sessions;
mod spans;
mod state_folder;
mod texts;
mod watches;
mod world_changes;

pub use options::OpenOptions;
pub use recording::Recording;
pub use texts::TextPlace;
