//! How the debugger is started, and how it ended.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;

use kuberewind_model::{Clock, MomentSpec, Seq};

use super::clipboard::Clipboard;
use super::config::Pair;
use super::keys::Keymap;
use super::layout::Pane;
use super::script::Statement;
use super::state::TimeStyle;
use super::theme::{Depth, Themes};
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
    /// Whether log lines stand between the operations; else they do where they did.
    pub logs: bool,
    /// The pane that has the focus; where nothing is said the one that had it, or the timeline.
    pub pane: Option<Pane>,
    /// The operations that the minimap shows; where nothing is said those that it did, or all.
    pub zoom: Option<(Seq, Seq)>,
    /// A theme's name, or the path of one; `auto` asks the terminal whether it is dark or light.
    pub theme: String,
    /// What `auto` chooses from.
    pub pair: Pair,
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
            logs: false,
            pane: None,
            zoom: None,
            theme: "dark".to_owned(),
            pair: Pair::default(),
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
            whereabouts: None,
        }
    }
}

/// What the user and the environment say of colours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColorWish {
    /// `--color`: always, never or auto.
    pub flag: Option<ColorChoice>,
    /// The same in `config.toml`.
    pub config: Option<ColorChoice>,
    /// How many colours the terminal has, as `config.toml` says.
    pub depth: Option<Depth>,
    /// Whether standard output is a terminal.
    pub terminal: bool,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColorChoice {
    /// Whatever the environment says.
    Always,
    /// None.
    Never,
    /// As the environment says.
    Auto,
}

impl ColorWish {
    /// How many colours to use. Whether there are any is decided by the first of these that says something: `--color`,
    /// `color` in `config.toml`, `NO_COLOR` (not empty), `CLICOLOR_FORCE` (neither empty nor 0), `CLICOLOR=0`, and at last
    /// whether this is a terminal that is not called dumb. How many, by `depth` in `config.toml`, else `COLORTERM`, else
    /// `TERM`.
    #[must_use]
    pub fn depth(&self) -> Depth {
        let set = |value: &Option<String>| value.as_ref().is_some_and(|value| !value.is_empty());
        let term = self.term.as_deref().unwrap_or("");
        let able = self.depth.unwrap_or(match self.color_term.as_deref() {
            Some("truecolor" | "24bit") => Depth::True,
            _ if term.contains("256color") => Depth::Indexed,
            _ => Depth::Sixteen,
        });
        for choice in [self.flag, self.config].into_iter().flatten() {
            match choice {
                ColorChoice::Always => return able,
                ColorChoice::Never => return Depth::None,
                ColorChoice::Auto => {}
            }
        }
        if set(&self.no_color) {
            return Depth::None;
        }
        let forced = set(&self.force) && self.force.as_deref() != Some("0");
        let refused = self.cli_color.as_deref() == Some("0") || !self.terminal || term == "dumb";
        if refused && !forced { Depth::None } else { able }
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
        let base = ColorWish { term: on("xterm-256color"), color_term: on("truecolor"), terminal: true, ..ColorWish::default() };
        assert_eq!(base.depth(), Depth::True);
        let plain = ColorWish { no_color: on("1"), force: on("1"), ..base.clone() };
        assert_eq!(plain.depth(), Depth::None, "NO_COLOR goes before CLICOLOR_FORCE");
        let config = ColorWish { config: Some(ColorChoice::Always), ..plain.clone() };
        assert_eq!(config.depth(), Depth::True, "the settings go before NO_COLOR");
        assert_eq!(
            ColorWish { flag: Some(ColorChoice::Never), ..config }.depth(),
            Depth::None,
            "a flag goes before the settings"
        );
        assert_eq!(ColorWish { flag: Some(ColorChoice::Always), ..plain.clone() }.depth(), Depth::True);
        assert_eq!(ColorWish { flag: Some(ColorChoice::Auto), ..plain }.depth(), Depth::None, "auto decides nothing");
        assert_eq!(ColorWish { no_color: on(""), color_term: None, ..base.clone() }.depth(), Depth::Indexed);
        assert_eq!(ColorWish { term: on("dumb"), color_term: None, ..base.clone() }.depth(), Depth::None);
        let forced = ColorWish { term: on("linux"), color_term: None, cli_color: on("0"), force: on("1"), ..base.clone() };
        assert_eq!(forced.depth(), Depth::Sixteen);
        assert_eq!(ColorWish { force: on("0"), ..forced }.depth(), Depth::None);
        assert_eq!(ColorWish { terminal: false, ..base.clone() }.depth(), Depth::None);
        assert_eq!(ColorWish { terminal: false, force: on("1"), ..base.clone() }.depth(), Depth::True);
        // Over SSH, where COLORTERM is lost, the settings say what the terminal can.
        let lost = ColorWish { color_term: None, depth: Some(Depth::True), ..base };
        assert_eq!(lost.depth(), Depth::True);
    }
}
