//! `kuberewind FILE`, `open` and `tail`

use std::env;
use std::io::{self, IsTerminal};
use std::sync::Arc;

use crate::cli::args::{ColorWhen, Format, OpenArgs};
use crate::cli::commands::timeline::Linear;
use crate::cli::progress::leave_interrupts;
use crate::cli::settings::Settings;
use crate::cli::{Exit, Paths, Target, commands, opening};
use crate::session::Source;
use crate::text::quoted;
use crate::tui::clipboard::{Clipboard, ClipboardEnvironment};
use crate::tui::script::{Statement, parse};
use crate::tui::worker::RecordingLocation;
use crate::tui::{self, ColorChoice, ColorSettings, Options};
use kuberewind_model::{Error, ErrorKind, MomentSpec, Result, Seq, SystemClock};
use kuberewind_query::filter::Filter;

/// Opens the debugger. `follow` is `tail`.
pub fn run(args: &OpenArgs, follow: bool) -> Result<Exit> {
    let target = Target::resolve(&args.recording)?;
    let paths = Paths::find()?;
    let settings = Settings::read(&paths, args.keys.as_deref())?;
    let mut options = options(&target, settings, &paths, args.color);
    let moment = args.at.as_deref().or(target.moment.as_deref());
    options.at = moment.map(MomentSpec::parse).transpose()?;
    if let Some(filter) = &args.filter {
        // Read now: a mistake is shown before the screen is taken.
        Filter::parse(filter)?;
        options.filter = Some(filter.clone());
    }
    options.follow = follow || args.follow;
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
    if args.plain {
        return plain(&target, options, args.id.as_deref());
    }
    open(&target, options, args.id.as_deref(), args.format)
}

/// A script, or the file that holds it.
fn read_script(script: &str) -> Result<Vec<Statement>> {
    let Some(path) = script.strip_prefix('@') else { return parse(script) };
    let unread = |error| Error::new(ErrorKind::Io, format!("cannot read the script {path}")).because(error);
    parse(&std::fs::read_to_string(path).map_err(unread)?)
}

/// Opens the debugger with nothing but the recording.
pub fn debugger(target: &Target) -> Result<Exit> {
    let paths = Paths::find()?;
    let settings = Settings::read(&paths, None)?;
    open(target, options(target, settings, &paths, None), None, Format::Text)
}

/// What the settings and the surroundings say.
fn options(target: &Target, settings: Settings, paths: &Paths, color: Option<ColorWhen>) -> Options {
    let Settings { config, keymap, themes } = settings;
    let title =
        target.path.file_name().map_or_else(|| target.path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let mut options = Options::new(title, Arc::new(SystemClock::start()));
    options.command = format!("kuberewind {}", quoted(&target.path.display().to_string()));
    options.session.clone_from(&target.session);
    options.depth = ColorSettings { config: config.color, depth: config.depth, ..wish(color) }.depth();
    options.ascii = config.ascii.unwrap_or_else(plain_locale);
    options.mouse = config.mouse;
    options.time = config.time;
    options.theme = config.theme;
    options.pair = config.themes;
    options.themes = themes;
    options.keymap = keymap;
    options.clipboard =
        Clipboard { target: config.clipboard, environment: surroundings(), file: Some(paths.state.join("copied.txt")) };
    options.memory = config.restore.then(|| paths.state.join("recordings"));
    options
}

/// The recording, which must be the one that a link is of.
fn source(target: &Target, options: &mut Options, id: Option<&str>) -> Result<Box<dyn Source>> {
    let source = opening::quietly(&target.path)?;
    let own = source.recording()?.id;
    is_the_one(target, id, &own)?;
    // A file for each recording, whatever it is called by then.
    options.memory = options.memory.take().map(|folder| folder.join(format!("{own}.json")));
    // What was converted is read where it was converted to.
    options.location = Some(RecordingLocation { path: opening::recording_of(&target.path)?, options: opening::options()? });
    Ok(source)
}

fn plain(target: &Target, mut options: Options, id: Option<&str>) -> Result<Exit> {
    let source = source(target, &mut options, id)?;
    tui::run_plain(&options, source, &mut io::stdin().lock(), &mut io::stdout().lock())?;
    Ok(Exit::Done)
}

fn open(target: &Target, mut options: Options, id: Option<&str>, format: Format) -> Result<Exit> {
    let source = source(target, &mut options, id)?;
    // Where the output goes to a file or another program, it is the content that is wanted.
    if !io::stdout().is_terminal() {
        let (session, filter) = (options.session.as_deref(), options.filter.as_deref());
        let wish = Linear { session, at: options.at.as_ref(), filter, logs: options.logs, format };
        return if options.follow {
            commands::tail::run(source, &target.path, wish)
        } else {
            commands::timeline::linear(source, wish)
        };
    }
    if !io::stdin().is_terminal() {
        return Err(Error::new(ErrorKind::Invalid, "the debugger needs a terminal, and this is none")
            .hint("--plain reads commands from standard input; `kuberewind replay`, `show`, `diff` and `sessions` print"));
    }
    if options.follow {
        // Ctrl-c ends it: the terminal is still as it was.
        opening::await_a_session(&*source, &target.path, &|| false)?;
    }
    leave_interrupts();
    Ok(match tui::run(options, source)? {
        tui::Exit::Quit { .. } => Exit::Done,
        tui::Exit::Signal(number) => Exit::Code(128_u8.saturating_add(u8::try_from(number).unwrap_or(0))),
    })
}

/// A link leads into the recording that it was copied from, not into another that happens to lie there.
fn is_the_one(target: &Target, id: Option<&str>, own: &str) -> Result<()> {
    match id {
        Some(id) if !own.starts_with(&id.to_lowercase()) => {
            let short: String = own.chars().take(12).collect();
            let step = format!("{} is the recording {short}, but the link is of {id}", target.path.display());
            Err(Error::new(ErrorKind::Invalid, step).hint("leave out --id to open it all the same"))
        }
        _ => Ok(()),
    }
}

fn wish(color: Option<ColorWhen>) -> ColorSettings {
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

fn surroundings() -> ClipboardEnvironment {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    ClipboardEnvironment {
        ssh: set("SSH_TTY") || set("SSH_CONNECTION"),
        tmux: set("TMUX"),
        wayland: set("WAYLAND_DISPLAY"),
        x11: set("DISPLAY"),
        path: env::var_os("PATH").unwrap_or_default(),
    }
}

/// A locale that promises nothing but ASCII.
fn plain_locale() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()));
    matches!(locale.as_deref(), Some("C" | "POSIX"))
}
