//! kamera's traces.

use kuberewind_model::{Presence, Seq};
use serde_json::{Value, json};

use super::imported::{made, made_from, real_input};

/// An access: its event and its record.
pub fn access(id: u32, at: u64, who: (&str, &str), op: &str, object: &Value) -> String {
    let (controller, reconcile) = who;
    let kind = object["kind"].as_str().unwrap_or("Widget");
    let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
    let event = json!({"controller_id": controller, "id": id.to_string(), "kind": kind, "label:a": "b", "object_id": uid, "op_type": op,
        "reconcile_id": reconcile, "root_event_id": "x", "timestamp": (1_743_310_122_000_000 + at * 1_000).to_string(), "version": ""});
    let record = json!({"object_id": uid, "reconcile_id": reconcile, "operation_id": id.to_string(), "op_type": op, "kind": kind,
        "version": "", "value": object, "hash": "h"});
    // The record may come before its event.
    if id.is_multiple_of(2) { format!("{record}\n{event}\n") } else { format!("{event}\n{record}\n") }
}

pub fn widget(name: &str, version: &str) -> Value {
    json!({"apiVersion": "shop.example.com/v1", "kind": "Widget",
           "metadata": {"name": name, "namespace": "shop", "uid": format!("u-{name}"), "resourceVersion": version}})
}

#[test]
fn accesses_are_calls_and_reconciles_are_spans() {
    let mut bare = widget("b", "2");
    bare.as_object_mut().unwrap().remove("apiVersion");
    let log = [
        access(4, 400, ("Shop", "r2"), "REMOVE", &widget("a", "5")),
        access(1, 100, ("Shop", "r1"), "GET", &widget("a", "1")),
        access(2, 200, ("Shop", "r1"), "CREATE", &bare),
        access(3, 300, ("Shop", "r2"), "LIST", &widget("a", "1")),
        access(6, 310, ("Shop", "r2"), "LIST", &widget("b", "2")),
        access(5, 350, ("Shop", "r2"), "DELETE", &widget("b", "2")),
    ]
    .concat();
    let made = made(log);
    assert_eq!(
        made.listing(),
        [
            "#1 +0ns get 200 Widget/shop/a by Shop: done @1(full)",
            "#2 +100ms create 201 Widget/shop/b by Shop: done @2(full)",
            "#3 +210ms list 200 Widget by Shop: done",
            "#4 +250ms delete 200 Widget/shop/b by Shop: done",
            "#5 +300ms delete 200 Widget/shop/a by Shop: done (content unknown gone)",
        ]
    );
    let widgets = ("shop.example.com", "widgets");
    assert_eq!(made.object(widgets, ("shop", "a"), "#4").0, Presence::Present);
    assert_eq!(made.object(widgets, ("shop", "a"), "end").0, Presence::Absent);
    // A requested deletion is not a deletion.
    assert_eq!(made.object(widgets, ("shop", "b"), "end").0, Presence::Present);
    let spans = made.history().spans(made.open.lineage(), Seq(1)..=Seq(5), 10).unwrap();
    let summary: Vec<(&str, &str, u64)> =
        spans.iter().map(|span| (&*span.label, &*span.object.name, span.started_after.0)).collect();
    assert_eq!(summary, [("r1", "a", 0), ("r2", "a", 2)]);
    assert_eq!(made.history().operations_of_span(made.open.lineage(), spans[1].id, 10).unwrap().len(), 3);
}

#[test]
fn an_event_without_its_record_is_a_gap() {
    let whole = access(1, 100, ("Shop", "r1"), "GET", &widget("a", "1"));
    let event = access(3, 200, ("Shop", "r1"), "GET", &widget("b", "1")).lines().next().unwrap().to_owned();
    let made = made(format!("{whole}{event}\n"));
    assert_eq!((made.listing().len(), made.gaps()), (1, vec![1]));
}

#[test]
fn a_real_trace_and_a_real_console_log() {
    if let Some(file) = real_input("kamera/zookeeper-stale.jsonl") {
        let made = made_from(&[file]);
        // 41 accesses; the three items of a list are one call.
        assert_eq!((made.summary.records, made.summary.unreadable, made.listing().len()), (82, 0, 39));
        let session = made.open.session();
        assert_eq!(session.spans, 32);
        assert!(made.listing()[5].contains("list 200 PersistentVolumeClaim by ZookeeperReconciler"), "{:#?}", made.listing());
        assert_eq!(made.object(("", "persistentvolumeclaims"), ("default", "zk-cluster-pvc-0"), "end").0, Presence::Present);
    }
    if let Some(file) = real_input("kamera/robinhood.log") {
        let made = made_from(&[file]);
        let session = made.open.session();
        assert_eq!((made.listing().len(), session.log_lines > 5), (40, true), "{:#?}", made.listing());
        assert_eq!(session.gaps, 0);
        assert!(
            made.listing()
                .iter()
                .any(|line| line.contains("create 201 RouteConfig/tracey/route-config-rpod-sample-8 by RPodReconciler")),
            "{:#?}",
            made.listing()
        );
    }
}
