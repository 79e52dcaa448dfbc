//! `kubectl rewind`, with a real kubectl if it is installed.

use std::path::Path;
use std::process::{Command, Output};

use super::program::Sandbox;

/// Runs kubectl with our programs on the path.
fn kubectl(sandbox: &Sandbox, arguments: &[&str]) -> Option<Output> {
    let folder = Path::new(env!("CARGO_BIN_EXE_kubectl-rewind")).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("kubectl");
    command.args(arguments).current_dir(sandbox.path(".")).env("PATH", path);
    for (name, value) in sandbox.command(&[]).get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    match command.output() {
        Ok(output) => Some(output),
        Err(_) => {
            eprintln!("skipped: kubectl is not installed");
            None
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn kubectl_finds_the_plugin_and_completes_it() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    let Some(listed) = kubectl(&sandbox, &["plugin", "list"]) else { return };
    assert!(text(&listed.stdout).contains("kubectl-rewind"), "{}", text(&listed.stdout));
    let sessions = kubectl(&sandbox, &["rewind", "sessions", &file]).unwrap();
    assert_eq!(text(&sessions.stdout), sandbox.run(&["sessions", &file]).ok().out);
    let help = text(&kubectl(&sandbox, &["rewind", "--help"]).unwrap().stdout);
    assert!(help.contains("Usage: kubectl rewind"), "{help}");
    let wrong = kubectl(&sandbox, &["rewind", "frobnicate", "--what"]).unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("kubectl rewind"), "{}", text(&wrong.stderr));
    let session = sandbox.run(&["sessions", &file, "--format", "json"]).ok().json()[0]["session_id"].as_str().unwrap().to_owned();
    let offered = text(&kubectl(&sandbox, &["__complete", "rewind", "timeline", &file, "--session", ""]).unwrap().stdout);
    assert!(offered.lines().any(|line| line.split('\t').next() == Some(&session)), "{offered}");
    assert!(offered.trim_end().ends_with(":4"), "{offered}");
}

#[test]
fn a_link_with_the_name_of_the_plugin_shows_that_name() {
    let sandbox = Sandbox::new();
    // krew installs a link to the program.
    let link = sandbox.path("kubectl-rewind");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kuberewind"), &link).unwrap();
    let help = Command::new(&link).args(["timeline", "--help"]).output().unwrap();
    assert!(text(&help.stdout).contains("Usage: kubectl rewind timeline"), "{}", text(&help.stdout));
    let own = sandbox.run(&["timeline", "--help"]).ok().out;
    assert!(own.contains("Usage: kuberewind timeline"), "{own}");
    let offered = Command::new(env!("CARGO_BIN_EXE_kuberewind"))
        .args(["complete-plugin", "--", "kubectl-rewind", "timel"])
        .output()
        .unwrap();
    assert!(
        text(&offered.stdout).starts_with("timeline\t") && text(&offered.stdout).ends_with(":4\n"),
        "{}",
        text(&offered.stdout)
    );
}

#[test]
fn the_krew_manifest_contains_the_hashes() {
    let sandbox = Sandbox::new();
    let hash = "ab".repeat(32);
    let out = sandbox
        .run(&["krew", "--base", "https://example.com/releases/download/v1", "--sha256", &format!("linux-amd64={hash}")])
        .ok()
        .out;
    assert!(out.contains(&hash) && out.contains("name: rewind"), "{out}");
    sandbox.run(&["krew", "--base", "x", "--sha256", "linux-amd64=1"]).code(2);
}
