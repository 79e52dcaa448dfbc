//! Decides if colours are used, and how many.

use serde::Deserialize;

use super::theme::Depth;

/// The flag, settings and environment variables that decide about colours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColorSettings {
    /// `--color`.
    pub flag: Option<ColorChoice>,
    /// `color` in `config.toml`.
    pub config: Option<ColorChoice>,
    /// `depth` in `config.toml`.
    pub depth: Option<Depth>,
    /// True if standard output is a terminal.
    pub terminal: bool,
    /// `NO_COLOR`.
    pub no_color: Option<String>,
    /// `CLICOLOR_FORCE`.
    pub force: Option<String>,
    /// `CLICOLOR`.
    pub cli_color: Option<String>,
    /// `COLORTERM`.
    pub color_term: Option<String>,
    /// `TERM`.
    pub term: Option<String>,
}

/// The values of `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColorChoice {
    /// Colours regardless of the environment.
    Always,
    Never,
    /// The environment decides.
    Auto,
}

impl ColorSettings {
    /// The number of colours. The first of these that is set decides whether there are any: `--color`, `color` in `config.toml`,
    /// `NO_COLOR` (not empty), `CLICOLOR_FORCE` (neither empty nor 0), `CLICOLOR=0`. Otherwise, colours need a terminal other than
    /// `TERM=dumb`. The number comes from `depth` in `config.toml`, else from `COLORTERM`, else from `TERM`.
    #[must_use]
    pub fn depth(&self) -> Depth {
        let set = |value: &Option<String>| value.as_ref().is_some_and(|value| !value.is_empty());
        let term = self.term.as_deref().unwrap_or("");
        let able = self.depth.unwrap_or(match self.color_term.as_deref() {
            Some("truecolor" | "24bit") => Depth::True,
            _ if term.contains("256color") => Depth::Indexed,
            _ => Depth::Sixteen,
        });
        for choice in [self.flag, self.config].into_iter().flatten() {
            match choice {
                ColorChoice::Always => return able,
                ColorChoice::Never => return Depth::None,
                ColorChoice::Auto => {}
            }
        }
        if set(&self.no_color) {
            return Depth::None;
        }
        let forced = set(&self.force) && self.force.as_deref() != Some("0");
        let refused = self.cli_color.as_deref() == Some("0") || !self.terminal || term == "dumb";
        if refused && !forced { Depth::None } else { able }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_settings_and_environment_decide_in_order() {
        let on = |text: &str| Some(text.to_owned());
        let base =
            ColorSettings { term: on("xterm-256color"), color_term: on("truecolor"), terminal: true, ..ColorSettings::default() };
        assert_eq!(base.depth(), Depth::True);
        let plain = ColorSettings { no_color: on("1"), force: on("1"), ..base.clone() };
        assert_eq!(plain.depth(), Depth::None, "NO_COLOR goes before CLICOLOR_FORCE");
        let config = ColorSettings { config: Some(ColorChoice::Always), ..plain.clone() };
        assert_eq!(config.depth(), Depth::True, "the settings go before NO_COLOR");
        assert_eq!(
            ColorSettings { flag: Some(ColorChoice::Never), ..config }.depth(),
            Depth::None,
            "a flag goes before the settings"
        );
        assert_eq!(ColorSettings { flag: Some(ColorChoice::Always), ..plain.clone() }.depth(), Depth::True);
        assert_eq!(ColorSettings { flag: Some(ColorChoice::Auto), ..plain }.depth(), Depth::None, "auto decides nothing");
        assert_eq!(ColorSettings { no_color: on(""), color_term: None, ..base.clone() }.depth(), Depth::Indexed);
        assert_eq!(ColorSettings { term: on("dumb"), color_term: None, ..base.clone() }.depth(), Depth::None);
        let forced = ColorSettings { term: on("linux"), color_term: None, cli_color: on("0"), force: on("1"), ..base.clone() };
        assert_eq!(forced.depth(), Depth::Sixteen);
        assert_eq!(ColorSettings { force: on("0"), ..forced }.depth(), Depth::None);
        assert_eq!(ColorSettings { terminal: false, ..base.clone() }.depth(), Depth::None);
        assert_eq!(ColorSettings { terminal: false, force: on("1"), ..base.clone() }.depth(), Depth::True);
        // SSH often loses COLORTERM; the settings can state the depth.
        let lost = ColorSettings { color_term: None, depth: Some(Depth::True), ..base };
        assert_eq!(lost.depth(), Depth::True);
    }
}
