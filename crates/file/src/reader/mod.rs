//! Reading a recording.

mod actors;
mod bulk;
mod density;
mod derived;
mod findings;
mod history;
mod journal_mode;
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
mod texts;
mod watches;

pub use options::OpenOptions;
pub use recording::Recording;
pub use texts::TextPlace;
