//! Whether the terminal's background is dark or light.

use std::time::Duration;

use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};

/// How long the terminal may take to answer. One that answers nothing at all costs this much once; over a slow link an
/// answer that came later would be read as keys, so it is not too short.
const PATIENCE: Duration = Duration::from_millis(800);

/// What lies behind the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    /// Dark.
    Dark,
    /// Light.
    Light,
}

/// Asks the terminal (OSC 10 and 11). `None` where it does not say. To be asked before the terminal is taken over and
/// before anything else reads from it; a terminal that calls itself dumb is not asked.
#[must_use]
pub fn ask() -> Option<Background> {
    let mut options = QueryOptions::default();
    options.timeout = PATIENCE;
    match theme_mode(options) {
        Ok(ThemeMode::Light) => Some(Background::Light),
        Ok(ThemeMode::Dark) => Some(Background::Dark),
        // A terminal that cannot tell is no failure.
        Err(_) => None,
    }
}
