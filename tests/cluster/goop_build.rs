//! Builds the Go program that the tests of servers use as a client.

use std::path::PathBuf;
use std::process::Command;

/// Builds the manager in `goop`; `None` with a message if this machine cannot.
pub(crate) fn manager() -> Option<(tempfile::TempDir, PathBuf)> {
    let folder = tempfile::tempdir().unwrap();
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/goop");
    for file in ["main.go", "informer.go", "go.mod", "go.sum"] {
        std::fs::copy(source.join(file), folder.path().join(file)).unwrap();
    }
    let mut build = Command::new("go");
    build.args(["build", "-mod=mod", "-o", "goop", "."]).env("GOFLAGS", "-buildvcs=false").current_dir(folder.path());
    let Ok(built) = build.output() else {
        eprintln!("skipped: there is no go on this machine");
        return None;
    };
    let said = format!("{}{}", String::from_utf8_lossy(&built.stdout), String::from_utf8_lossy(&built.stderr));
    let is_offline = ["dial tcp", "no such host", "i/o timeout", "connection refused", "module lookup disabled"];
    if !built.status.success() && is_offline.iter().any(|reason| said.contains(reason)) {
        eprintln!("skipped: go cannot download the modules of the manager: {said}");
        return None;
    }
    assert!(built.status.success(), "go build: {said}");
    let program = folder.path().join("goop");
    Some((folder, program))
}
