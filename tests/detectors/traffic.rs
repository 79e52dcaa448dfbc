//! Slow calls, errors, reads, lists, watches, requeues, access.

use kuberewind_analysis::finding::Severity;
use kuberewind_analysis::settings::Settings;
use kuberewind_model::{Duration, ErrorKind, SessionNo, Verb};
use serde_json::json;

use crate::story::{Story, analyse_session, healthy, only, record};

fn ledger() -> Story {
    let mut story = Story::new();
    story.create("kubectl", "configmaps", "ledger", json!({"data": {"a": "1"}}));
    story
}

#[test]
fn slow_calls_exceed_the_threshold() {
    let mut story = ledger();
    let slow = story.slow_get("a", "configmaps", "ledger", 1_500);
    story.slow_get("a", "configmaps", "ledger", 900);
    let (_folder, recording) = record(story.events);
    let analysis = analyse_session(&recording, SessionNo(0), &Settings::default());
    assert_eq!(only(&analysis, "slow").operations, [slow]);
    let slowest = &analysis.slow_operations[0];
    assert_eq!((slowest.index, slowest.operation_type.as_str(), slowest.duration_ms), (slow - 1, "GET", 1_500));
    assert_eq!(slowest.resource, "ConfigMap/shop/ledger");
    let patient = Settings { slow_threshold: Duration::from_millis(2_000), ..Settings::default() };
    healthy(&analyse_session(&recording, SessionNo(0), &patient));
}

#[test]
fn calls_far_above_their_median_are_reported() {
    let mut story = ledger();
    for _ in 0..40 {
        story.get("a", "configmaps", "ledger");
        story.after(1_000);
    }
    let slow = story.slow_get("a", "configmaps", "ledger", 400);
    let analysis = story.analysis();
    healthy(&analysis);
    let finding = analysis.findings.iter().find(|finding| finding.detector == "relatively-slow").expect("a remark");
    assert_eq!((finding.severity, finding.operations.as_slice()), (Severity::Info, [slow].as_slice()));
}

#[test]
fn errors_are_counted_by_type_and_reason() {
    let mut story = ledger();
    story.refuse("a", Verb::Get, ("configmaps", "none"), (404, "NotFound"), "");
    story.refuse("a", Verb::Update, ("configmaps", "ledger"), (409, "Conflict"), "1");
    story.refuse("a", Verb::Update, ("configmaps", "ledger"), (500, "InternalError"), "1");
    let analysis = story.analysis();
    assert_eq!(only(&analysis, "errors").severity, Severity::Error);
    assert_eq!((analysis.errors.total, analysis.errors.by_type["UPDATE"], analysis.errors.by_reason["NotFound"]), (3, 2, 1));
}

#[test]
fn repeated_gets_of_a_missing_object_are_no_retry_storm() {
    let mut story = ledger();
    for _ in 0..20 {
        story.after(500).refuse("a", Verb::Get, ("configmaps", "none"), (404, "NotFound"), "");
    }
    healthy(&story.analysis());
    let mut story = ledger();
    for _ in 0..20 {
        story.after(500).refuse("a", Verb::Update, ("configmaps", "ledger"), (422, "Invalid"), "");
    }
    let analysis = story.analysis();
    let storm = analysis.loops_detected.iter().find(|found| found.kind == "error-retry").expect("a loop");
    assert_eq!((storm.repeat_count, storm.actors.as_slice()), (20, ["a".to_owned()].as_slice()));
}

#[test]
fn hot_reads_of_an_unchanged_object_and_leisurely_ones() {
    let mut story = ledger();
    for _ in 0..50 {
        story.after(50).get("a", "configmaps", "ledger");
    }
    only(&story.analysis(), "identical-reads");
    let mut story = ledger();
    for _ in 0..50 {
        story.after(10_000).get("a", "configmaps", "ledger");
    }
    healthy(&story.analysis());
}

#[test]
fn a_large_collection_in_one_page() {
    let mut story = Story::new();
    for number in 0..600 {
        story.create("kubectl", "configmaps", &format!("c{number}"), json!({}));
    }
    story.list("a", "configmaps");
    let analysis = story.analysis();
    healthy(&analysis);
    assert!(analysis.findings.iter().any(|finding| finding.detector == "large-list" && finding.sentence.contains("600 items")));
}

#[test]
fn a_watch_that_restarts_repeatedly() {
    let mut story = ledger();
    for _ in 0..10 {
        story.after(1_000).watch("a", "configmaps");
    }
    only(&story.analysis(), "watch-restarts");
    let mut story = ledger();
    for _ in 0..10 {
        story.after(400_000).watch("a", "configmaps");
    }
    healthy(&story.analysis());
}

#[test]
fn a_reconcile_that_requeues_itself_at_once() {
    let mut story = ledger();
    for _ in 0..40 {
        story.after(20).span("a", "configmaps", "ledger", "reconciler requested retry").after(5).end("a");
    }
    assert_eq!(only(&story.analysis(), "hot-requeue").object, "ConfigMap/shop/ledger");
    let mut story = ledger();
    for _ in 0..40 {
        story.after(300_000).span("a", "configmaps", "ledger", "reconciler requested retry").after(5).end("a");
    }
    healthy(&story.analysis());
}

#[test]
fn objects_with_several_writers_are_info() {
    let mut story = ledger();
    story.put("a", "configmaps", "ledger", json!({"data": {"a": "2"}}));
    story.put("b", "configmaps", "ledger", json!({"data": {"b": "2"}}));
    let analysis = story.analysis();
    let access = analysis.findings.iter().find(|finding| finding.detector == "access").expect("a remark");
    assert_eq!((access.severity, access.actors.len()), (Severity::Info, 3));
}

#[test]
fn windows_repeat_with_their_contents() {
    let mut story = Story::new();
    for name in ["one", "two"] {
        story.create("kubectl", "configmaps", name, json!({"data": {"x": name}}));
    }
    // One actor with two interleaved loops. Each has its own period.
    for round in 0..30 {
        for name in ["one", "two"] {
            story.after(700).get("a", "configmaps", name);
            let value = [name, "other", "third"][round % 3];
            story.patch("a", "configmaps", name, json!({"data": {"x": value}}));
        }
    }
    let analysis = story.analysis();
    let windows: Vec<_> = analysis.findings.iter().filter(|finding| finding.detector == "repeated-window").collect();
    assert_eq!(windows.len(), 1, "one actor, one finding");
    assert_eq!((windows[0].period_ops, windows[0].others.len()), (Some(6), 1));
    assert!(windows[0].sentence.contains("likewise ConfigMap/shop/"), "{}", windows[0].sentence);
}

#[test]
fn fail_on_takes_classes_and_detectors() {
    let analysis = crate::loops::tug_of_war(10).analysis();
    let failing = |names: &[&str]| analysis.failing(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    assert_eq!(failing(&["loops"]).expect("known").len(), 1);
    assert_eq!(failing(&["two-writers", "races"]).expect("known").len(), 1);
    assert_eq!(failing(&["races", "access"]).expect("known").len(), 0, "a remark fails nothing");
    let error = failing(&["loop"]).expect_err("no such class");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.hint_text().is_some_and(|hint| hint.contains("loops") && hint.contains("two-writers")));
}
