//! The settings of the debugger: `config.toml`, `keys.toml` and `themes/`.

use std::path::{Path, PathBuf};

use crate::cli::paths::Paths;
use kuberewind_model::{Error, ErrorKind, Result};
use kuberewind_tui::config::Config;
use kuberewind_tui::keys::Keymap;
use kuberewind_tui::theme::Themes;

pub struct Settings {
    /// `config.toml`, or the defaults.
    pub config: Config,
    /// The preset with the changes of `keys.toml`.
    pub keymap: Keymap,
    pub themes: Themes,
}

pub fn config_file(paths: &Paths) -> PathBuf {
    paths.config.join("config.toml")
}

pub fn keys_file(paths: &Paths) -> PathBuf {
    paths.config.join("keys.toml")
}

/// Reads `config.toml`. Errors name the file and the line.
pub fn config(paths: &Paths) -> Result<Config> {
    let path = config_file(paths);
    match read(&path)? {
        Some(text) => Config::parse(&path.display().to_string(), &text),
        None => Ok(Config::default()),
    }
}

/// Reads a preset with the changes of `keys.toml`. Errors name the file and the line.
pub fn keymap(paths: &Paths, preset: &str) -> Result<Keymap> {
    let path = keys_file(paths);
    let preset = Keymap::preset(preset)?;
    match read(&path)? {
        Some(text) => preset.with(&path.display().to_string(), &text),
        None => Ok(preset),
    }
}

/// Returns the built-in themes and those of the folder `themes/`.
pub fn themes(paths: &Paths) -> Themes {
    Themes::new(Some(paths.config.join("themes")))
}

impl Settings {
    /// Reads all settings. `preset` overrides the preset of `config.toml`.
    pub fn read(paths: &Paths, preset: Option<&str>) -> Result<Settings> {
        let config = config(paths)?;
        let keymap = keymap(paths, preset.unwrap_or(&config.preset))?;
        Ok(Settings { config, keymap, themes: themes(paths) })
    }
}

/// Returns the text of a file, or `None` if the file does not exist.
fn read(path: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::new(ErrorKind::Io, format!("cannot read {}", path.display())).because(error)),
    }
}
