//! How the debugger is started, and how it ended.

use std::sync::Arc;

use crate::model::{Clock, MomentSpec, Seq};

use super::layout::Pane;
use super::theme::Depth;
use super::worker::Whereabouts;

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
    /// The pane that has the focus.
    pub pane: Pane,
    /// A theme's name, or the path of one.
    pub theme: String,
    /// How many colours the terminal has.
    pub depth: Depth,
    /// Whether frames and bars are drawn with plain characters.
    pub ascii: bool,
    /// Whether the mouse is used.
    pub mouse: bool,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where the recording lies: findings, trees and SQL are answered through connections of their own.
    pub whereabouts: Option<Whereabouts>,
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
            pane: Pane::Timeline,
            theme: "dark".to_owned(),
            depth: Depth::True,
            ascii: false,
            mouse: true,
            clock,
            whereabouts: None,
        }
    }
}

/// What the user and the environment say of colours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColorWish {
    /// `--color`: always, never or auto.
    pub flag: Option<ColorChoice>,
    /// `NO_COLOR`.
    pub no_color: Option<String>,
    /// `CLICOLOR_FORCE`.
    pub force: Option<String>,
    /// `CLICOLOR`.
    pub cli_color: Option<String>,
    /// `COLORTERM`.
    pub color_term: Option<String>,
    /// `TERM`.
    pub term: Option<String>,
}

/// The values of `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorChoice {
    /// Whatever the environment says.
    Always,
    /// None.
    Never,
    /// As the environment says.
    Auto,
}

impl ColorWish {
    /// How many colours to use: the flag, then `NO_COLOR`, `CLICOLOR_FORCE`, `CLICOLOR=0`, then what the terminal is.
    #[must_use]
    pub fn depth(&self) -> Depth {
        let set = |value: &Option<String>| value.as_ref().is_some_and(|value| !value.is_empty());
        let term = self.term.as_deref().unwrap_or("");
        let able = match self.color_term.as_deref() {
            Some("truecolor" | "24bit") => Depth::True,
            _ if term.contains("256color") => Depth::Indexed,
            _ => Depth::Sixteen,
        };
        match self.flag {
            Some(ColorChoice::Always) => return able,
            Some(ColorChoice::Never) => return Depth::None,
            Some(ColorChoice::Auto) | None => {}
        }
        if set(&self.no_color) {
            return Depth::None;
        }
        let forced = set(&self.force) && self.force.as_deref() != Some("0");
        if !forced && (self.cli_color.as_deref() == Some("0") || term == "dumb") { Depth::None } else { able }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_what_decides_about_colours() {
        let on = |text: &str| Some(text.to_owned());
        let base = ColorWish { term: on("xterm-256color"), color_term: on("truecolor"), ..ColorWish::default() };
        assert_eq!(base.depth(), Depth::True);
        let plain = ColorWish { no_color: on("1"), force: on("1"), ..base.clone() };
        assert_eq!(plain.depth(), Depth::None);
        assert_eq!(ColorWish { flag: Some(ColorChoice::Always), ..plain }.depth(), Depth::True);
        assert_eq!(ColorWish { no_color: on(""), color_term: None, ..base.clone() }.depth(), Depth::Indexed);
        assert_eq!(ColorWish { term: on("dumb"), color_term: None, ..base.clone() }.depth(), Depth::None);
        assert_eq!(
            ColorWish { term: on("linux"), color_term: None, cli_color: on("0"), force: on("1"), ..base.clone() }.depth(),
            Depth::Sixteen
        );
        assert_eq!(ColorWish { flag: Some(ColorChoice::Never), ..base }.depth(), Depth::None);
    }
}
