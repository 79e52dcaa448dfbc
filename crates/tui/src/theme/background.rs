//! Detection of a dark or light terminal background.

use std::time::Duration;

use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};

/// The time limit for the terminal's reply. A terminal that does not reply delays the start once by this much. A shorter limit
/// is risky over a slow link: a reply after the limit would be read as keys.
const TIMEOUT: Duration = Duration::from_millis(800);

/// The brightness of the terminal's background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    Dark,
    Light,
}

/// Queries the terminal's background (OSC 10 and 11). Returns `None` if the terminal does not reply.
///
/// Call this before raw mode starts and before anything else reads from the terminal. `TERM=dumb` is not queried.
#[must_use]
pub fn detect() -> Option<Background> {
    let mut options = QueryOptions::default();
    options.timeout = TIMEOUT;
    match theme_mode(options) {
        Ok(ThemeMode::Light) => Some(Background::Light),
        Ok(ThemeMode::Dark) => Some(Background::Dark),
        // Not every terminal supports the query.
        Err(_) => None,
    }
}
