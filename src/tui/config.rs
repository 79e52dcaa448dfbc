//! The user's settings: `config.toml`. Everything has a default; flags go before settings.

use serde::Deserialize;

use kuberewind_model::{Error, ErrorKind, Result};

use super::clipboard::ClipboardTarget;
use super::color_settings::ColorChoice;
use super::state::TimeStyle;
use super::theme::{Background, Depth};

/// The settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// A theme by name or path; `auto` asks the terminal and takes one of [`Config::themes`].
    pub theme: String,
    /// What `auto` chooses from.
    pub themes: ThemePair,
    /// The preset of keys that `keys.toml` builds on.
    pub preset: String,
    /// Whether there are colours; goes before `NO_COLOR` and its like.
    pub color: Option<ColorChoice>,
    /// How many colours the terminal has, where it does not say so itself (`COLORTERM` is often lost over SSH).
    pub depth: Option<Depth>,
    /// Whether frames and bars are drawn with plain characters; where nothing is said, the locale decides.
    pub ascii: Option<bool>,
    /// Whether the mouse is used.
    pub mouse: bool,
    /// How times are shown at first.
    pub time: TimeStyle,
    /// Whether a recording opens where it was left.
    pub restore: bool,
    /// Which way copied text takes.
    pub clipboard: ClipboardTarget,
}

/// The themes for a dark, a light and an unknown background.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ThemePair {
    /// For a dark one.
    pub dark: String,
    /// For a light one.
    pub light: String,
    /// Where the terminal does not say: one that can be read on both.
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
    /// The theme for a background.
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
    /// Reads a file's text; the file is called `name` in errors.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] with file, line and what is wrong there.
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
    fn a_file_says_only_what_differs() {
        assert_eq!(Config::parse("config.toml", "").unwrap(), Config::default());
        let text = "theme = 'light'\npreset = 'k9s'\ndepth = '256'\ncolor = 'never'\ntime = 'clock'\nmouse = false\n\
                    clipboard = 'osc52'\n[themes]\ndark = 'mine'";
        let config = Config::parse("config.toml", text).unwrap();
        assert_eq!((config.theme.as_str(), config.preset.as_str(), config.mouse), ("light", "k9s", false));
        assert_eq!((config.depth, config.color), (Some(Depth::Indexed), Some(ColorChoice::Never)));
        assert_eq!((config.time, config.clipboard, config.restore), (TimeStyle::Clock, Way::Osc52, true));
        let on = |background| config.themes.on(background).to_owned();
        assert_eq!(
            (on(Some(Background::Dark)), on(Some(Background::Light)), on(None)),
            ("mine".into(), "light".into(), "sixteen".into())
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, said) in [
            ("\nthme = 'dark'", "config.toml:2: unknown field `thme`"),
            ("depth = 'many'", "config.toml:1: unknown variant `many`"),
            ("mouse = 'yes'", "config.toml:1: invalid type"),
            ("theme = ", "config.toml:1:"),
        ] {
            let error = Config::parse("config.toml", text).unwrap_err();
            assert!(error.chain().starts_with(said), "{}", error.chain());
        }
    }
}
