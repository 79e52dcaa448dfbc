//! `kuberewind config`

use crate::cli::args::{ConfigAction, ConfigArgs};
use crate::cli::{Exit, Paths, output, settings};
use crate::tui::theme::Depth;
use kuberewind_model::{Error, Result};

/// Checks the settings.
pub fn run(args: ConfigArgs) -> Result<Exit> {
    match args.action {
        ConfigAction::Check => check(&Paths::find()?),
    }
}

/// Reads every file that there is, and says of each whether it can be used.
fn check(paths: &Paths) -> Result<Exit> {
    let mut lines = Vec::new();
    let mut sound = true;
    let mut tell = |name: String, outcome: Option<Result<String>>| {
        lines.push(match outcome {
            None => format!("{name}: not there"),
            Some(Ok(words)) => format!("{name}: {words}"),
            Some(Err(error)) => {
                sound = false;
                refused(&name, &error)
            }
        });
    };
    let themes = settings::themes(paths);
    let file = settings::config_file(paths);
    let config = settings::config(paths);
    let preset = config.as_ref().map_or_else(|_| "default".to_owned(), |config| config.preset.clone());
    let used = config.and_then(|config| {
        let names = [&config.theme, &config.themes.dark, &config.themes.light, &config.themes.unknown];
        for name in names.into_iter().filter(|name| *name != "auto") {
            themes.load(name, Depth::True)?;
        }
        Ok("sound".to_owned())
    });
    tell(file.display().to_string(), file.exists().then_some(used));
    let file = settings::keys_file(paths);
    let keymap = settings::keymap(paths, &preset).map(|keymap| {
        let of_file = file.display().to_string();
        let own = keymap.bound().iter().filter(|bound| bound.origin.starts_with(&of_file)).count();
        format!("sound, {own} keys of its own on top of the preset {preset}")
    });
    if keymap.is_err() || file.exists() {
        tell(file.display().to_string(), Some(keymap));
    } else {
        tell(file.display().to_string(), None);
    }
    let mut files = themes.files();
    files.sort();
    for path in files {
        let name = path.display().to_string();
        let theme = themes.load(&name, Depth::True).map(|theme| format!("sound, the theme {}", theme.name()));
        tell(name, Some(theme));
    }
    output::print(&format!("{}\n", lines.join("\n")))?;
    Ok(if sound { Exit::Done } else { Exit::Negative })
}

/// An error that names the file already is not given its name twice.
fn refused(name: &str, error: &Error) -> String {
    let chain = error.chain();
    let told = if chain.contains(name) { chain } else { format!("{name}: {chain}") };
    match error.hint_text() {
        Some(hint) => format!("{told}\n  hint: {hint}"),
        None => told,
    }
}
