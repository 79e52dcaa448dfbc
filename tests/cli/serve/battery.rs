//! The commands of kubectl on a recorded cluster that takes writes.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::server::{Server, has_kubectl};
use crate::battery_commands::run_all;
use crate::program::Sandbox;

/// Records what a fresh cluster has.
fn record(sandbox: &Sandbox) {
    let mut cluster = sandbox.command(&["cluster", "--kubeconfig-out", "cluster.conf"]);
    let mut cluster = cluster.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(cluster.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("listening on"), "{line}");
    let kinds = "namespaces,serviceaccounts,configmaps,services,endpoints,endpointslices";
    let arguments =
        ["record", "-o", "fresh.db", "--kubeconfig", "cluster.conf", "--", "kubectl", "get", kinds, "-A", "-o", "json"];
    let recorded = sandbox.run(&arguments);
    cluster.kill().unwrap();
    cluster.wait().unwrap();
    recorded.ok();
}

#[test]
fn each_command_of_kubectl_works_on_a_recorded_cluster() {
    if !has_kubectl() {
        return;
    }
    let sandbox = Sandbox::new();
    record(&sandbox);
    let server = Server::start(&sandbox, &["fresh.db", "--writable"]);
    run_all(&sandbox.path(""), "it has no running containers", |line| {
        let ran = server.kubectl(line);
        (ran.code == Some(0), format!("{}{}", ran.out, ran.err))
    });
    server.interrupt();
}
