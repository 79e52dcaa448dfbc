//! `kubectl rewind`: kubectl runs what is called `kubectl-NAME` on the path. The program is `kuberewind`; this only
//! tells it how it was called, so that its usage speaks of `kubectl rewind`.

#[path = "plugin/exec.rs"]
mod exec;

fn main() -> std::process::ExitCode {
    exec::program("kubectl-rewind")
}
