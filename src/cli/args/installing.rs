//! The arguments of what is done once: completions, man pages, the plugin's manifest.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Which shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// `source <(kuberewind completions bash)`
    Bash,
    /// `source <(kuberewind completions zsh)`
    Zsh,
    /// `kuberewind completions fish | source`
    Fish,
    /// The file `kubectl_complete-rewind`, by which kubectl completes the plugin; `cargo install` brings one.
    Kubectl,
}

impl Shell {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
            Shell::Kubectl => "kubectl",
        }
    }
}

/// For which shell.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub shell: Shell,
}

/// What kubectl has of the line.
#[derive(Debug, Args)]
pub struct CompletePluginArgs {
    /// The words, the last of which is to be completed.
    #[arg(last = true)]
    pub words: Vec<OsString>,
}

/// Which man page.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The command; the program itself where none is named.
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,
    /// Write all of them into this folder.
    #[arg(long, value_name = "FOLDER", conflicts_with = "command")]
    pub out_dir: Option<PathBuf>,
}

/// What is released.
#[derive(Debug, Args)]
pub struct KrewArgs {
    /// Where the archives are: PLATFORM.tar.gz is added to it.
    #[arg(long, value_name = "URL")]
    pub base: String,
    /// An archive's SHA-256: linux-amd64=HEX, linux-arm64, darwin-amd64, darwin-arm64. Once for each.
    #[arg(long, value_name = "PLATFORM=HEX", required = true)]
    pub sha256: Vec<String>,
}
