//! Real inputs, if they are there.

use std::fs;
use std::path::Path;

use kuberewind_model::{Presence, Seq};
use serde_json::{Value, json};

use super::imported::{Made, made, made_from, real_input};

#[test]
fn a_log_of_2017_keeps_its_order_and_its_refusals() {
    let Some(file) = real_input("audit/legacy-2017.jsonl") else { return };
    let made = made_from(&[file]);
    let listing = made.listing();
    assert_eq!((made.summary.records, made.summary.unreadable), (37, 0));
    assert!(listing[0].contains("list 403 Pod/default by bob"), "{}", listing[0]);
    assert!(listing.iter().filter(|line| line.contains(" 403 ")).count() > 10, "{listing:#?}");
}

#[test]
fn a_microk8s_log_has_every_request_once() {
    let Some(file) = real_input("audit/microk8s-healthy.jsonl") else { return };
    let made = made_from(&[file]);
    assert_eq!((made.summary.records, made.summary.unreadable), (2_971, 0));
    let operations = made.history().operations(made.open.lineage(), Seq(1)..=Seq(5_000), 5_000).unwrap();
    assert_eq!(operations.iter().filter(|operation| operation.status == 500).count(), 7);
    assert_eq!(operations.iter().filter(|operation| operation.status == 409).count(), 2);
    assert!(operations.windows(2).all(|pair| pair[0].at <= pair[1].at));
}

/// The scenario's audit event with its placeholders replaced.
fn scenario(folder: &Path, file: &str) -> Value {
    let text = fs::read_to_string(folder.join(file)).unwrap();
    let mut event: Value = serde_saphyr::from_str(&fill(&text)).unwrap();
    event["apiVersion"] = "audit.k8s.io/v1".into();
    event
}

/// `<rv-3>` → `1003`, `<uid-1>` → `uid-1`, `<ts>` → a time.
fn fill(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        let Some(close) = rest[open..].find('>').map(|close| open + close) else { break };
        let word = &rest[open + 1..close];
        out.push_str(&rest[..open]);
        match word.strip_prefix("rv-") {
            Some(number) => out.push_str(&format!("\"{}\"", 1_000 + number.parse::<u32>().unwrap_or(0))),
            None if word.starts_with("ts") => out.push_str("\"2026-06-01T10:00:00.000000Z\""),
            None => out.push_str(word),
        }
        rest = &rest[close + 1..];
    }
    out.push_str(rest);
    out
}

fn played(events: &[Value]) -> Made {
    made(events.iter().map(|event| format!("{event}\n")).collect::<String>())
}

#[test]
fn scenarios_of_a_real_server() {
    let Some(corpus) = real_input("mutationlab/corpus/configmap") else { return };
    let import_scenario = |files: &[&str]| {
        let events: Vec<Value> = files.iter().map(|file| scenario(&corpus, file)).collect();
        let made = played(&events);
        let listing: Vec<String> = made
            .listing()
            .iter()
            .map(|line| {
                line.split_once(" by ")
                    .map_or("", |(_, outcome)| outcome)
                    .split_once(": ")
                    .map_or("", |(_, outcome)| outcome)
                    .to_owned()
            })
            .collect();
        (made, listing)
    };
    let (made, listing) = import_scenario(&["deletecollection/audit.deletecollection.yaml"]);
    assert_eq!(listing, ["done"]);
    for name in ["cm-a", "cm-b", "cm-c"] {
        assert_eq!(made.object(("", "configmaps"), ("ns-1", name), "end").0, Presence::Absent, "{name}");
    }
    let (made, listing) = import_scenario(&["finalizer-delete/audit.delete.yaml", "finalizer-delete/audit.patch.yaml"]);
    assert_eq!(listing.len(), 2);
    assert_eq!(made.object(("", "configmaps"), ("ns-1", "cm-hold"), "#1").0, Presence::Present);
    assert_eq!(made.object(("", "configmaps"), ("ns-1", "cm-hold"), "#2").0, Presence::Absent);
    assert_eq!(import_scenario(&["dry-run-create/audit.create.yaml"]).1, ["dry run"]);
    assert_eq!(import_scenario(&["conflict-update/audit.update.yaml"]).1, ["refused"]);
    assert!(import_scenario(&["server-side-apply/audit.patch.yaml"]).1[0].starts_with("done @"));
}

#[test]
fn events_and_lists_of_a_real_server() {
    let Some(folder) = real_input("mutationlab/audit-events") else { return };
    let hollow = made_from(&[folder.join("audit-deletecollection-official-raw-hollow.json")]);
    assert!(hollow.listing()[0].contains("deletecollection 200 flunders/example-raw by kubectl: done"), "{:?}", hollow.listing());
    let listed = made_from(&[folder.join("audit-deletecollection-proxy-raw-listbody.json")]);
    assert_eq!(listed.object(("wardle.example.com", "flunders"), ("example-raw", "member-0"), "end").0, Presence::Absent);
    // It has no times: only that it happened is known. And a Scale is no Deployment.
    let scale = made_from(&[folder.join("deployment-scale-subresource.json")]);
    assert!(
        scale.listing()[0].contains("patch 200 Deployment/scale-audit-capture/scale-audit-target/scale"),
        "{:?}",
        scale.listing()
    );
    assert_eq!(scale.object(("apps", "deployments"), ("scale-audit-capture", "scale-audit-target"), "end").1, json!(null));
}

/// The calls without their numbers and times.
fn calls(made: &Made) -> Vec<String> {
    made.listing().iter().map(|line| line.splitn(3, ' ').nth(2).unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_same_traffic_in_other_dialects() {
    let Some(folder) = real_input("dialects") else { return };
    let plain = made_from(&[folder.join("00-plain.jsonl")]);
    assert_eq!(plain.listing().len(), 85);
    let troubles = super::findings::findings(&plain);
    assert!(!troubles.is_empty());
    for name in ["11-cri.log", "25-eks-insights.csv", "33-aks-azurediagnostics-query.json", "50-elasticsearch-hits.json"] {
        let made = made_from(&[folder.join(name)]);
        assert_eq!((made.listing(), made.summary.unreadable), (plain.listing(), 0), "{name}: {:?}", made.summary);
        assert_eq!(super::findings::findings(&made), troubles, "{name}");
    }
    let without_actor = |made: &Made| -> Vec<String> {
        calls(made).iter().map(|line| line.split(" by ").next().unwrap_or_default().replace(" 201 ", " 200 ")).collect()
    };
    for name in ["08-traffic.har", "09-client-go-v9.log"] {
        let made = made_from(&[folder.join(name)]);
        assert_eq!((without_actor(&made), made.summary.unreadable), (without_actor(&plain), 0), "{name}: {:?}", made.summary);
        let full = made.listing().iter().filter(|line| line.ends_with("(full)")).count();
        assert_eq!(full, 85, "{name}: real responses");
    }
}

#[test]
fn what_kubectl_and_a_controller_print() {
    let Some(folder) = real_input("dialects") else { return };
    let watched = made_from(&[folder.join("00-get-w-o-json.json")]);
    // 83 states of one object, and the watch that delivered them.
    assert_eq!((watched.listing().len(), watched.summary.unreadable), (84, 0), "{:?}", watched.summary);
    let log = made_from(&[folder.join("14-manager-zap.jsonl")]);
    let session = log.open.session();
    assert_eq!((session.operations, session.spans, session.log_lines, log.summary.unreadable), (0, 85, 85, 0));
    let dump = made_from(&[folder.join("06-cluster-info-dump")]);
    assert_eq!((dump.summary.unreadable, dump.gaps().len()), (0, 0), "{:?}", dump.summary.first_unreadable);
    assert!(dump.listing().iter().any(|line| line.contains("ADDED 200 Deployment/backup/velero")), "{:?}", dump.listing());
}
