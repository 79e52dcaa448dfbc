//! Replaces this process by the program `kuberewind` from the same folder or the path, under another name.

use std::env;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// Runs `kuberewind` with `name` as its first argument. Returns only if it cannot be started.
pub fn program(name: &str) -> ExitCode {
    let neighbor = env::current_exe().and_then(|this| this.canonicalize()).map(|this| this.with_file_name("kuberewind"));
    let program = neighbor.ok().filter(|path| path.is_file()).unwrap_or_else(|| PathBuf::from("kuberewind"));
    let error = Command::new(program).arg0(name).args(env::args_os().skip(1)).exec();
    eprintln!("{name}: cannot start the program kuberewind: {error}");
    eprintln!("  hint: install both into one folder with `cargo install kuberewind`");
    ExitCode::from(2)
}
