//! `kubectl rewind`: kubectl runs the file `kubectl-rewind` on the path. This program starts `kuberewind` under that name, so that
//! its help shows `kubectl rewind`.

#[path = "plugin/exec.rs"]
mod exec;

fn main() -> std::process::ExitCode {
    exec::program("kubectl-rewind")
}
