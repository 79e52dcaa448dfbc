//! `kuberewind FILE`, `open` and `tail`

use std::env;
use std::io::{self, IsTerminal};
use std::sync::Arc;

use crate::cli::args::{ColorWhen, OpenArgs};
use crate::cli::{Exit, Target, opening};
use crate::model::{Error, ErrorKind, MomentSpec, Result, SystemClock};
use crate::tui::worker::Whereabouts;
use crate::tui::{self, ColorChoice, ColorWish, Options};

/// Opens the debugger. `follow` is `tail`.
pub fn run(args: &OpenArgs, follow: bool) -> Result<Exit> {
    let target = Target::resolve(&args.recording)?;
    let mut options = options(&target, &wish(args.color));
    let moment = args.at.as_deref().or(target.moment.as_deref());
    options.at = moment.map(MomentSpec::parse).transpose()?;
    options.filter.clone_from(&args.filter);
    options.follow = follow || args.follow;
    options.ascii = args.ascii || plain_locale();
    options.mouse = !args.no_mouse;
    if let Some(theme) = &args.theme {
        options.theme.clone_from(theme);
    }
    open(&target, options)
}

/// Opens the debugger with nothing but the recording.
pub fn debugger(target: &Target) -> Result<Exit> {
    open(target, options(target, &wish(ColorWhen::Auto)))
}

fn options(target: &Target, wish: &ColorWish) -> Options {
    let title =
        target.path.file_name().map_or_else(|| target.path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let mut options = Options::new(title, Arc::new(SystemClock::start()));
    options.command = format!("kuberewind {}", target.path.display());
    options.session.clone_from(&target.session);
    options.depth = wish.depth();
    options
}

fn open(target: &Target, mut options: Options) -> Result<Exit> {
    let source = opening::quietly(&target.path)?;
    options.whereabouts = Some(Whereabouts { path: target.path.clone(), options: opening::options()? });
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err(Error::new(ErrorKind::Invalid, "the debugger needs a terminal, and this is none")
            .hint("`kuberewind replay`, `show`, `diff` and `sessions` print instead"));
    }
    Ok(match tui::run(options, source)? {
        tui::Exit::Quit { .. } => Exit::Done,
        tui::Exit::Signal(number) => Exit::Code(128_u8.saturating_add(u8::try_from(number).unwrap_or(0))),
    })
}

fn wish(color: ColorWhen) -> ColorWish {
    let read = |name| env::var(name).ok();
    ColorWish {
        flag: Some(match color {
            ColorWhen::Auto => ColorChoice::Auto,
            ColorWhen::Always => ColorChoice::Always,
            ColorWhen::Never => ColorChoice::Never,
        }),
        no_color: read("NO_COLOR"),
        force: read("CLICOLOR_FORCE"),
        cli_color: read("CLICOLOR"),
        color_term: read("COLORTERM"),
        term: read("TERM"),
    }
}

/// A locale that promises nothing but ASCII.
fn plain_locale() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()));
    matches!(locale.as_deref(), Some("C" | "POSIX"))
}
