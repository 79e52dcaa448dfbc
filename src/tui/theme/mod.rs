//! Themes: TOML files of roles. Nothing on the screen has a colour of its own, only a meaning.

mod color;

use std::path::Path;

use ratatui::style::{Modifier, Style};
use serde::Deserialize;

use crate::model::{Error, ErrorKind, Result};

pub use color::Depth;

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident $field:ident;)*) => {
        /// What something on the screen means.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Role { $($(#[$doc])* $role),* }

        /// How each role looks.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Theme {
            name: String,
            $($field: Style,)*
        }

        #[derive(Deserialize, Default, Clone)]
        #[serde(deny_unknown_fields)]
        struct Roles { $($field: Option<Look>,)* }

        impl Theme {
            /// How a role looks.
            #[must_use]
            pub fn style(&self, role: Role) -> Style {
                match role { $(Role::$role => self.$field),* }
            }

            fn made(name: String, roles: &Roles, base: Option<&Theme>, depth: Depth) -> Result<Theme> {
                Ok(Theme { name, $($field: match &roles.$field {
                    Some(look) => look.style(depth)?,
                    None => base.map(|base| base.$field).unwrap_or_default(),
                },)* })
            }
        }
    };
}

roles! {
    /// Ordinary text.
    Text text;
    /// Beside the point.
    Muted muted;
    /// Barely there: rulers, placeholders.
    Faint faint;
    /// Headings.
    Heading heading;
    /// What one is to notice first.
    Accent accent;
    /// Frames.
    Border border;
    /// The frame that has the focus.
    Focus focus;
    /// The row one stands on, where the keys go.
    Selection selection;
    /// The row one stands on, elsewhere.
    Resting resting;
    /// Only in the new state.
    Added added;
    /// Only in the old state.
    Removed removed;
    /// Another value.
    Changed changed;
    /// The words that differ.
    Emphasis emphasis;
    /// Something failed.
    Error error;
    /// Something to know.
    Notice notice;
    /// A call that asks for a change.
    Write write;
    /// A get or a list.
    Read read;
    /// A delivery.
    Watch watch;
    /// A reconcile.
    Reconcile reconcile;
    /// A key of a tree.
    Key key;
    /// A text in a tree.
    String string;
    /// A number in a tree.
    Number number;
    /// `true`, `false`, `null`.
    Word word;
    /// Following a recording.
    Live live;
    /// Not following it.
    Paused paused;
    /// A recording that has ended.
    Replay replay;
    /// A bookmark or mark.
    Bookmark bookmark;
    /// A key in the line of hints.
    Hint hint;
    /// What a search found.
    Match r#match;
}

/// The themes that come with the program.
const BUILT_IN: &[(&str, &str)] = &[
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    /// A theme that comes with the program, for the roles that are left out.
    base: Option<String>,
    #[serde(default)]
    roles: Roles,
}

#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields, default)]
struct Look {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reversed: bool,
}

impl Look {
    fn style(&self, depth: Depth) -> Result<Style> {
        let mut style = Style::default();
        if let Some(fg) = &self.fg {
            style.fg = color::parse(fg, depth)?;
        }
        if let Some(bg) = &self.bg {
            style.bg = color::parse(bg, depth)?;
            // A tint that sixteen colours cannot give: where it is all there is, the row is turned over instead.
            if style.bg.is_none() && self.fg.is_none() {
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

impl Theme {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of the themes that come with the program.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// A theme that comes with the program, or the file at a path. Without colours it is always `mono`.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] where there is neither; [`ErrorKind::Invalid`] where the file is no theme.
    pub fn load(name: &str, depth: Depth) -> Result<Theme> {
        let name = if depth == Depth::None { "mono" } else { name };
        if let Some((_, text)) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name) {
            return Theme::parse(text, depth);
        }
        let path = Path::new(name);
        if !path.exists() {
            let names: Vec<&str> = Theme::names().collect();
            return Err(Error::new(ErrorKind::NotFound, format!("there is no theme {name:?}"))
                .hint(format!("there are {}, and a path to a theme's file", names.join(", "))));
        }
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::new(ErrorKind::Io, format!("cannot read the theme {name}")).because(error))?;
        Theme::parse(&text, depth)
    }

    /// Reads a theme.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] with the place and what is wrong there.
    pub fn parse(text: &str, depth: Depth) -> Result<Theme> {
        let file: File = toml::from_str(text)
            .map_err(|error| Error::new(ErrorKind::Invalid, "the theme cannot be read").because(error.to_string()))?;
        let base = match &file.base {
            None => None,
            Some(base) => {
                let built_in = BUILT_IN.iter().find(|(name, _)| name == base);
                let unknown = || Error::new(ErrorKind::Invalid, format!("the theme builds on {base:?}, which there is not"));
                let (_, text) = built_in.ok_or_else(unknown)?;
                // A theme of ours builds on none, so this goes no deeper.
                let base: File = toml::from_str(text)
                    .map_err(|error| Error::new(ErrorKind::Invalid, "the theme cannot be read").because(error.to_string()))?;
                Some(Theme::made(base.name, &base.roles, None, depth)?)
            }
        };
        Theme::made(file.name, &file.roles, base.as_ref(), depth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_of_ours_gives_every_role_a_look() {
        for (name, text) in BUILT_IN {
            let theme = Theme::parse(text, Depth::True).unwrap();
            assert_eq!(theme.name(), *name);
            let table: toml::Table = toml::from_str(text).unwrap();
            assert_eq!(table["roles"].as_table().unwrap().len(), 29, "{name}");
        }
    }

    #[test]
    fn a_theme_of_ones_own_may_say_only_what_differs() {
        let theme = Theme::parse("name = 'mine'\nbase = 'dark'\n[roles]\ntext = { fg = 'red' }", Depth::True).unwrap();
        assert_eq!(theme.style(Role::Text).fg, Some(ratatui::style::Color::Red));
        assert_eq!(theme.style(Role::Key), Theme::load("dark", Depth::True).unwrap().style(Role::Key));
        for broken in ["name = 'x'\n[roles]\ntxt = {}", "name = 'x'\n[roles]\ntext = { fg = '#12' }", "name = 'x'\nbase = 'y'"] {
            assert_eq!(Theme::parse(broken, Depth::True).unwrap_err().kind(), ErrorKind::Invalid);
        }
    }
}
