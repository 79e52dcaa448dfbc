//! The demo scenarios: real kube-rs controllers on the in-memory API server, recorded by the recorder. Each problem is one
//! finding, and there is no other.

use std::future::pending;

use kuberewind_analysis::Analysis;
use kuberewind_analysis::settings::Settings;
use kuberewind_demo::{DemoOptions, Pace, find, run};
use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::SessionNo;

use crate::story::{START, analyse_session, healthy, only};

fn demo(name: &str) -> Analysis {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo.db");
    let options = DemoOptions { output: file.clone(), pace: Pace::Simulated(START), recording_id: 7 };
    run(find(name).unwrap(), &options, pending()).unwrap();
    let recording = Recording::open(&file, &OpenOptions::default()).unwrap();
    analyse_session(&recording, SessionNo(0), &Settings::default())
}

#[test]
fn tug_of_war_is_a_fight_of_two_writers() {
    let finding = only(&demo("tug-of-war"), "two-writers");
    let mut actors = finding.actors.clone();
    actors.sort();
    assert_eq!(actors, ["autoscaler/hpa", "shop-operator/checkout"]);
    assert_eq!((finding.object.as_str(), finding.fields), ("Deployment/shop/checkout", vec!["/spec/replicas".to_owned()]));
}

#[test]
fn a_rollout_is_healthy() {
    healthy(&demo("rollout"));
}

#[test]
fn a_hot_loop_triggers_itself() {
    let finding = only(&demo("hot-loop"), "self-trigger");
    assert_eq!(
        (finding.actors, finding.fields),
        (vec!["backup-operator/backup".to_owned()], vec!["/status/lastChecked".to_owned()])
    );
}

#[test]
fn a_conflict_storm_is_one() {
    let finding = only(&demo("conflict-storm"), "conflict-storm");
    assert_eq!(finding.actors.len(), 3);
    // Actors that join later are named as well.
    assert!(finding.actors.iter().all(|actor| finding.sentence.contains(actor)), "{}", finding.sentence);
}
