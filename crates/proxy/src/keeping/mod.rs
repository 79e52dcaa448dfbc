//! `--save-on`: keeps a recording only if something went wrong.

mod decision;
mod save_on;
mod watch;

pub use decision::Decision;
pub use save_on::{SaveOn, log_words};
pub use watch::{Ring, Watch, Watchful};
