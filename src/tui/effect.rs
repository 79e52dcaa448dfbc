//! What the loop does for the state: everything that reaches beyond it.

use std::path::PathBuf;

use super::export::Content;
use super::protocol::{Request, Target};

/// A wish of the state.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// A question for the worker; a newer one of the same sort takes its place.
    Ask(Request),
    /// Stop a scan, or a run.
    Stop(Target),
    /// Give this text to the clipboard.
    Copy {
        /// The text.
        text: String,
        /// What is to be said of it; '' for how it begins.
        remark: String,
    },
    /// Write what is shown into this file; its ending says how.
    Export {
        /// The file.
        path: PathBuf,
        /// What was read to be written; where nothing was, what is shown.
        content: Option<Content>,
    },
    /// Run this command of the user's with this text as its input.
    Pipe {
        /// For the user's shell.
        command: String,
        /// Its input.
        text: String,
    },
    /// Draw in this theme from now on.
    Theme(String),
    /// Leave.
    Quit,
    /// Stop the process and give the terminal back until it is continued.
    Suspend,
    /// Draw everything anew: something else wrote onto the screen.
    Redraw,
}
