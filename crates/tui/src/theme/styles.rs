//! A loaded theme: the style of each role.

use std::path::PathBuf;

use ratatui::style::Style;

use kuberewind_model::Result;

use super::color::Depth;
use super::look::Look;
use super::roles::{Role, Roles};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    name: String,
    light: bool,
    files: Vec<PathBuf>,
    styles: Roles<Style>,
}

impl Theme {
    pub(super) fn new(
        name: String,
        light: bool,
        files: Vec<PathBuf>,
        looks: &Roles<Option<Look>>,
        depth: Depth,
    ) -> Result<Theme> {
        let styles = looks.try_map(|look| look.as_ref().map_or(Ok(Style::default()), |look| look.style(depth)))?;
        Ok(Theme { name, light, files, styles })
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns true for a theme for light backgrounds.
    #[must_use]
    pub fn is_light(&self) -> bool {
        self.light
    }

    /// Returns the files that the theme was read from: none for a built-in theme.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        *self.styles.get(role)
    }
}
