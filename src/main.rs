//! The program `kuberewind`. Everything is in [`kuberewind::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    kuberewind::cli::run()
}
