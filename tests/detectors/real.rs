//! The real inputs, where they are there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use http::Method;
use kuberewind::analysis::finding::Class;
use kuberewind::analysis::settings::Settings;
use kuberewind::k8s::request::ResourceRequest;
use kuberewind::model::{
    Detail, Duration, Event, History, KindRef, NewOperation, NewWatch, Outcome, Seq, Shape, Shown, Sight, SightKind, Target,
    Timestamp, Verb, WatchKey,
};
use kuberewind::store::{OpenOptions, Recording};
use serde_json::Value;

use crate::story::{analyse, analyse_session, text, troubles};

fn real_input(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("KUBEREWIND_REAL_INPUTS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let file = folder.join(name);
    if !file.exists() {
        eprintln!("skipped: there is no {}", file.display());
        return None;
    }
    Some(file)
}

fn lines(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).expect("it can be read");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

fn time(text: &Value) -> Timestamp {
    Timestamp::from_jiff(text.as_str().expect("a time").parse().expect("RFC 3339"))
}

#[test]
fn the_fight_in_kubesteps_sample() {
    let Some(file) = real_input("kubestep/sample_recordings.db") else { return };
    let folder = tempfile::tempdir().unwrap();
    let options = OpenOptions { cache: Some(folder.path().join("cache")), state: None };
    let recording = Recording::open(&file, &options).unwrap();
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

/// One audit event as an operation: enough of it for detectors, no importer.
fn audited(line: &Value, seq: u64) -> Option<NewOperation> {
    if !matches!(line["stage"].as_str(), Some("ResponseComplete" | "Panic")) {
        return None;
    }
    let word = line["verb"].as_str()?;
    let verb = Verb::ALL.iter().copied().find(|verb| verb.as_str() == word).unwrap_or(Verb::Get);
    let (from, to) = (time(&line["requestReceivedTimestamp"]), time(&line["stageTimestamp"]));
    let method = match verb {
        Verb::Create => Method::POST,
        Verb::Update => Method::PUT,
        Verb::Patch => Method::PATCH,
        Verb::Delete | Verb::DeleteCollection => Method::DELETE,
        _ => Method::GET,
    };
    let uri = line["requestURI"].as_str()?;
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let asked = ResourceRequest::parse(&method, path, query);
    let status = u16::try_from(line["responseStatus"]["code"].as_u64().unwrap_or(0)).expect("a status");
    let told = |value: &Value| value.as_str().unwrap_or("").into();
    Some(NewOperation {
        at: to,
        duration: to.since(from),
        started_after: Seq(seq - 1),
        actor: told(&line["user"]["username"]),
        verb,
        target: Target {
            kind: asked.as_ref().map(|asked| asked.kind.clone()),
            namespace: asked.as_ref().map_or("", |asked| &asked.namespace).into(),
            name: asked.as_ref().map_or("", |asked| &asked.name).into(),
            subresource: asked.as_ref().map_or("", |asked| &asked.subresource).into(),
        },
        status,
        outcome: if status < 400 { Outcome::Done } else { Outcome::Refused },
        error: told(&line["responseStatus"]["message"]),
        request: None,
        response: None,
        shown: Shown::Nothing,
        span: None,
        watch: None,
        detail: Detail { uri: uri.into(), reason: told(&line["responseStatus"]["reason"]), ..Detail::default() },
    })
}

#[test]
fn a_healthy_cluster_has_no_loop_and_no_race() {
    let Some(file) = real_input("audit/microk8s-healthy.jsonl") else { return };
    let mut lines = lines(&file);
    lines.sort_by_key(|line| time(&line["stageTimestamp"]));
    let mut events = Vec::new();
    for line in &lines {
        let next = u64::try_from(events.len()).expect("a small file") + 1;
        events.extend(audited(line, next).map(|operation| Event::Operation(Box::new(operation))));
    }
    let analysis = analyse(events);
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
    let failed = troubles(&analysis).into_iter().filter(|finding| finding.class == Class::Errors).count();
    assert!(failed >= 1, "the failed health checks are errors");
}

/// What a watch event shows.
fn sight(object: &Value, verb: Verb, kind: &KindRef) -> Sight {
    let told = |value: &Value| value.as_str().unwrap_or("").into();
    let metadata = &object["metadata"];
    Sight {
        says: if verb == Verb::Deleted { SightKind::Gone } else { SightKind::State },
        kind: kind.clone(),
        kind_name: told(&object["kind"]),
        api_version: told(&object["apiVersion"]),
        namespace: told(&metadata["namespace"]),
        name: told(&metadata["name"]),
        uid: told(&metadata["uid"]),
        resource_version: told(&metadata["resourceVersion"]),
        generation: metadata["generation"].as_i64(),
        shape: Shape::Full,
        created: false,
        body: Some(text(object)),
    }
}

#[test]
fn a_healthy_rollout_has_no_loop() {
    let Some(file) = real_input("k8shark/rolling-update.watch.jsonl") else { return };
    let mut watches: BTreeMap<String, u64> = BTreeMap::new();
    let mut events = Vec::new();
    for (place, line) in lines(&file).iter().enumerate() {
        let seq = u64::try_from(place).expect("a small file") + 1;
        let path = line["path"].as_str().expect("a path");
        let kind = ResourceRequest::parse(&Method::GET, path, "watch=true").expect("a resource").kind;
        let object = &line["object"];
        let verb = Verb::ALL.iter().copied().find(|verb| Some(verb.as_str()) == line["type"].as_str()).expect("an event's type");
        let next = u64::try_from(watches.len()).expect("few") + 1;
        let watch = WatchKey(*watches.entry(path.to_owned()).or_insert_with(|| {
            events.push(Event::WatchOpened(NewWatch {
                key: WatchKey(next),
                actor: "k8shark".into(),
                kind: kind.clone(),
                namespace: "rollout-demo".into(),
                selector: "".into(),
                from_resource_version: "".into(),
                initial_events: true,
            }));
            next
        }));
        let sight = sight(object, verb, &kind);
        events.push(Event::Operation(Box::new(NewOperation {
            at: time(&line["ts"]),
            duration: Duration(0),
            started_after: Seq(seq - 1),
            actor: "k8shark".into(),
            verb,
            target: Target {
                kind: Some(kind),
                namespace: sight.namespace.clone(),
                name: sight.name.clone(),
                subresource: "".into(),
            },
            status: 200,
            outcome: Outcome::Done,
            error: "".into(),
            request: None,
            response: None,
            shown: Shown::Object(Box::new(sight)),
            span: None,
            watch: Some(watch),
            detail: Detail::default(),
        })));
    }
    let analysis = analyse(events);
    assert_eq!(analysis.total_operations, 72);
    assert!(troubles(&analysis).is_empty(), "{:#?}", troubles(&analysis));
}
