//! How the program was called: as itself, or by kubectl as its plugin.

use std::ffi::OsStr;
use std::path::Path;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invocation {
    /// `kuberewind`.
    Program,
    /// `kubectl rewind`, through the file `kubectl-rewind`: our small program of that name, or a link to `kuberewind`.
    Plugin,
    /// kubectl completes a line of the plugin, through the file `kubectl_complete-rewind`.
    PluginCompletion,
}

impl Invocation {
    /// Derives it from the first argument, the name by which the caller started the program.
    pub fn from_name(name: Option<&OsStr>) -> Invocation {
        match name.and_then(|name| Path::new(name).file_stem()).and_then(OsStr::to_str) {
            Some("kubectl-rewind") => Invocation::Plugin,
            Some("kubectl_complete-rewind") => Invocation::PluginCompletion,
            _ => Invocation::Program,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_name_decides() {
        for (name, expected) in [
            ("kuberewind", Invocation::Program),
            ("/usr/bin/kubectl-rewind", Invocation::Plugin),
            ("kubectl-rewind.exe", Invocation::Plugin),
            ("/x/kubectl_complete-rewind", Invocation::PluginCompletion),
            ("", Invocation::Program),
        ] {
            assert_eq!(Invocation::from_name(Some(OsStr::new(name))), expected, "{name}");
        }
    }
}
