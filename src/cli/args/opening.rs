//! The arguments of the debugger, and of its settings.

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::engine::ArgValueCompleter;

use super::{Format, RecordingArgs};
use crate::cli::complete;
use crate::text::nearest;
use crate::tui::view::{Pane, VIEWS};

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorWhen {
    /// As the terminal and `NO_COLOR`, `CLICOLOR_FORCE`, `CLICOLOR` say.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How to open.
#[derive(Debug, Args)]
pub struct OpenArgs {
    /// Which recording.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// Where to begin.
    #[arg(long, value_name = "MOMENT", add = ArgValueCompleter::new(complete::moments))]
    pub at: Option<String>,
    /// Show only what passes: kind=deploy and (verb==patch or code>=400). The language of the debugger's `f`.
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<String>,
    /// Follow the session as it grows.
    #[arg(long)]
    pub follow: bool,
    /// Log lines between the operations.
    #[arg(long)]
    pub logs: bool,
    /// The view that has the focus: timeline, diff, state, why, …
    #[arg(long, value_name = "VIEW", value_parser = pane)]
    pub pane: Option<Pane>,
    /// The operations that the minimap shows, as copied links have them: '#310..#498'.
    #[arg(long, value_name = "FIRST..LAST", value_parser = range)]
    pub zoom: Option<(u64, u64)>,
    /// The recording that it must be: the beginning of its id, as copied links have it.
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// A theme by name, `auto`, or a path to one.
    #[arg(long, value_name = "THEME")]
    pub theme: Option<String>,
    /// A preset of keys: default, vim, k9s or perfetto.
    #[arg(long, value_name = "PRESET")]
    pub keys: Option<String>,
    /// When to use colours; by default as config.toml, NO_COLOR, CLICOLOR_FORCE and CLICOLOR say.
    #[arg(long, value_enum)]
    pub color: Option<ColorWhen>,
    /// Carry out a script before the first frame: ':goto 412; :filter kind=deploy; keys ] l'; @FILE reads it from a file.
    #[arg(long, value_name = "SCRIPT")]
    pub exec: Option<String>,
    /// How operations are printed where the output is no terminal; of `tail` JSON is an object a line.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// No screen: commands are read from standard input, a line each, and answered in words.
    #[arg(long)]
    pub plain: bool,
    /// Draw with ASCII only.
    #[arg(long)]
    pub ascii: bool,
    /// Leave the mouse to the terminal.
    #[arg(long)]
    pub no_mouse: bool,
    /// Open at the end, not where the recording was left last time.
    #[arg(long)]
    pub no_restore: bool,
}

/// What to do with the settings.
#[derive(Debug, Clone, Copy, Args)]
pub struct ConfigArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: ConfigAction,
}

/// What to do with the settings.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigAction {
    /// Read every file of them; exit 1 where one cannot be used, with its line and what is wrong there.
    Check,
}

/// The first and the last number of a range of operations.
fn range(text: &str) -> Result<(u64, u64), String> {
    let number = |text: &str| text.strip_prefix('#').unwrap_or(text).parse::<u64>().ok();
    let ends = text.split_once("..").and_then(|(first, last)| Some((number(first)?, number(last)?)));
    ends.filter(|(first, last)| first <= last).ok_or_else(|| "write the first and the last: '#310..#498'".to_owned())
}

/// A view by its name.
fn pane(word: &str) -> Result<Pane, String> {
    let words = || VIEWS.iter().map(|view| view.word);
    Pane::named(word).ok_or_else(|| match nearest(word, words()) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("the views are {}", words().collect::<Vec<_>>().join(", ")),
    })
}
