//! A Kubernetes API server that shows a recording at a moment.
//!
//! [`Served`] has the world of the cursor and answers from it. [`Served::move_to`] moves the cursor: the difference of the two worlds
//! becomes events of the connected watches. Clients may write if [`ServeOptions::writes`] allows it. [`serve`] listens, [`play`] moves the
//! cursor by recorded time.

// The items of this crate are internal to the workspace.
#![allow(missing_docs)]

mod caller;
mod change_log;
mod clients;
mod conflict;
mod cursor;
mod incomplete;
mod kinds;
mod merge;
mod moved;
mod moves;
mod object_text;
mod options;
mod past;
mod play;
mod reads;
mod rebase;
mod refusals;
mod served;
mod service;
mod state;
mod text_cache;
mod unknown;
mod writes;
mod written;

pub use clients::Client;
pub use conflict::Conflict;
pub use moved::{Moved, MovedWrites};
pub use options::{Report, ServeOptions, Viewpoint, WritePolicy};
pub use play::{Speed, play};
pub use served::Served;
pub use service::{ServedService, serve};
