//! Effects of an update: everything outside the state that the event loop does.

use std::path::PathBuf;

use super::export::Content;
use super::moment_server::ServerRequest;
use super::protocol::{Request, Target};

#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Send a request to a worker. A newer request of the same kind replaces a waiting one.
    Ask(Request),
    /// Stop a scan, a run or a query.
    Stop(Target),
    /// Copy to the clipboard.
    Copy {
        text: String,
        /// A summary for the message; '' shows the first line of the text.
        remark: String,
    },
    /// Write a file. Its extension selects the format.
    Export {
        path: PathBuf,
        /// The rows of a range; `None` exports the visible pane.
        content: Option<Content>,
    },
    /// Run a shell command with the text as its standard input.
    Pipe {
        command: String,
        text: String,
    },
    /// Start, move or stop the API server of the cursor's moment.
    Serve(ServerRequest),
    /// Change the theme.
    Theme(String),
    Quit,
    /// Restore the terminal and stop the process until it continues.
    Suspend,
    /// Redraw the whole screen.
    Redraw,
}
