//! kamera's inspector dumps.

use kuberewind_model::Seq;
use serde_json::{Value, json};

use super::imported::{Made, made, made_from, real_input};

fn hash(value: &str) -> Value {
    json!({"Value": value, "Strategy": "anonymized"})
}

fn key(name: &str) -> Value {
    json!({"resourceGroup": "shop.example.com", "resourceKind": "Widget", "namespace": "shop", "name": name, "objectId": name})
}

fn step(frame: &str, controller: &str, op: &str, name: &str, version: &str) -> Value {
    let effect = json!({"OpType": op, "Key": key(name), "Version": hash(version), "Precondition": {"ResourceVersion": "7"}});
    json!({"controllerId": controller, "frameId": frame, "frameType": "explore", "changes": {"objectVersions": null, "effects": [effect]},
           "stateBefore": [{"key": key("a"), "hash": hash("h0")}]})
}

fn dump() -> Value {
    let object = |value: &str, size: u32| {
        json!({"hash": hash(value), "object": {"apiVersion": "shop.example.com/v1", "kind": "Widget", "spec": {"size": size},
               "metadata": {"name": "a", "namespace": "shop"}}})
    };
    let (one, two) = (step("f1", "Alpha", "UPDATE", "a", "h1"), step("f2", "Beta", "UPDATE", "a", "h2"));
    let mut failed = step("f3", "Beta", "REMOVE", "a", "gone");
    failed["error"] = "it broke".into();
    json!({"objects": [object("h0", 0), object("h1", 1), object("h2", 2)],
    "states": [
        {"id": "state-0", "reason": "converged", "divergencePoint": "", "state": {}, "paths": [[one, two]]},
        {"id": "state-1", "reason": "converged", "divergencePoint": "", "state": {}, "paths": [[one, failed]]},
    ]})
}

fn sessions(made: &Made) -> Vec<(String, u64, u64)> {
    let sessions = made.history().sessions().unwrap();
    sessions.iter().map(|session| (session.session_id.clone(), session.operations, session.spans)).collect()
}

#[test]
fn each_path_is_a_session_and_common_steps_are_stored_once() {
    let made = made(format!("{:#}", dump()));
    assert_eq!(
        sessions(&made),
        [("log-state-0-path-1".to_owned(), 3, 2), ("log-state-1-path-1".to_owned(), 1, 1)],
        "the second path has only its own step"
    );
    let history = made.history();
    let names = kuberewind_report::Names::read(made.open.source()).unwrap();
    let writes_of = |session: usize| -> Vec<String> {
        let lineage = history.lineage(history.sessions().unwrap()[session].no).unwrap();
        let operations = history.operations(&lineage, Seq(1)..=lineage.last(), 10).unwrap();
        let line = |operation: &kuberewind_model::Operation| {
            format!("{} {} {} by {}", operation.seq, operation.verb, names.target(operation), names.actor(operation))
        };
        operations.iter().map(line).collect()
    };
    let common = ["#1 get Widget/shop/a by initial-state", "#2 update Widget/shop/a by Alpha"];
    assert_eq!(writes_of(0), [common[0], common[1], "#3 update Widget/shop/a by Beta"]);
    assert_eq!(writes_of(1), [common[0], common[1], "#3 delete Widget/shop/a by Beta"], "with the inherited steps");
    let lineage = history.lineage(history.sessions().unwrap()[1].no).unwrap();
    let spans = history.spans(&lineage, Seq(1)..=lineage.last(), 10).unwrap();
    assert_eq!(spans.iter().map(|span| &*span.error).collect::<Vec<_>>(), ["", "it broke"]);
    assert_eq!(lineage.len(), 3);
}

#[test]
fn an_object_that_is_not_in_the_dump_is_a_gap() {
    let mut dump = dump();
    dump["objects"].as_array_mut().unwrap().clear();
    dump["states"][1]["paths"] = json!([]);
    for path in [0, 1] {
        dump["states"][0]["paths"][0][path]["changes"]["effects"][0]["Key"] =
            json!({"Namespace": "shop", "Name": "a", "ObjectID": ""});
    }
    let made = made(dump.to_string());
    assert_eq!((made.listing().len(), made.summary.unreadable), (1, 2), "{:?}", made.summary.first_unreadable);
}

#[test]
fn real_dumps() {
    let Some(file) = real_input("kamera/kamera-deployment-dump.json") else { return };
    let made = made_from(&[file]);
    let sessions = sessions(&made);
    assert_eq!((sessions.len(), made.summary.unreadable), (7, 0));
    // 90 steps in all paths, of which 43 are different.
    assert_eq!(sessions.iter().map(|(_, _, spans)| spans).sum::<u64>(), 43);
}
