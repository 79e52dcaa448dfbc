//! Answers to the completion scripts of bash, zsh and fish, and the scripts themselves.

use std::env;

use clap::{Command, ValueEnum};
use clap_complete::CompleteEnv;
use clap_complete::env::Shells;

use super::quoting;
use crate::cli::exit::Exit;
use crate::cli::invocation::Invocation;
use kuberewind_model::{Error, ErrorKind, Result};

/// The variable that the scripts set to the name of the shell.
const VARIABLE: &str = "KUBEREWIND_COMPLETE";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// source <(kuberewind completions bash)
    Bash,
    /// source <(kuberewind completions zsh)
    Zsh,
    /// kuberewind completions fish | source
    Fish,
    /// The file kubectl_complete-rewind, with which kubectl completes the plugin; `cargo install` installs one
    Kubectl,
}

/// Prints the candidates if a script asks for them. Returns `None` for an ordinary call.
pub fn answer(command: impl Fn() -> Command) -> Option<Result<Exit>> {
    env::var_os(VARIABLE)?;
    let folder = env::current_dir().ok();
    match CompleteEnv::with_factory(command).var(VARIABLE).try_complete(quoting::arguments(), folder.as_deref()) {
        Ok(true) => Some(Ok(Exit::Done)),
        Ok(false) => None,
        Err(error) => Some(Err(Error::new(ErrorKind::Invalid, "cannot complete the line").because(error.to_string()))),
    }
}

/// Returns the script that makes a shell call this program for completion.
pub fn script(shell: Shell, invocation: Invocation) -> Result<String> {
    let failed = |name: &str| Error::new(ErrorKind::Invalid, format!("cannot make the completion script for {name}"));
    let name = match shell {
        Shell::Bash => "bash",
        Shell::Zsh => "zsh",
        Shell::Fish => "fish",
        Shell::Kubectl => return Ok(kubectl_script()),
    };
    let shells = Shells::builtins();
    let completer = shells.completer(name).ok_or_else(|| failed(name))?;
    // kubectl's own script completes the lines of the plugin.
    let program = if invocation == Invocation::Plugin { "kubectl-rewind" } else { "kuberewind" };
    let mut script = Vec::new();
    completer
        .write_registration(VARIABLE, program, program, program, &mut script)
        .map_err(|error| failed(name).because(error))?;
    String::from_utf8(script).map_err(|error| failed(name).because(error))
}

/// The file `kubectl_complete-rewind` for installations with a single file, such as krew's.
fn kubectl_script() -> String {
    "#!/bin/sh\n\
     # Put this on the path as kubectl_complete-rewind, executable: kubectl 1.26 and later asks it.\n\
     exec kuberewind complete-plugin -- kubectl-rewind \"$@\"\n"
        .to_owned()
}
