//! The roles of text on the screen. A theme gives each role a style; drawing code names roles only.

use serde::Deserialize;

macro_rules! roles {
    ($(#[doc = $doc:literal] $role:ident $field:ident;)*) => {
        /// The meaning of text on the screen.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Role { $(#[doc = $doc] $role),* }

        impl Role {
            /// All roles, each with its name in theme files and its description.
            pub const ALL: &[(Role, &str, &str)] = &[$((Role::$role, name_of(stringify!($field)), $doc)),*];
        }

        /// A value for each role.
        #[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct Roles<T> { $($field: T,)* }

        impl<T> Roles<T> {
            pub(super) fn get(&self, role: Role) -> &T {
                match role { $(Role::$role => &self.$field),* }
            }

            pub(super) fn try_map<U, E>(&self, map: impl Fn(&T) -> Result<U, E>) -> Result<Roles<U>, E> {
                Ok(Roles { $($field: map(&self.$field)?,)* })
            }
        }

        impl<T> Roles<Option<T>> {
            /// Fills missing roles from `base`.
            pub(super) fn or(self, base: Roles<Option<T>>) -> Roles<Option<T>> {
                Roles { $($field: self.$field.or(base.$field),)* }
            }
        }
    };
}

/// Removes `r#` from a field's name.
const fn name_of(field: &'static str) -> &'static str {
    match field.as_bytes() {
        [b'r', b'#', ..] => field.split_at(2).1,
        _ => field,
    }
}

roles! {
    /// Ordinary text.
    Text text;
    /// Less important text.
    Muted muted;
    /// Least important text: rulers, placeholders.
    Faint faint;
    /// Headings.
    Heading heading;
    /// Most important text and signs: the cursor, the selected tab.
    Accent accent;
    /// Borders of panes.
    Border border;
    /// The border of the focused pane.
    Focus focus;
    /// The current row of the focused pane.
    Selection selection;
    /// The current row of other panes.
    Resting resting;
    /// Lines that only the new state has.
    Added added;
    /// Lines that only the old state has.
    Removed removed;
    /// Changed values.
    Changed changed;
    /// The differing words of a changed line.
    Emphasis emphasis;
    /// Errors and failed operations.
    Error error;
    /// Notices: loops, running scans, uncertain results.
    Notice notice;
    /// Write operations.
    Write write;
    /// Reads: get and list.
    Read read;
    /// Watch events.
    Watch watch;
    /// Reconciles.
    Reconcile reconcile;
    /// Keys in YAML and JSON.
    Key key;
    /// Strings in YAML and JSON.
    String string;
    /// Numbers in YAML and JSON.
    Number number;
    /// `true`, `false` and `null`.
    Word word;
    /// The mode LIVE or PLAYING, and the cursor of a text input.
    Live live;
    /// The mode PAUSED.
    Paused paused;
    /// The mode REPLAY.
    Replay replay;
    /// Bookmarks, notes and marks.
    Bookmark bookmark;
    /// Keys in the hint line.
    Hint hint;
    /// Search matches.
    Match r#match;
}
