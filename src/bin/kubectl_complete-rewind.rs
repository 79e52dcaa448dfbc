//! Completion of `kubectl rewind`: kubectl asks what is called `kubectl_complete-NAME` on the path. The answer is
//! `kuberewind`'s.

#[path = "plugin/exec.rs"]
mod exec;

fn main() -> std::process::ExitCode {
    exec::program("kubectl_complete-rewind")
}
