//! Becoming the program `kuberewind`, which lies beside this one or on the path, under another name.

use std::env;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// Becomes it; `called_as` is what it finds as its own name. Comes back only where it cannot be started.
pub fn program(called_as: &str) -> ExitCode {
    let beside = env::current_exe().and_then(|own| own.canonicalize()).map(|own| own.with_file_name("kuberewind"));
    let program = beside.ok().filter(|path| path.is_file()).unwrap_or_else(|| PathBuf::from("kuberewind"));
    let error = Command::new(program).arg0(called_as).args(env::args_os().skip(1)).exec();
    eprintln!("{called_as}: the program kuberewind cannot be started: {error}");
    eprintln!("  hint: `cargo install kuberewind` puts both in one folder");
    ExitCode::from(2)
}
