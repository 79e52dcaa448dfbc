//! `kuberewind FILE`, `kuberewind open`

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use crate::cli::completion::candidates;
use crate::cli::debugger::{ColorWhen, Debugger};
use crate::cli::exit::Exit;
use crate::cli::format::Format;
use crate::cli::recent;
use crate::cli::target::RecordingArgs;
use kuberewind_model::{Error, ErrorKind, MomentSpec, Result, Seq};
use kuberewind_query::filter::Filter;
use kuberewind_text::nearest;
use kuberewind_tui::script::{Statement, parse};
use kuberewind_tui::view::{Pane, VIEWS};

#[derive(Debug, Args)]
pub struct OpenArgs {
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// Open at this moment [default: the last position, else the end]
    #[arg(long, value_name = "MOMENT", add = ArgValueCompleter::new(candidates::moments))]
    pub at: Option<String>,
    /// Show only operations that match: 'kind=deploy and (verb==patch or code>=400)'. Same language as `f` in the debugger
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<String>,
    /// Follow the session while it grows
    #[arg(long)]
    pub follow: bool,
    /// Show log lines between the operations
    #[arg(long)]
    pub logs: bool,
    /// Focus this view: timeline, diff, state, why, …
    #[arg(long, value_name = "VIEW", value_parser = parse_pane)]
    pub pane: Option<Pane>,
    /// Show these operations in the minimap: '#310..#498'
    #[arg(long, value_name = "FIRST..LAST", value_parser = parse_range)]
    pub zoom: Option<(u64, u64)>,
    /// Refuse a recording whose id does not start with ID, as in copied links
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// Use this theme: a name, `auto`, or a path [default: from config.toml]
    #[arg(long, value_name = "THEME")]
    pub theme: Option<String>,
    /// Use this key preset: default, vim, k9s or perfetto [default: from config.toml]
    #[arg(long, value_name = "PRESET")]
    pub keys: Option<String>,
    /// Use colors [default: from config.toml, NO_COLOR, CLICOLOR_FORCE and CLICOLOR]
    #[arg(long, value_enum)]
    pub color: Option<ColorWhen>,
    /// Run a script before the first frame: ':goto 412; :filter kind=deploy; keys ] l'. Read it from a file with @FILE
    #[arg(long, value_name = "SCRIPT")]
    pub exec: Option<String>,
    /// Print operations in this format if stdout is not a terminal. JSON of `tail` is one object per line
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Run without a screen: read commands from standard input, one per line, and answer in text
    #[arg(long)]
    pub plain: bool,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub ascii: bool,
    /// Leave the mouse to the terminal
    #[arg(long)]
    pub no_mouse: bool,
    /// Open at the end instead of the last position
    #[arg(long)]
    pub no_restore: bool,
}

impl OpenArgs {
    /// True if neither the command line nor the environment names a recording or a session.
    pub fn names_nothing(&self) -> bool {
        let database = &self.recording.database;
        self.recording.file.is_none() && database.database.is_none() && database.session.is_none()
    }
}

pub fn run(args: &OpenArgs) -> Result<Exit> {
    let target = args.recording.target()?;
    recent::remember(&target.path);
    let mut debugger = Debugger::new(&target, args.id.as_deref(), args.keys.as_deref(), args.color)?;
    let options = &mut debugger.options;
    let moment = args.at.as_deref().or(target.moment.as_deref());
    options.at = moment.map(MomentSpec::parse).transpose()?;
    if let Some(filter) = &args.filter {
        // Report a syntax error before the screen opens.
        Filter::parse(filter)?;
        options.filter = Some(filter.clone());
    }
    options.follow = args.follow;
    options.logs = args.logs;
    options.ascii |= args.ascii;
    options.mouse &= !args.no_mouse;
    options.pane = args.pane;
    if let Some(theme) = &args.theme {
        options.theme.clone_from(theme);
    }
    if let Some(script) = &args.exec {
        options.script = read_script(script)?;
    }
    if args.no_restore {
        options.memory = None;
    }
    if let Some((first, last)) = args.zoom {
        options.zoom = Some((Seq(first), Seq(last)));
    }
    if args.plain { debugger.run_plain() } else { debugger.run(args.format) }
}

/// Parses a script, or the file after `@`.
fn read_script(script: &str) -> Result<Vec<Statement>> {
    let Some(path) = script.strip_prefix('@') else { return parse(script) };
    let failed = |error| Error::new(ErrorKind::Io, format!("cannot read the script {path}")).because(error);
    parse(&std::fs::read_to_string(path).map_err(failed)?)
}

/// Parses the first and the last number of a range of operations.
fn parse_range(text: &str) -> Result<(u64, u64), String> {
    let number = |text: &str| text.strip_prefix('#').unwrap_or(text).parse::<u64>().ok();
    let ends = text.split_once("..").and_then(|(first, last)| Some((number(first)?, number(last)?)));
    ends.filter(|(first, last)| first <= last).ok_or_else(|| "write the first and the last operation: '#310..#498'".to_owned())
}

/// Parses the name of a view.
fn parse_pane(word: &str) -> Result<Pane, String> {
    let words = || VIEWS.iter().map(|view| view.word);
    Pane::named(word).ok_or_else(|| match nearest(word, words()) {
        Some(candidate) => format!("did you mean {candidate}?"),
        None => format!("the views are {}", words().collect::<Vec<_>>().join(", ")),
    })
}
