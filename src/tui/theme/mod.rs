//! Themes: TOML files of roles. Nothing on the screen has a colour of its own, only a meaning.

mod background;
mod color;
mod fresh;
mod page;
mod themes;

use std::path::PathBuf;

use ratatui::style::{Modifier, Style};
use serde::Deserialize;

use kuberewind_model::Result;

pub use background::{Background, ask};
pub use color::Depth;
pub use fresh::Fresh;
pub use page::roles;
pub use themes::Themes;

macro_rules! roles {
    ($(#[doc = $doc:literal] $role:ident $field:ident;)*) => {
        /// What something on the screen means.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Role { $(#[doc = $doc] $role),* }

        impl Role {
            /// Each with its name in a theme's file and what it means.
            pub const ALL: &[(Role, &str, &str)] = &[$((Role::$role, name_of(stringify!($field)), $doc)),*];
        }

        /// How each role looks.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Theme {
            name: String,
            light: bool,
            files: Vec<PathBuf>,
            $($field: Style,)*
        }

        #[derive(Deserialize, Default, Clone)]
        #[serde(deny_unknown_fields)]
        struct Roles { $($field: Option<DocOptions>,)* }

        impl Roles {
            /// What is left out here is as in `base`.
            fn or(self, base: Roles) -> Roles {
                Roles { $($field: self.$field.or(base.$field),)* }
            }
        }

        impl Theme {
            /// How a role looks.
            #[must_use]
            pub fn style(&self, role: Role) -> Style {
                match role { $(Role::$role => self.$field),* }
            }

            fn made(name: String, light: bool, files: Vec<PathBuf>, roles: &Roles, depth: Depth) -> Result<Theme> {
                Ok(Theme { name, light, files, $($field: match &roles.$field {
                    Some(look) => look.style(depth)?,
                    None => Style::default(),
                },)* })
            }
        }
    };
}

/// A field's name without the mark that keeps it apart from a word of the language.
const fn name_of(field: &'static str) -> &'static str {
    match field.as_bytes() {
        [b'r', b'#', ..] => field.split_at(2).1,
        _ => field,
    }
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

#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields, default)]
struct DocOptions {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reversed: bool,
}

impl DocOptions {
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

    /// Whether it is meant for a light background.
    #[must_use]
    pub fn is_light(&self) -> bool {
        self.light
    }

    /// The files it was read from; none for a theme of ours. When one of them changes, it is to be read anew.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// A theme that comes with the program, or the file at a path. See [`Themes::load`].
    ///
    /// # Errors
    /// As [`Themes::load`].
    pub fn load(name: &str, depth: Depth) -> Result<Theme> {
        Themes::default().load(name, depth)
    }
}
