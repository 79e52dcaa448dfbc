//! Real inputs, if they are present.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use kuberewind_analysis::Analysis;
use kuberewind_analysis::finding::Class;
use kuberewind_analysis::settings::Settings;
use kuberewind_file::{OpenOptions, Recording};
use kuberewind_formats::{ImportOptions, import, open_cached};
use kuberewind_model::History;

use crate::story::{analyse_session, troubles};

pub(crate) fn real_input(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("KUBEREWIND_REAL_INPUTS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let file = folder.join(name);
    if !file.exists() {
        eprintln!("skipped: there is no {}", file.display());
        return None;
    }
    Some(file)
}

#[test]
fn the_fight_in_kubesteps_sample() {
    let Some(file) = real_input("kubestep/sample_recordings.db") else { return };
    let folder = tempfile::tempdir().unwrap();
    let made = open_cached(&file, &folder.path().join("cache"), [7; 32], &mut |_| ControlFlow::Continue(())).unwrap();
    let recording = Recording::open(&made.recording, &OpenOptions::default()).unwrap();
    let mut by_session = BTreeMap::new();
    for session in recording.sessions().unwrap() {
        by_session.insert(session.session_id.clone(), analyse_session(&recording, session.no, &Settings::default()));
    }
    let fight = &by_session["fight-session-004"];
    assert_eq!(fight.loops_detected.len(), 1, "{:#?}", fight.loops_detected);
    let found = &fight.loops_detected[0];
    let mut actors = found.actors.clone();
    actors.sort();
    assert_eq!(
        (found.kind.as_str(), actors),
        ("two-writers", vec!["autoscaler/hpa".to_owned(), "shop-operator/checkout".to_owned()])
    );
    assert_eq!((found.fields.as_slice(), found.repeat_count), (["/spec/replicas".to_owned()].as_slice(), 12));
    let finding = fight.findings.iter().find(|finding| finding.detector == "two-writers").unwrap();
    assert_eq!(finding.period_ops, Some(2));
    assert!(fight.races.is_empty());
    for (session, slow, errors) in [("sample-session-001", 0, 0), ("sample-session-002", 5, 0), ("sample-session-003", 0, 3)] {
        let analysis = &by_session[session];
        assert_eq!((analysis.slow_operations.len(), analysis.errors.total), (slow, errors), "{session}");
        assert!(analysis.loops_detected.is_empty() && analysis.races.is_empty(), "{session}");
    }
}

/// Imports a file that is wholly readable.
pub(crate) fn import_into(file: &Path, output: &Path) {
    let options = ImportOptions { output: output.to_owned(), session: None, recording_id: 7, key: [7; 32], rules: Vec::new() };
    let made = import(&[file.to_owned()], &options, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(made.unreadable, 0, "{:?}", made.first_unreadable);
}

/// Imports a file and analyses it.
pub(crate) fn imported(file: &Path) -> Analysis {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("run.db");
    import_into(file, &output);
    let recording = Recording::open(&output, &OpenOptions::default()).unwrap();
    let session = recording.sessions().unwrap()[0].no;
    analyse_session(&recording, session, &Settings::default())
}

#[test]
fn a_healthy_cluster_has_no_loop_and_no_race() {
    let Some(file) = real_input("audit/microk8s-healthy.jsonl") else { return };
    let analysis = imported(&file);
    assert!(analysis.total_operations > 1_000);
    assert!(analysis.loops_detected.is_empty(), "{:#?}", analysis.loops_detected);
    assert!(analysis.races.is_empty());
    assert!(analysis.slow_operations.iter().all(|slow| slow.operation_type != "WATCH"));
    let beats: Vec<_> = analysis.findings.iter().filter(|finding| finding.detector == "periodic").collect();
    let leases: Vec<f64> =
        beats.iter().filter(|beat| beat.object.starts_with("Lease/")).filter_map(|beat| beat.period_ms).collect();
    assert!(
        leases.iter().any(|period| (1_900.0..2_200.0).contains(period)),
        "the 2 s leases are labelled: {:#?}",
        beats.iter().map(|beat| &beat.sentence).collect::<Vec<_>>()
    );
    assert_eq!(analysis.errors.by_reason.get("Conflict"), Some(&1));
    assert_eq!(analysis.errors.by_reason.get("AlreadyExists"), Some(&1));
    assert_eq!(analysis.errors.total, 9, "these two, and seven health checks that failed");
    let troubles = troubles(&analysis);
    assert!(troubles.iter().all(|finding| finding.class == Class::Errors || finding.class == Class::Slow), "{troubles:#?}");
    assert!(troubles.iter().any(|finding| finding.class == Class::Errors), "the failed health checks are errors");
}

#[test]
fn a_healthy_rollout_has_no_loop() {
    let Some(file) = real_input("k8shark/rolling-update.watch.jsonl") else { return };
    let analysis = imported(&file);
    // 72 events, and the opening of each watch that delivered them.
    assert_eq!(analysis.total_operations, 75);
    assert!(troubles(&analysis).is_empty(), "{:#?}", troubles(&analysis));
}
