//! The standard input of a command that the user pipes a pane to.

use super::content::Content;
use super::yaml;

impl Content {
    /// Returns an object as YAML and everything else as text.
    #[must_use]
    pub fn input(&self) -> String {
        match self {
            Content::Doc { pane: "State", .. } => yaml::yaml(self, 0),
            _ => self.text(0),
        }
    }
}
