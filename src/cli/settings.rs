//! The settings of the debugger: `config.toml`, `keys.toml` and `themes/` in the folder of settings.

use std::path::{Path, PathBuf};

use crate::cli::Paths;
use crate::tui::config::Config;
use crate::tui::keys::Keymap;
use crate::tui::theme::Themes;
use kuberewind_model::{Error, ErrorKind, Result};

/// All of them.
pub struct Settings {
    /// `config.toml`, or what holds where there is none.
    pub config: Config,
    /// The keys: the preset, changed by `keys.toml`.
    pub keymap: Keymap,
    /// The themes that can be named.
    pub themes: Themes,
}

/// The file of settings.
pub fn config_file(paths: &Paths) -> PathBuf {
    paths.config.join("config.toml")
}

/// The file of keys.
pub fn keys_file(paths: &Paths) -> PathBuf {
    paths.config.join("keys.toml")
}

/// Reads `config.toml`.
///
/// # Errors
/// Where it is there and cannot be read: file, line and what is wrong.
pub fn config(paths: &Paths) -> Result<Config> {
    let path = config_file(paths);
    match read(&path)? {
        Some(text) => Config::parse(&path.display().to_string(), &text),
        None => Ok(Config::default()),
    }
}

/// Reads `keys.toml` on top of a preset.
///
/// # Errors
/// Where there is no such preset, or as [`config`].
pub fn keymap(paths: &Paths, preset: &str) -> Result<Keymap> {
    let path = keys_file(paths);
    let preset = Keymap::preset(preset)?;
    match read(&path)? {
        Some(text) => preset.with(&path.display().to_string(), &text),
        None => Ok(preset),
    }
}

/// The themes beside them.
pub fn themes(paths: &Paths) -> Themes {
    Themes::new(Some(paths.config.join("themes")))
}

impl Settings {
    /// Reads everything; `preset` goes before what `config.toml` names.
    ///
    /// # Errors
    /// As [`config`] and [`keymap`]: a mistake is told before anything is opened.
    pub fn read(paths: &Paths, preset: Option<&str>) -> Result<Settings> {
        let config = config(paths)?;
        let keymap = keymap(paths, preset.unwrap_or(&config.preset))?;
        Ok(Settings { config, keymap, themes: themes(paths) })
    }
}

/// A file's text; `None` where there is no file.
fn read(path: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::new(ErrorKind::Io, format!("cannot read {}", path.display())).because(error)),
    }
}
