//! `kuberewind config`

use clap::{Args, Subcommand};

use crate::cli::exit::Exit;
use crate::cli::paths::Paths;
use crate::cli::{output, settings};
use kuberewind_model::{Error, Result};
use kuberewind_tui::theme::Depth;

#[derive(Debug, Clone, Copy, Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    action: ConfigAction,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum ConfigAction {
    /// Read all settings files; exit with 1 and print file, line and error if one is invalid
    Check,
}

pub fn run(args: ConfigArgs) -> Result<Exit> {
    match args.action {
        ConfigAction::Check => check(&Paths::find()?),
    }
}

/// Reads every settings file and prints the result of each.
fn check(paths: &Paths) -> Result<Exit> {
    let mut lines = Vec::new();
    let mut is_valid = true;
    let mut report = |name: String, outcome: Option<Result<String>>| {
        lines.push(match outcome {
            None => format!("{name}: does not exist"),
            Some(Ok(text)) => format!("{name}: {text}"),
            Some(Err(error)) => {
                is_valid = false;
                error_text(&name, &error)
            }
        });
    };
    let themes = settings::themes(paths);
    let file = settings::config_file(paths);
    let config = settings::config(paths);
    let preset = config.as_ref().map_or_else(|_| "default".to_owned(), |config| config.preset.clone());
    let checked = config.and_then(|config| {
        let names = [&config.theme, &config.themes.dark, &config.themes.light, &config.themes.unknown];
        for name in names.into_iter().filter(|name| *name != "auto") {
            themes.load(name, Depth::True)?;
        }
        Ok("valid".to_owned())
    });
    report(file.display().to_string(), file.exists().then_some(checked));
    let file = settings::keys_file(paths);
    let keymap = settings::keymap(paths, &preset).map(|keymap| {
        let name = file.display().to_string();
        let count = keymap.bound().iter().filter(|bound| bound.origin.starts_with(&name)).count();
        format!("valid, changes {} of the preset {preset}", kuberewind_text::counted_len(count, "key"))
    });
    if keymap.is_err() || file.exists() {
        report(file.display().to_string(), Some(keymap));
    } else {
        report(file.display().to_string(), None);
    }
    let mut files = themes.files();
    files.sort();
    for path in files {
        let name = path.display().to_string();
        let theme = themes.load(&name, Depth::True).map(|theme| format!("valid, theme {}", theme.name()));
        report(name, Some(theme));
    }
    output::print(&format!("{}\n", lines.join("\n")))?;
    Ok(if is_valid { Exit::Done } else { Exit::Negative })
}

/// Adds the file name to an error that lacks it.
fn error_text(name: &str, error: &Error) -> String {
    let chain = error.chain();
    let text = if chain.contains(name) { chain } else { format!("{name}: {chain}") };
    match error.hint_text() {
        Some(hint) => format!("{text}\n  hint: {hint}"),
        None => text,
    }
}
