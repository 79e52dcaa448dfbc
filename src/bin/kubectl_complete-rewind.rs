//! Completion of `kubectl rewind`: kubectl runs the file `kubectl_complete-rewind` on the path. This program starts `kuberewind`
//! under that name, and `kuberewind` prints the candidates.

#[path = "plugin/exec.rs"]
mod exec;

fn main() -> std::process::ExitCode {
    exec::program("kubectl_complete-rewind")
}
