//! The reading commands of kubectl, at three moments of each demo.

use serde_json::{Value, json};

use super::server::{Server, has_kubectl};
use crate::program::Sandbox;

/// Commands that succeed at any moment with an object of the demo, and a part of their output. `KIND` is a kind of the demo and
/// `NS` its namespace.
const COMMANDS: &[(&str, &str)] = &[
    ("get KIND -A", "NS"),
    ("get KIND -A -o wide", "NS"),
    ("get KIND -n NS -o yaml", "namespace: NS"),
    ("get KIND -n NS -o name", "/"),
    ("get KIND -A --show-labels", "LABELS"),
    ("get KIND -n NS -o custom-columns=A:.metadata.name", "A"),
    ("get KIND -n NS --sort-by=.metadata.name", "NAME"),
    ("get KIND -n NS --chunk-size=1", "NAME"),
    ("get KIND -n NS -l nosuch=x", "No resources found"),
    ("get KIND -n NS --field-selector metadata.namespace=NS", "NAME"),
    ("get KIND -n NS --show-kind --no-headers", "/"),
    ("describe KIND -n NS", "Namespace:"),
    ("explain KIND", "VERSION:"),
    ("explain KIND.metadata.name", "<string>"),
    ("api-resources", "KIND"),
    ("api-versions", "authorization.k8s.io/v1"),
    ("get KIND -n NS --show-managed-fields -o json", "\"items\""),
    ("events -n NS", "No events found"),
    ("wait --for=delete KIND/nosuch -n NS --timeout=5s", ""),
    ("auth can-i list KIND", "yes"),
    ("auth can-i --list", "[*]"),
    ("auth whoami", "kuberewind"),
    ("version", "Server Version: v1."),
    ("get --raw /version", "gitVersion"),
    ("get --raw /openapi/v2", "swagger"),
    ("get --raw /openapi/v3", "serverRelativeURL"),
    ("get --raw /readyz", "ok"),
];

/// Every object that kubectl lists is the one that `kuberewind show` prints. Returns their number.
fn compare(sandbox: &Sandbox, server: &Server, file: &str, kind: &str, at: &str) -> usize {
    let list: Value = server.kubectl(&format!("get {kind} -A -o json --show-managed-fields")).ok().json();
    let items = list["items"].as_array().unwrap();
    for item in items {
        let (namespace, name) = (&item["metadata"]["namespace"], item["metadata"]["name"].as_str().unwrap());
        let namespace = namespace.as_str().unwrap_or_default();
        let object = format!("{kind}/{name}");
        let mut arguments = vec!["show", file, object.as_str(), "--at", at, "--format", "json"];
        if !namespace.is_empty() {
            arguments.extend(["-n", namespace]);
        }
        let shown: Value = sandbox.run(&arguments).ok().json();
        if item["metadata"]["annotations"]["kuberewind.dev/incomplete"].is_string() {
            assert_eq!(shown["metadata"]["uid"], item["metadata"]["uid"], "{object} at {at}");
        } else {
            assert_eq!(shown, *item, "{object} at {at}");
        }
    }
    items.len()
}

#[test]
fn kubectl_reads_each_demo_at_three_moments() {
    if !has_kubectl() {
        return;
    }
    let sandbox = Sandbox::new();
    let mut wrong = Vec::new();
    let mut compared = 0;
    for (scenario, kind, namespace) in [
        ("tug-of-war", "deployments", "shop"),
        ("rollout", "pods", "shop"),
        ("hot-loop", "backups", "ops"),
        ("conflict-storm", "configmaps", "shop"),
    ] {
        let file = sandbox.demo(scenario);
        for at in ["30%", "50%", "end"] {
            let server = Server::start(&sandbox, &[&file, "--at", at]);
            let recorded: Value = server.kubectl("get --raw /kuberewind/cursor").ok().json();
            let number = recorded["at"].to_string();
            let kinds = server.kubectl("api-resources --verbs=list -o name").ok().out;
            assert!(kinds.contains(kind), "{scenario} has {kinds}");
            for kind in kinds.lines() {
                compared += compare(&sandbox, &server, &file, kind, &number);
            }
            for (line, part) in COMMANDS {
                let filled = |text: &str| text.replace("KIND", kind).replace("NS", namespace);
                let (line, part) = (filled(line), filled(part));
                let ran = server.kubectl(&line);
                let output = format!("{}{}", ran.out, ran.err);
                if ran.code != Some(0) || !output.contains(&part) {
                    wrong.push(format!("{scenario} at {at}: kubectl {line}: {}", output.trim()));
                }
            }
            if matches!(kind, "deployments" | "pods") {
                // Discovery has kinds of the category.
                assert!(server.kubectl("get all -A").ok().out.contains(namespace));
            }
            let refused = server.kubectl(&format!("delete {kind} --all -n {namespace}")).code(1).err;
            assert!(
                refused.contains(&format!("this is a recording at #{number} ({file}): start with --writable to change it")),
                "{refused}"
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 25, "{compared} objects were compared");
}

#[test]
fn a_running_kubectl_prints_the_changes_of_a_move() {
    if !has_kubectl() {
        return;
    }
    use std::io::BufRead;
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    let server = Server::start(&sandbox, &[&file, "--at", "50%"]);
    let columns = "custom-columns=R:.spec.replicas,V:.metadata.resourceVersion";
    let mut watch = server.client("kubectl");
    watch.args(["get", "deploy", "-n", "shop", "-w", "--no-headers", "-o", columns]).stdout(std::process::Stdio::piped());
    let mut watch = watch.spawn().unwrap();
    let mut lines = std::io::BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut next = || -> Vec<String> { lines.next().unwrap().unwrap().split_whitespace().map(str::to_owned).collect() };
    let first = next();
    let shown: Value =
        sandbox.run(&["show", &file, "deploy/checkout", "-n", "shop", "--at", "50%", "--format", "json"]).ok().json();
    assert_eq!(json!(first), json!([shown["spec"]["replicas"].to_string(), shown["metadata"]["resourceVersion"]]));
    // kubectl has printed the list; it opens its watch after that.
    while server.kubectl("get --raw /kuberewind/cursor").ok().json()["clients"]
        .as_array()
        .unwrap()
        .iter()
        .all(|one| one["watches"] == 0)
    {}
    let replicas = |at: &str| {
        let shown: Value =
            sandbox.run(&["show", &file, "deploy/checkout", "-n", "shop", "--at", at, "--format", "json"]).ok().json();
        shown["spec"]["replicas"].to_string()
    };
    let mut version = first[1].parse::<u64>().unwrap();
    for moment in ["40%", "80%", "20%"] {
        let moved = server.move_to(moment);
        assert_eq!(moved["changed"], json!({"added": 0, "modified": 1, "deleted": 0}));
        let line = next();
        assert_eq!(line[0], replicas(&moved["at"].to_string()), "at {moment}");
        let newer = line[1].parse::<u64>().unwrap();
        assert!(newer > version);
        version = newer;
    }
    watch.kill().unwrap();
    watch.wait().unwrap();
    server.interrupt();
}
