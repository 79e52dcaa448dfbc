//! Authors that follow from other facts than the response of a write.

use kuberewind_analysis::queries::blame::{BlameOptions, blame};
use kuberewind_analysis::queries::stale::stale;
use kuberewind_analysis::queries::why::{LinkKind, why_operation};
use kuberewind_model::{Certainty, Observations, Outcome, Seq, Shape, Verb};
use serde_json::{Value, json};

use crate::tape::{CHECKOUT, Played, Tape, Thing, call, replicas};

const POD: Thing = Thing { kind: "Pod", resource: "pods", group: "", name: "web-1", uid: "u-web-1" };

/// The author of a field in the end: actor, operation and certainty.
fn author(played: &Played, thing: Thing, field: &str) -> (Option<String>, Option<u64>, Certainty) {
    let options = BlameOptions { below: field.to_owned(), managed_fields: false };
    let last = played.lineage.last();
    let blamed = blame(&played.recording, &played.lineage, played.id(thing), last, &options).unwrap().unwrap();
    let author = &blamed.fields.first().expect("the field exists").author;
    (author.actor.clone(), author.operation.map(|seq| seq.0), author.certainty)
}

fn managed(managers: &[&str], mut body: Value) -> Value {
    let entries =
        managers.iter().map(|manager| json!({"manager": manager, "operation": "Update", "time": "2026-02-04T10:13:21Z"}));
    body["metadata"] = json!({"managedFields": entries.collect::<Vec<_>>()});
    body
}

#[test]
fn a_delivery_of_metadata_leads_to_the_write() {
    let mut tape = Tape::new();
    tape.record(call("hpa", Verb::Create, CHECKOUT, "10", replicas(3)));
    let write = tape.update("hpa", CHECKOUT, "10", "11", replicas(5));
    let mut delivery = call("checkout", Verb::Modified, CHECKOUT, "11", json!({}));
    if let Observations::Object(shown) = &mut delivery.operation.observations {
        shown.shape = Shape::Metadata;
    }
    let seen = tape.record(delivery);
    let played = tape.play();
    let chain = why_operation(&played.recording, &played.lineage, seen, 10).unwrap();
    assert_eq!((chain.links[1].operation, chain.links[1].certainty), (Some(write), Certainty::Exact), "{chain:?}");
}

#[test]
fn the_caches_of_a_process_serve_its_controllers() {
    let mut tape = Tape::new();
    tape.record(call("user", Verb::Create, CHECKOUT, "10", replicas(3)));
    tape.deliver("manager", CHECKOUT, "10", replicas(3));
    tape.update("manager/web", CHECKOUT, "10", "11", replicas(4));
    tape.update("user", CHECKOUT, "11", "12", replicas(5));
    let seen = tape.deliver("manager", CHECKOUT, "12", replicas(5));
    let write = tape.update("manager/web", CHECKOUT, "12", "13", replicas(6));
    let played = tape.play();
    let at = |seq| stale(&played.recording, &played.lineage, played.actor("manager/web"), seq).unwrap();
    let behind = at(Seq(4));
    assert_eq!((behind.objects, behind.stale[0].seen.as_str(), behind.stale[0].caught_up_at), (1, "11", Some(seen)));
    assert!(at(seen).stale.is_empty(), "the process has received it");
    let chain = why_operation(&played.recording, &played.lineage, write, 10).unwrap();
    assert_eq!((chain.links[0].seen[0].resource_version.as_str(), chain.links[0].seen[0].operation), ("12", Some(seen)));
}

#[test]
fn the_only_field_manager_is_the_author() {
    let mut tape = Tape::new();
    tape.deliver("checkout", CHECKOUT, "10", managed(&["hpa"], replicas(3)));
    let other = Thing { name: "payment", uid: "u-payment", ..CHECKOUT };
    tape.deliver("checkout", other, "11", managed(&["hpa", "helm"], replicas(3)));
    let played = tape.play();
    assert_eq!(author(&played, CHECKOUT, "/spec/replicas"), (Some("hpa".to_owned()), None, Certainty::Likely));
    assert_eq!(author(&played, other, "/spec/replicas").0, None, "one of two");
}

#[test]
fn a_deletion_is_not_the_field_managers() {
    let mut tape = Tape::new();
    tape.deliver("checkout", CHECKOUT, "10", managed(&["hpa"], replicas(3)));
    let mut dying = managed(&["hpa"], replicas(3));
    dying["metadata"]["deletionTimestamp"] = "2026-02-04T10:13:30Z".into();
    tape.deliver("checkout", CHECKOUT, "14", dying);
    assert_eq!(author(&tape.play(), CHECKOUT, "/metadata/deletionTimestamp").0, None);
}

#[test]
fn what_a_binding_sets_is_the_schedulers() {
    let pod = |node: Option<&str>, phase: &str| {
        let mut body = json!({"spec": {"schedulerName": "default-scheduler"}, "status": {"phase": phase}});
        if let Some(node) = node {
            body["spec"]["nodeName"] = node.into();
            body["status"]["conditions"] = json!([{"type": "PodScheduled", "status": "True"}]);
        }
        let entry = json!({"manager": "kwok", "operation": "Update", "subresource": "status", "time": "2026-02-04T10:13:21Z",
            "fieldsV1": {"f:status": {"f:phase": {}}}});
        body["metadata"] = json!({"managedFields": [entry]});
        body
    };
    for recorded in [true, false] {
        let mut tape = Tape::new();
        tape.deliver("kwok", POD, "10", pod(None, "Pending"));
        if recorded {
            let mut binding = call("kube-scheduler", Verb::Create, POD, "", json!({}));
            binding.operation.target.subresource = "binding".into();
            binding.operation.observations = Observations::Nothing;
            tape.record(binding);
        }
        tape.record(call("kwok", Verb::Patch, POD, "12", pod(Some("node-1"), "Running")).manager("kwok"));
        let played = tape.play();
        let expected = if recorded {
            (Some("kube-scheduler".to_owned()), Some(2), Certainty::Exact)
        } else {
            (Some("default-scheduler".to_owned()), None, Certainty::Likely)
        };
        assert_eq!(author(&played, POD, "/spec/nodeName"), expected);
        assert_eq!(author(&played, POD, "/status/conditions/0/status"), expected);
        assert_eq!(author(&played, POD, "/status/phase").0.as_deref(), Some("kwok"));
    }
}

#[test]
fn only_one_write_with_a_precondition_succeeds() {
    let mut tape = Tape::new();
    tape.record(call("foo", Verb::Get, CHECKOUT, "20", replicas(1)));
    let mut write = call("bar", Verb::Update, CHECKOUT, "", json!({})).precondition("20").sends(&replicas(2));
    write.operation.observations = Observations::Nothing;
    let write = tape.record(write);
    tape.record(call("foo", Verb::Get, CHECKOUT, "21", replicas(2)));
    tape.record(call("foo", Verb::Get, CHECKOUT, "29", replicas(7)));
    let played = tape.play();
    assert_eq!(author(&played, CHECKOUT, "/spec/replicas").0, None, "another version is between them");
    let options = BlameOptions { below: "/spec/replicas".to_owned(), managed_fields: false };
    let blamed = blame(&played.recording, &played.lineage, played.id(CHECKOUT), Seq(3), &options).unwrap().unwrap();
    let author = &blamed.fields[0].author;
    assert_eq!((author.operation, author.certainty), (Some(write), Certainty::Exact));
}

#[test]
fn a_garbage_collector_deletes_for_a_missing_owner() {
    let owned = json!({"metadata": {"ownerReferences": [{"kind": "Deployment", "name": "checkout", "uid": CHECKOUT.uid}]}});
    let mut tape = Tape::new();
    tape.deliver("gc", CHECKOUT, "10", replicas(3));
    tape.deliver("gc", POD, "11", owned);
    let mut removal = call("kubectl", Verb::Delete, CHECKOUT, "12", replicas(3));
    if let Observations::Object(shown) = &mut removal.operation.observations {
        shown.observation_kind = kuberewind_model::ObservationKind::Gone;
    }
    let removal = tape.record(removal);
    let mut lookup = call("gc", Verb::Get, CHECKOUT, "", json!({}));
    (lookup.operation.status, lookup.operation.outcome) = (404, Outcome::Refused);
    if let Observations::Object(shown) = &mut lookup.operation.observations {
        (shown.observation_kind, shown.body, shown.uid) = (kuberewind_model::ObservationKind::NotFound, None, "".into());
    }
    let lookup = tape.record(lookup);
    let mut delete = call("gc", Verb::Delete, POD, "13", json!({}));
    if let Observations::Object(shown) = &mut delete.operation.observations {
        shown.observation_kind = kuberewind_model::ObservationKind::Gone;
    }
    let delete = tape.record(delete);
    let gone = tape.record(call("gc", Verb::Deleted, POD, "13", json!({})));
    let played = tape.play();
    let chain = why_operation(&played.recording, &played.lineage, gone, 10).unwrap();
    let operations: Vec<_> = chain.links.iter().map(|link| (link.kind, link.operation)).collect();
    assert_eq!(
        operations,
        [
            (LinkKind::Delivery, Some(gone)),
            (LinkKind::Write, Some(delete)),
            (LinkKind::Read, Some(lookup)),
            (LinkKind::Write, Some(removal)),
        ],
        "{chain:?}"
    );
    assert!(chain.links[2].evidence.contains("it names Deployment/checkout as its owner"), "{chain:?}");
}
