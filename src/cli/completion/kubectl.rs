//! Answers to kubectl, which completes the lines of its plugins.

use std::env;
use std::ffi::OsString;

use clap::Command;

use super::candidates::one_line;
use crate::cli::exit::Exit;
use crate::cli::output;
use kuberewind_model::{Error, ErrorKind, Result};

/// Prints the candidates for the last word: one on each line, with its description after a tab, then cobra's directive.
pub fn complete(mut command: Command, mut words: Vec<OsString>) -> Result<Exit> {
    if words.len() < 2 {
        words.push(OsString::new());
    }
    let folder = env::current_dir().ok();
    let last = words.len() - 1;
    let found = clap_complete::engine::complete(&mut command, words, last, folder.as_deref())
        .map_err(|error| Error::new(ErrorKind::Invalid, "cannot complete the line").because(error))?;
    let mut out = String::new();
    let mut has_folder = false;
    for candidate in found.iter().filter(|candidate| !candidate.is_hide_set()) {
        let Some(value) = candidate.get_value().to_str() else { continue };
        has_folder |= value.ends_with('/');
        out.push_str(&one_line(value));
        if let Some(help) = candidate.get_help() {
            out.push_str(&format!("\t{}", one_line(&help.to_string())));
        }
        out.push('\n');
    }
    // 0: the shell may complete files. 2: no space after the candidate. 4: no files.
    let directive = match (out.is_empty(), has_folder) {
        (true, _) => 0,
        (false, true) => 2 + 4,
        (false, false) => 4,
    };
    output::print(&format!("{out}:{directive}\n"))?;
    Ok(Exit::Done)
}
