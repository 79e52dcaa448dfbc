//! Completing a command line, with what is in the recording that it names.
//!
//! The scripts that `completions` prints call the program with `KUBEREWIND_COMPLETE` set and the words typed so far;
//! kubectl calls `kubectl_complete-rewind` with them. Both ask the same table of commands.

mod candidates;
mod line;
mod quoting;

use std::env;
use std::ffi::{OsStr, OsString};

use clap_complete::CompleteEnv;
use clap_complete::engine::CompletionCandidate;
use clap_complete::env::Shells;

use super::args::Shell;
use super::called::Called;
use super::{Exit, output};
use kuberewind_model::{Error, ErrorKind, Result};

pub use candidates::{actors, moments, objects, recordings, sessions};

/// The variable by which the scripts ask; its value is the shell.
const VARIABLE: &str = "KUBEREWIND_COMPLETE";

/// Answers where a script or kubectl asks; `None` where this is an ordinary call.
pub fn asked(called: Called) -> Option<Result<Exit>> {
    let words = quoting::words();
    if called == Called::PluginCompletion {
        return Some(for_kubectl(words));
    }
    env::var_os(VARIABLE)?;
    let folder = env::current_dir().ok();
    match CompleteEnv::with_factory(|| called.command()).var(VARIABLE).try_complete(words, folder.as_deref()) {
        Ok(true) => Some(Ok(Exit::Done)),
        Ok(false) => None,
        Err(error) => Some(Err(failed(&error.to_string()))),
    }
}

/// The script that teaches a shell to ask.
///
/// # Errors
/// When it cannot be made or printed.
pub fn script(shell: Shell, called: Called) -> Result<String> {
    if shell == Shell::Kubectl {
        return Ok(for_path());
    }
    let name = shell.name();
    let shells = Shells::builtins();
    let completer = shells.completer(name).ok_or_else(|| failed(name))?;
    // The plugin's line is completed by kubectl's own script.
    let own = if called == Called::Plugin { "kubectl-rewind" } else { "kuberewind" };
    let mut script = Vec::new();
    completer
        .write_registration(VARIABLE, own, own, own, &mut script)
        .map_err(|error| failed("the script cannot be written").because(error))?;
    String::from_utf8(script).map_err(|_| failed("the script is no text"))
}

/// The file `kubectl_complete-rewind` for those who have the program alone: krew, say, installs one file.
fn for_path() -> String {
    "#!/bin/sh\n\
     # Put this on the path as kubectl_complete-rewind, executable: kubectl 1.26 and later asks it.\n\
     exec kuberewind complete-plugin -- kubectl-rewind \"$@\"\n"
        .to_owned()
}

/// Answers kubectl: a candidate a line with what it is behind a tab, and at the end what the shell may do beside.
///
/// # Errors
/// When it cannot be printed.
pub fn for_kubectl(mut words: Vec<OsString>) -> Result<Exit> {
    if words.len() < 2 {
        words.push(OsString::new());
    }
    let folder = env::current_dir().ok();
    let last = words.len() - 1;
    let mut command = Called::Plugin.command();
    let found = clap_complete::engine::complete(&mut command, words, last, folder.as_deref())
        .map_err(|error| failed("the line cannot be completed").because(error))?;
    let mut out = String::new();
    let mut into_folder = false;
    for candidate in found.iter().filter(|candidate| !candidate.is_hide_set()) {
        let Some(value) = candidate.get_value().to_str() else { continue };
        into_folder |= value.ends_with('/');
        out.push_str(&one_line(value));
        if let Some(help) = candidate.get_help() {
            out.push_str(&format!("\t{}", one_line(&help.to_string())));
        }
        out.push('\n');
    }
    // cobra's directives: 0 lets the shell complete files, 2 adds no blank, 4 completes no files.
    let directive = match (out.is_empty(), into_folder) {
        (true, _) => 0,
        (false, true) => 2 + 4,
        (false, false) => 4,
    };
    output::print(&format!("{out}:{directive}\n"))?;
    Ok(Exit::Done)
}

fn one_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).collect()
}

fn failed(why: &str) -> Error {
    Error::new(ErrorKind::Invalid, format!("cannot complete: {why}"))
}

/// A candidate with a word about it.
fn candidate(value: impl Into<OsString>, help: &str) -> CompletionCandidate {
    let help = one_line(help);
    CompletionCandidate::new(value).help((!help.is_empty()).then(|| help.into()))
}

/// Those that begin with what is typed.
fn beginning(current: &OsStr, all: Vec<CompletionCandidate>) -> Vec<CompletionCandidate> {
    let typed = current.as_encoded_bytes();
    all.into_iter().filter(|candidate| candidate.get_value().as_encoded_bytes().starts_with(typed)).collect()
}
