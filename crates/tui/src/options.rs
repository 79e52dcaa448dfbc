//! Options of the debugger, and its exit status.

use std::path::PathBuf;
use std::sync::Arc;

use kuberewind_model::{Clock, MomentSpec, Seq};

use super::clipboard::Clipboard;
use super::config::ThemePair;
use super::keys::Keymap;
use super::moment_server::MomentServers;
use super::script::Statement;
use super::state::TimeStyle;
use super::theme::{Depth, Themes};
use super::view::Pane;
use super::worker::RecordingLocation;

#[derive(Clone)]
pub struct Options {
    /// The recording's name on the screen: `run.db`.
    pub title: String,
    /// The beginning of the command that opens this recording again: `kuberewind run.db`.
    pub command: String,
    /// The session [default: the newest].
    pub session: Option<String>,
    /// The initial cursor [default: the end].
    pub at: Option<MomentSpec>,
    /// The initial filter [default: none].
    pub filter: Option<String>,
    /// Follow the live session.
    pub follow: bool,
    /// Show log lines between operations [default: as before].
    pub logs: bool,
    /// The focused pane [default: as before, or the timeline].
    pub pane: Option<Pane>,
    /// The range of the minimap [default: as before, or everything].
    pub zoom: Option<(Seq, Seq)>,
    /// A theme's name or path; `auto` queries the terminal's background.
    pub theme: String,
    /// The themes for `auto`.
    pub pair: ThemePair,
    pub themes: Themes,
    pub keymap: Keymap,
    pub depth: Depth,
    /// Draws borders and bars with ASCII characters.
    pub ascii: bool,
    pub mouse: bool,
    /// The initial time style.
    pub time: TimeStyle,
    pub clipboard: Clipboard,
    /// The file with the saved position; `None` to save nothing.
    pub memory: Option<PathBuf>,
    /// The script to run before the first frame.
    pub script: Vec<Statement>,
    pub clock: Arc<dyn Clock>,
    /// Starts API servers; `None` if there are none.
    pub servers: Option<Arc<dyn MomentServers>>,
    /// The recording's file. The slow workers open it again, and so does the reload action.
    pub location: Option<RecordingLocation>,
}

impl Options {
    /// Default options: at the end of the recording, dark theme, all colours, mouse enabled.
    #[must_use]
    pub fn new(title: impl Into<String>, clock: Arc<dyn Clock>) -> Options {
        let title = title.into();
        Options {
            command: format!("kuberewind {title}"),
            title,
            session: None,
            at: None,
            filter: None,
            follow: false,
            logs: false,
            pane: None,
            zoom: None,
            theme: "dark".to_owned(),
            pair: ThemePair::default(),
            themes: Themes::default(),
            keymap: Keymap::default(),
            depth: Depth::True,
            ascii: false,
            mouse: true,
            time: TimeStyle::Relative,
            clipboard: Clipboard::default(),
            memory: None,
            script: Vec::new(),
            clock,
            servers: None,
            location: None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// The user quit.
    Quit { session: String, at: Seq },
    /// A signal: the exit code is 128 plus its number.
    Signal(i32),
}
