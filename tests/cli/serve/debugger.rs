//! The server of the debugger, with kubectl as its client.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::server::has_kubectl;
use crate::program::Sandbox;
use crate::pty::Pty;
use crate::terminal::start;

/// The kubeconfig that the screen shows.
fn kubeconfig(terminal: &mut Pty) -> PathBuf {
    terminal.wait_for_text(", no client yet");
    let screen = terminal.screen().contents();
    let rest = screen.split_once("  KUBECONFIG=").expect("the path is shown").1;
    PathBuf::from(rest.split(',').next().unwrap())
}

fn kubectl(sandbox: &Sandbox, kubeconfig: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("kubectl");
    command.env("KUBECONFIG", kubeconfig).env("HOME", sandbox.path("")).env("KUBECTL_KUBERC", "false");
    command.args(arguments).stdin(Stdio::null());
    command
}

#[test]
fn scrubbing_prints_the_changes_in_a_running_kubectl() {
    if !has_kubectl() {
        return;
    }
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    let replicas = |at: u64| {
        let at = at.to_string();
        let shown = sandbox.run(&["show", &file, "deploy/checkout", "-n", "shop", "--at", &at, "--format", "json"]).ok().json();
        shown["spec"]["replicas"].to_string()
    };
    let path = sandbox.path(&file).display().to_string();
    let mut terminal = start(&sandbox, &[&path, "--at", "12"], (200, 40));
    terminal.wait_for_text("#12 of ");
    terminal.type_keys("E");
    let kubeconfig = kubeconfig(&mut terminal);
    let columns = "custom-columns=R:.spec.replicas";
    let mut watch = kubectl(&sandbox, &kubeconfig, &["get", "deploy", "-n", "shop", "-w", "--no-headers", "-o", columns]);
    let mut watch = watch.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut next = || lines.next().unwrap().unwrap().trim().to_owned();
    assert_eq!(next(), replicas(12));
    terminal.wait_for_text(": kubectl GET /apis/apps/v1/namespaces/shop/deployments");
    // kubectl has printed the list; it opens its watch after that.
    let cursor = || -> Value {
        let answer = kubectl(&sandbox, &kubeconfig, &["get", "--raw", "/kuberewind/cursor"]).output().unwrap();
        serde_json::from_slice(&answer.stdout).unwrap()
    };
    while cursor()["clients"].as_array().unwrap().iter().all(|one| one["watches"] == 0) {}
    // Each second operation of the fight changes the replicas.
    let mut shown = replicas(12);
    for at in [13, 14, 15, 16, 17, 16, 15] {
        terminal.type_keys(&format!("{at}G"));
        terminal.wait_for_text(&format!("#{at} of "));
        while cursor()["at"] != at {}
        let expected = replicas(at);
        if expected != shown {
            assert_eq!(next(), expected, "at #{at}");
            shown = expected;
        }
    }
    // A hundred moves at once: the last one arrives.
    terminal.type_keys(&".".repeat(100));
    terminal.wait_for_text("#115 of ");
    while cursor()["at"] != 115 {}
    terminal.type_keys("E");
    terminal.wait_for_text("the server has ended");
    while kubeconfig.exists() {}
    watch.wait().unwrap();
    assert!(!kubectl(&sandbox, &kubeconfig, &["get", "deploy", "-n", "shop"]).output().unwrap().status.success());
    terminal.type_keys("q");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn quitting_ends_the_server() {
    let sandbox = Sandbox::new();
    let path = sandbox.path(&sandbox.demo("tug-of-war")).display().to_string();
    let mut terminal = start(&sandbox, &[&path, "--exec", ":serve"], (200, 40));
    let kubeconfig = kubeconfig(&mut terminal);
    assert!(std::fs::read_to_string(&kubeconfig).unwrap().contains("https://127.0.0.1:"));
    terminal.type_keys("q");
    assert_eq!(terminal.end(), 0);
    assert!(!kubeconfig.exists());
}
