//! As what the program was called: as itself, or by kubectl.

use std::ffi::OsStr;
use std::path::Path;

use clap::{Command, CommandFactory};

use super::args::Cli;

/// As what the program was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Called {
    /// `kuberewind`.
    Program,
    /// `kubectl rewind`, by way of the file `kubectl-rewind`: a binary of its own, or a link to this one.
    Plugin,
    /// kubectl wants to complete the line of the plugin, by way of the file `kubectl_complete-rewind`.
    PluginCompletion,
}

impl Called {
    /// By the program's name as the caller gave it.
    pub fn by(name: Option<&OsStr>) -> Called {
        match name.and_then(|name| Path::new(name).file_stem()).and_then(OsStr::to_str) {
            Some("kubectl-rewind") => Called::Plugin,
            Some("kubectl_complete-rewind") => Called::PluginCompletion,
            _ => Called::Program,
        }
    }

    /// The commands, with usage that says what to type.
    pub fn command(self) -> Command {
        match self {
            Called::Program => Cli::command(),
            Called::Plugin | Called::PluginCompletion => Cli::command().bin_name("kubectl rewind"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        for (name, expected) in [
            ("kuberewind", Called::Program),
            ("/usr/bin/kubectl-rewind", Called::Plugin),
            ("kubectl-rewind.exe", Called::Plugin),
            ("/x/kubectl_complete-rewind", Called::PluginCompletion),
            ("", Called::Program),
        ] {
            assert_eq!(Called::by(Some(OsStr::new(name))), expected, "{name}");
        }
        let usage = Called::Plugin.command().render_usage().to_string();
        assert!(usage.contains("kubectl rewind"), "{usage}");
    }
}
