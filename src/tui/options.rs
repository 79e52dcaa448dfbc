//! How the debugger is started, and how it ended.

use std::path::PathBuf;
use std::sync::Arc;

use kuberewind_model::{Clock, MomentSpec, Seq};

use super::clipboard::Clipboard;
use super::config::ThemePair;
use super::keys::Keymap;
use super::script::Statement;
use super::state::TimeStyle;
use super::theme::{Depth, Themes};
use super::view::Pane;
use super::worker::RecordingLocation;

/// What is asked of the debugger at its start.
#[derive(Clone)]
pub struct Options {
    /// The recording's name on the screen: `run.db`.
    pub title: String,
    /// The beginning of the command that opens this recording again: `kuberewind run.db`.
    pub command: String,
    /// The session; the newest where none is named.
    pub session: Option<String>,
    /// Where the cursor begins; the end where nothing is said.
    pub at: Option<MomentSpec>,
    /// What the timeline shows; everything where nothing is said.
    pub filter: Option<String>,
    /// Whether to follow what is being recorded.
    pub follow: bool,
    /// Whether log lines stand between the operations; else they do where they did.
    pub logs: bool,
    /// The pane that has the focus; where nothing is said the one that had it, or the timeline.
    pub pane: Option<Pane>,
    /// The operations that the minimap shows; where nothing is said those that it did, or all.
    pub zoom: Option<(Seq, Seq)>,
    /// A theme's name, or the path of one; `auto` asks the terminal whether it is dark or light.
    pub theme: String,
    /// What `auto` chooses from.
    pub pair: ThemePair,
    /// The themes that can be named.
    pub themes: Themes,
    /// The keys.
    pub keymap: Keymap,
    /// How many colours the terminal has.
    pub depth: Depth,
    /// Whether frames and bars are drawn with plain characters.
    pub ascii: bool,
    /// Whether the mouse is used.
    pub mouse: bool,
    /// How times are shown at first.
    pub time: TimeStyle,
    /// Which way copied text takes.
    pub clipboard: Clipboard,
    /// Where the place one left this recording at is kept; nowhere without one.
    pub memory: Option<PathBuf>,
    /// What is carried out before the first frame.
    pub script: Vec<Statement>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where the recording lies: findings, trees and SQL are answered through connections of their own, and `r` opens what
    /// lies there by then.
    pub location: Option<RecordingLocation>,
}

impl Options {
    /// The usual: at the end, dark, with all colours and the mouse.
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
            location: None,
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// The user left, with the cursor here.
    Quit {
        /// The session's name.
        session: String,
        /// The moment.
        at: Seq,
    },
    /// A signal ended it: exit code 128 and its number.
    Signal(i32),
}
