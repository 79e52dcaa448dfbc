//! The user's settings: `config.toml`. Every setting has a default; flags override settings.

use serde::Deserialize;

use kuberewind_model::{Error, ErrorKind, Result};

use super::clipboard::ClipboardTarget;
use super::color_settings::ColorChoice;
use super::state::TimeStyle;
use super::theme::{Background, Depth};

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// A theme by name or path; `auto` queries the terminal and selects one of [`Config::themes`].
    pub theme: String,
    /// The themes for `auto`.
    pub themes: ThemePair,
    /// The preset that `keys.toml` changes.
    pub preset: String,
    /// Enables or disables colours; overrides `NO_COLOR` and `CLICOLOR`.
    pub color: Option<ColorChoice>,
    /// The number of colours, if `COLORTERM` does not state it (it is often lost over SSH).
    pub depth: Option<Depth>,
    /// Draws borders and bars with ASCII characters [default: from the locale].
    pub ascii: Option<bool>,
    pub mouse: bool,
    /// The initial time style.
    pub time: TimeStyle,
    /// Opens a recording at the position where the user left it.
    pub restore: bool,
    /// The destination of copied text.
    pub clipboard: ClipboardTarget,
}

/// The themes for a dark, a light and an unknown background.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ThemePair {
    pub dark: String,
    pub light: String,
    /// For a terminal that does not report its background; readable on both.
    pub unknown: String,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            theme: "auto".to_owned(),
            themes: ThemePair::default(),
            preset: "default".to_owned(),
            color: None,
            depth: None,
            ascii: None,
            mouse: true,
            time: TimeStyle::Relative,
            restore: true,
            clipboard: ClipboardTarget::Auto,
        }
    }
}

impl Default for ThemePair {
    fn default() -> ThemePair {
        ThemePair { dark: "dark".to_owned(), light: "light".to_owned(), unknown: "sixteen".to_owned() }
    }
}

impl ThemePair {
    /// Selects the theme for a background.
    #[must_use]
    pub fn on(&self, background: Option<Background>) -> &str {
        match background {
            Some(Background::Dark) => &self.dark,
            Some(Background::Light) => &self.light,
            None => &self.unknown,
        }
    }
}

impl Config {
    /// Parses the text of a file. Errors call the file `name`.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] with file, line and reason.
    pub fn parse(name: &str, text: &str) -> Result<Config> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1);
            Error::new(ErrorKind::Invalid, format!("{name}:{line}: {}", error.message().replace('\n', " ")))
                .hint("the README lists the settings")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_settings_have_defaults() {
        assert_eq!(Config::parse("config.toml", "").unwrap(), Config::default());
        let text = "theme = 'light'\npreset = 'k9s'\ndepth = '256'\ncolor = 'never'\ntime = 'clock'\nmouse = false\n\
                    clipboard = 'osc52'\n[themes]\ndark = 'mine'";
        let config = Config::parse("config.toml", text).unwrap();
        assert_eq!((config.theme.as_str(), config.preset.as_str(), config.mouse), ("light", "k9s", false));
        assert_eq!((config.depth, config.color), (Some(Depth::Indexed), Some(ColorChoice::Never)));
        assert_eq!((config.time, config.clipboard, config.restore), (TimeStyle::Clock, ClipboardTarget::Osc52, true));
        let on = |background| config.themes.on(background).to_owned();
        assert_eq!(
            (on(Some(Background::Dark)), on(Some(Background::Light)), on(None)),
            ("mine".into(), "light".into(), "sixteen".into())
        );
    }

    #[test]
    fn errors_name_the_line() {
        for (text, message) in [
            ("\nthme = 'dark'", "config.toml:2: unknown field `thme`"),
            ("depth = 'many'", "config.toml:1: unknown variant `many`"),
            ("mouse = 'yes'", "config.toml:1: invalid type"),
            ("theme = ", "config.toml:1:"),
        ] {
            let error = Config::parse("config.toml", text).unwrap_err();
            assert!(error.chain().starts_with(message), "{}", error.chain());
        }
    }
}
