//! Watch events as JSON lines.

use kuberewind_model::{ClockKind, Presence};
use serde_json::{Value, json};

use super::imported::made;

fn pod(name: &str, version: &str) -> Value {
    json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name, "namespace": "shop", "uid": name, "resourceVersion": version}})
}

fn line(ts: &str, path: &str, kind: &str, object: &Value) -> String {
    format!("{}\n", json!({"ts": ts, "path": path, "type": kind, "object": object}))
}

#[test]
fn a_path_is_a_watch_and_each_line_an_event() {
    let path = "/api/v1/namespaces/shop/pods";
    let log = [
        line("2026-03-01T10:00:03Z", path, "DELETED", &pod("a", "7")),
        line("2026-03-01T10:00:01Z", path, "ADDED", &pod("a", "5")),
        line("2026-03-01T10:00:02Z", "/api/v1/namespaces/shop/pods?labelSelector=app%3Dweb", "DELETED", &pod("b", "6")),
        line("2026-03-01T10:00:02.5Z", path, "BOOKMARK", &pod("", "6")),
    ]
    .concat();
    let made = made(log);
    assert_eq!(
        made.listing(),
        [
            "#1 +0ns watch 200 Pod/shop by watch: done",
            "#2 +0ns ADDED 200 Pod/shop/a by watch: done @5(full)",
            "#3 +1.000s watch 200 Pod/shop by watch: done",
            "#4 +1.000s DELETED 200 Pod/shop/b by watch: done",
            "#5 +2.000s DELETED 200 Pod/shop/a by watch: done @7(full gone)",
        ]
    );
    assert_eq!(made.object(("", "pods"), ("shop", "a"), "end").0, Presence::Absent);
    // With a selector, absence from the watch proves nothing.
    assert_eq!(made.object(("", "pods"), ("shop", "b"), "end").0, Presence::Unknown);
}

#[test]
fn events_from_a_server_have_neither_times_nor_a_path() {
    let log = format!(
        "{}\n{}\n{}\n",
        json!({"type": "ADDED", "object": pod("a", "5")}),
        json!({"type": "MODIFIED", "object": pod("a", "6")}),
        json!({"type": "ADDED", "object": {"kind": "Backup", "apiVersion": "ops.example.com/v1", "metadata": {"name": "n", "namespace": "x"}}}),
    );
    let made = made(log);
    assert_eq!(made.open.session().clock, ClockKind::Ticks);
    assert_eq!(
        made.listing(),
        [
            "#1 +0ns watch 200 Pod by watch: done",
            "#2 +0ns ADDED 200 Pod/shop/a by watch: done @5(full)",
            "#3 +1ms MODIFIED 200 Pod/shop/a by watch: done @6(full)",
            "#4 +2ms watch 200 Backup by watch: done",
            "#5 +2ms ADDED 200 Backup/x/n by watch: done (full)",
        ]
    );
}

#[test]
fn pretty_printed_events_are_read_as_well() {
    let text = [pod("a", "5"), pod("b", "6")]
        .map(|object| serde_json::to_string_pretty(&json!({"type": "ADDED", "object": object})).unwrap())
        .join("\n");
    assert_eq!(made(text).listing().len(), 3);
}
