//! Opens the debugger on a recording.

use std::env;
use std::io::{self, IsTerminal};
use std::sync::Arc;

use clap::ValueEnum;

use crate::cli::exit::Exit;
use crate::cli::format::Format;
use crate::cli::moment_servers::RecordingServers;
use crate::cli::operations::follow::print_growing;
use crate::cli::operations::print::{PrintOptions, print};
use crate::cli::operations::range::OperationRange;
use crate::cli::paths::Paths;
use crate::cli::settings::Settings;
use crate::cli::target::Target;
use crate::cli::{follow, interrupt, source};
use kuberewind_model::{Error, ErrorKind, Result, Seq, SystemClock};
use kuberewind_session::{OpenRecording, Source};
use kuberewind_text::shell_quote;
use kuberewind_tui::clipboard::{Clipboard, ClipboardEnvironment};
use kuberewind_tui::worker::RecordingLocation;
use kuberewind_tui::{ColorChoice, ColorSettings, Options};

/// `--color`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorWhen {
    /// If the terminal, NO_COLOR, CLICOLOR_FORCE and CLICOLOR allow it
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The debugger on one recording, not yet open.
pub struct Debugger<'a> {
    target: &'a Target,
    /// The beginning of the id that the recording must have.
    id: Option<&'a str>,
    pub options: Options,
}

impl<'a> Debugger<'a> {
    /// Takes the options from the settings and the environment.
    pub fn new(target: &'a Target, id: Option<&'a str>, keys: Option<&str>, color: Option<ColorWhen>) -> Result<Debugger<'a>> {
        let paths = Paths::find()?;
        let settings = Settings::read(&paths, keys)?;
        Ok(Debugger { target, id, options: options(target, settings, &paths, color) })
    }

    /// Runs without a screen: reads commands from stdin and prints the answers.
    pub fn run_plain(mut self) -> Result<Exit> {
        let source = self.open_source()?;
        kuberewind_tui::run_plain(&self.options, source, &mut io::stdin().lock(), &mut io::stdout().lock())?;
        Ok(Exit::Done)
    }

    /// Runs on the terminal. If stdout is not a terminal, prints the operations in `format`.
    pub fn run(mut self, format: Format) -> Result<Exit> {
        let source = self.open_source()?;
        let options = &self.options;
        if !io::stdout().is_terminal() {
            let print_options = PrintOptions { filter: options.filter.as_deref(), logs: options.logs, format, limit: None };
            let (session, at) = (options.session.as_deref(), options.at.as_ref());
            if options.follow {
                return print_growing(source, &self.target.path, (session, at), print_options);
            }
            let mut recording = OpenRecording::new(source, session)?;
            let mut to = recording.lineage().last();
            if let Some(at) = at {
                let found = recording.find(at, false)?;
                recording.look_at_number(found.session)?;
                to = found.at;
            }
            return print(&recording, OperationRange { from: Seq::START, to }, print_options);
        }
        if !io::stdin().is_terminal() {
            return Err(Error::new(ErrorKind::Invalid, "cannot open the debugger: standard input is not a terminal").hint(
                "read commands from standard input with --plain, or print with `kuberewind replay`, `show`, `diff`, `sessions`",
            ));
        }
        if options.follow {
            // The terminal is still unchanged, so ctrl-c may end the program here.
            follow::wait_for_session(&*source, &self.target.path, &|| false)?;
        }
        interrupt::leave_to_debugger();
        Ok(match kuberewind_tui::run(self.options, source)? {
            kuberewind_tui::Exit::Quit { .. } => Exit::Done,
            kuberewind_tui::Exit::Signal(number) => Exit::Code(128_u8.saturating_add(u8::try_from(number).unwrap_or(0))),
        })
    }

    fn open_source(&mut self) -> Result<Box<dyn Source>> {
        let path = &self.target.path;
        let source = source::open_quietly(path)?;
        let id = source.recording()?.id;
        check_id(self.target, self.id, &id)?;
        // One file for each recording, independent of its name.
        self.options.memory = self.options.memory.take().map(|folder| folder.join(format!("{id}.json")));
        self.options.location = Some(RecordingLocation { path: source::recording_path(path)?, options: source::open_options()? });
        self.options.servers = Some(Arc::new(RecordingServers::of(path)));
        Ok(source)
    }
}

fn options(target: &Target, settings: Settings, paths: &Paths, color: Option<ColorWhen>) -> Options {
    let Settings { config, keymap, themes } = settings;
    let title =
        target.path.file_name().map_or_else(|| target.path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let mut options = Options::new(title, Arc::new(SystemClock::start()));
    options.command = format!("kuberewind {}", shell_quote(&target.path.display().to_string()));
    options.session.clone_from(&target.session);
    options.depth = ColorSettings { config: config.color, depth: config.depth, ..color_from_environment(color) }.depth();
    options.ascii = config.ascii.unwrap_or_else(is_ascii_locale);
    options.mouse = config.mouse;
    options.time = config.time;
    options.theme = config.theme;
    options.pair = config.themes;
    options.themes = themes;
    options.keymap = keymap;
    options.clipboard =
        Clipboard { target: config.clipboard, environment: clipboard_environment(), file: Some(paths.state.join("copied.txt")) };
    options.memory = config.restore.then(|| paths.state.join("recordings"));
    options
}

/// Fails if the recording does not have the id of the link: another recording may have taken its file name.
fn check_id(target: &Target, wanted: Option<&str>, id: &str) -> Result<()> {
    match wanted {
        Some(wanted) if !id.starts_with(&wanted.to_lowercase()) => {
            let short: String = id.chars().take(12).collect();
            let step = format!("{} is recording {short}, but the link is for {wanted}", target.path.display());
            Err(Error::new(ErrorKind::Invalid, step).hint("leave out --id to open it nevertheless"))
        }
        _ => Ok(()),
    }
}

fn color_from_environment(color: Option<ColorWhen>) -> ColorSettings {
    let read = |name| env::var(name).ok();
    ColorSettings {
        flag: color.map(|color| match color {
            ColorWhen::Auto => ColorChoice::Auto,
            ColorWhen::Always => ColorChoice::Always,
            ColorWhen::Never => ColorChoice::Never,
        }),
        config: None,
        depth: None,
        terminal: io::stdout().is_terminal(),
        no_color: read("NO_COLOR"),
        force: read("CLICOLOR_FORCE"),
        cli_color: read("CLICOLOR"),
        color_term: read("COLORTERM"),
        term: read("TERM"),
    }
}

fn clipboard_environment() -> ClipboardEnvironment {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    ClipboardEnvironment {
        ssh: is_set("SSH_TTY") || is_set("SSH_CONNECTION"),
        tmux: is_set("TMUX"),
        wayland: is_set("WAYLAND_DISPLAY"),
        x11: is_set("DISPLAY"),
        path: env::var_os("PATH").unwrap_or_default(),
    }
}

/// True for the locales C and POSIX, which guarantee ASCII only.
fn is_ascii_locale() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()));
    matches!(locale.as_deref(), Some("C" | "POSIX"))
}
