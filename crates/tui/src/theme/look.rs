//! The look of a role in a theme file.

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use kuberewind_model::Result;

use super::color::{self, Depth};

#[derive(Debug, Deserialize, Clone, Default, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Look {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reversed: bool,
}

impl Look {
    /// Converts to a style with the colours of a terminal.
    ///
    /// # Errors
    /// When a colour is not valid.
    pub(super) fn style(&self, depth: Depth) -> Result<Style> {
        let mut style = Style::default();
        if let Some(fg) = &self.fg {
            style.fg = color::parse(fg, depth)?;
        }
        if let Some(bg) = &self.bg {
            style.bg = color::parse(bg, depth)?;
            // A tint that sixteen colours cannot show, or only as dark grey, which terminals show too differently for any text
            // on it. If it is the only attribute, the row is reversed instead.
            if matches!((style.bg, depth), (None, _) | (Some(Color::DarkGray), Depth::Sixteen)) && self.fg.is_none() {
                style.bg = None;
                style = style.add_modifier(Modifier::REVERSED);
            }
        }
        let modifiers = [
            (self.bold, Modifier::BOLD),
            (self.dim, Modifier::DIM),
            (self.italic, Modifier::ITALIC),
            (self.underline, Modifier::UNDERLINED),
            (self.reversed, Modifier::REVERSED),
        ];
        Ok(modifiers.into_iter().filter(|(on, _)| *on).fold(style, |style, (_, modifier)| style.add_modifier(modifier)))
    }
}
