//! The program `kuberewind`. Everything is in [`kuberewind::cli`].

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    kuberewind::cli::run()
}
