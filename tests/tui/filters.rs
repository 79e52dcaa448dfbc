//! The scan of a filter finds exactly the operations that match the filter, whatever the scan skips or caches.

use std::collections::HashMap;
use std::sync::Arc;

use kuberewind_file::filter::{FilterScan, Plan, SearchProgress};
use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::{
    ActorId, History, Kind, KindId, Lineage, Observations, Operation, Outcome, Seq, SessionNo, SpanId, Verb, VersionId,
};
use kuberewind_query::filter::{Field, Filter, Names};
use kuberewind_session::Ordinals;
use proptest::prelude::*;

use crate::recording::{OPERATOR, Scribe, fight, stage};

/// The names of a recording, looked up one by one.
struct Slow<'a> {
    recording: &'a Recording,
    actors: HashMap<ActorId, Arc<str>>,
}

impl Names for Slow<'_> {
    fn actor(&self, actor: ActorId) -> Option<Arc<str>> {
        self.actors.get(&actor).cloned()
    }
    fn kind(&self, kind: KindId) -> Option<Arc<Kind>> {
        let mut kind = self.recording.kind(kind).unwrap()?;
        kind.short_names = vec!["deploy".into()];
        Some(Arc::new(kind))
    }
    fn resource_version(&self, version: VersionId) -> Option<Arc<str>> {
        self.recording.version(version).unwrap().map(|version| version.resource_version)
    }
    fn reconcile(&self, span: SpanId) -> Option<Arc<str>> {
        self.recording.span(span).unwrap().map(|span| span.label)
    }
    fn first_observed(&self, version: VersionId) -> Option<Seq> {
        self.recording.version(version).unwrap().map(|version| version.first_observed)
    }
    fn reason(&self, operation: &Operation) -> Arc<str> {
        let lineage = self.recording.lineage(operation.session).unwrap();
        self.recording.operation_detail(&lineage, operation.seq).unwrap().unwrap().detail.reason
    }
    fn holds(&self, operation: &Operation, field: Field, text: &str) -> bool {
        let bodies = [operation.request_body, operation.response_body];
        let found = bodies.into_iter().flatten().filter_map(|body| self.recording.body(body).unwrap());
        field == Field::Body && found.into_iter().any(|body| body.to_lowercase().contains(text))
    }
}

/// The numbers of the operations that a scan finds.
fn scanned(recording: &Recording, lineage: &Lineage, filter: &Filter) -> Vec<u64> {
    let mut plan = Plan::new(filter).unwrap();
    let mut searched = SearchProgress::default();
    while plan.searches() != (false, false) && !searched.done {
        searched = recording.search_texts(lineage, &mut plan, searched).unwrap();
    }
    let mut found = Vec::new();
    for start in (0..lineage.len()).step_by(4_096) {
        let matches = recording.scan(lineage, &mut plan, start..(start + 4_096).min(lineage.len())).unwrap();
        let places = (matches.places.clone()).filter(|place| {
            let offset = place - matches.places.start;
            matches.all[usize::try_from(offset / 64).unwrap()] >> (offset % 64) & 1 != 0
        });
        found.extend(places.map(|place| lineage.nth(place).0));
    }
    found
}

fn tested(recording: &Recording, lineage: &Lineage, filter: &Filter) -> Vec<u64> {
    let actors = recording.actors().unwrap().into_iter().map(|actor| (actor.id, actor.name)).collect();
    let names = Slow { recording, actors };
    let all = recording.operations(lineage, lineage.first()..=lineage.last(), usize::MAX >> 1).unwrap();
    all.iter().filter(|operation| filter.passes(operation, &names)).map(|operation| operation.seq.0).collect()
}

fn compare(recording: &Recording, sources: &[&str]) -> Vec<usize> {
    let lineage = recording.lineage(SessionNo(0)).unwrap();
    let mut counts = Vec::new();
    for source in sources {
        let filter = Filter::parse(source).unwrap_or_else(|wrong| panic!("{}", wrong.caret()));
        let (scanned, tested) = (scanned(recording, &lineage, &filter), tested(recording, &lineage, &filter));
        assert_eq!(scanned, tested, "{source}");
        counts.push(scanned.len());
    }
    counts
}

#[test]
fn every_field_is_filtered_by() {
    let (_folder, file) = fight(6);
    let recording = Recording::open(&file, &OpenOptions::default()).unwrap();
    let counts = compare(
        &recording,
        &[
            "",
            "verb=patch",
            "code >= 400",
            "has:error",
            "kind=deploy",
            "kind != Deployment",
            "actor ~ hpa and not verb == MODIFIED",
            "name == checkout ns == shop",
            "object == Deployment/shop/checkout",
            "rv >= 104 and rv < 106",
            "reconcile == R3",
            "dur > 5ms",
            "n > 10 and n <= 20",
            "error ~ modified",
            "sub == '' and type in (GET, LIST)",
            "deployment/checkout",
            "409 or r2",
            "has:write or has:reconcile",
            "has:change",
            "not has:change",
            "reason == Conflict",
            "reason != conflict and code >= 400",
            "reason in ('', conflict)",
            "conflict",
            "has:object has:body",
            "body ~ 'round-104 of'",
            "body !~ round-104",
            "zzz",
        ],
    );
    assert_eq!((counts[0], counts[1], counts[2], counts[3], counts[27]), (41, 6, 3, 3, 0), "{counts:?}");
    assert!(counts[1..27].iter().enumerate().all(|(at, count)| *count > 0 || at == 4 || at == 20), "{counts:?}");
}

#[test]
fn a_path_is_one_that_the_operation_changed() {
    let (_folder, file) = fight(4);
    let recording = Recording::open(&file, &OpenOptions::default()).unwrap();
    let lineage = recording.lineage(SessionNo(0)).unwrap();
    let found = |source: &str| scanned(&recording, &lineage, &Filter::parse(source).unwrap());
    // Writes that were not refused change the field; other operations on the object do not.
    let writes = found("has:write and not has:error");
    assert_eq!(found("path == .spec.replicas"), writes);
    assert_eq!(found("path:/spec has:write"), writes);
    assert_eq!(found("path == .spec.paused"), [] as [u64; 0]);
    assert_eq!(found("not path ~ replicas").len() + writes.len(), usize::try_from(lineage.len()).unwrap());
}

#[test]
fn many_blocks_are_skipped_or_read_and_nothing_is_lost_between_them() {
    let (_folder, file) = fight(800);
    let recording = Recording::open(&file, &OpenOptions::default()).unwrap();
    let lineage = recording.lineage(SessionNo(0)).unwrap();
    assert!(lineage.len() > 5_000, "{}", lineage.len());
    compare(
        &recording,
        &["verb = list", "code = 409", "n in (1024, 1025, 5000)", "not actor ~ hpa", "name ~ check and verb:get"],
    );
    // A lineage that begins in the middle of a block.
    let part = Lineage::new([kuberewind_model::SessionRange { session: SessionNo(0), from: Seq(1_000), to: Seq(4_321) }]);
    let filter = Filter::parse("verb:patch or code=409").unwrap();
    assert_eq!(scanned(&recording, &part, &filter), tested(&recording, &part, &filter));
}

#[test]
fn the_documentation_names_every_field_and_property() {
    let page = include_str!("../../docs/debugging.md");
    for field in Field::ALL {
        assert!(page.contains(&format!("`{}`", field.words()[0])), "{field:?}");
    }
    for property in kuberewind_query::filter::Property::ALL {
        assert!(page.contains(&format!("`has:{}`", property.words()[0])), "{property:?}");
    }
}

#[test]
fn a_conflict_is_found_by_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = Scribe::begin(&file, "refusals");
    scribe.shows(OPERATOR, Verb::Get, 3, None);
    let mut refuse = |verb: Verb, status: u16, reason: &str, error: &str| {
        scribe.operation(OPERATOR, verb, Observations::Nothing, |operation| {
            operation.status = status;
            operation.outcome = Outcome::Refused;
            operation.error = error.into();
            operation.detail.reason = reason.into();
        })
    };
    let recorded = refuse(Verb::Update, 409, "Conflict", "the object has been modified").0;
    // Some sources record no reason.
    let implied = refuse(Verb::Patch, 409, "", "the object has been modified").0;
    let exists = refuse(Verb::Create, 409, "AlreadyExists", "deployments.apps \"checkout\" already exists").0;
    let implied_exists = refuse(Verb::Create, 409, "", "deployments.apps \"checkout\" already exists").0;
    let forbidden = refuse(Verb::Delete, 403, "", "not allowed").0;
    scribe.writer.finish().unwrap();
    let recording = Recording::open(&file, &OpenOptions::default()).unwrap();
    let lineage = recording.lineage(SessionNo(0)).unwrap();
    let found = |source: &str| {
        let found = scanned(&recording, &lineage, &Filter::parse(source).unwrap());
        assert_eq!(found, tested(&recording, &lineage, &Filter::parse(source).unwrap()), "{source}");
        found
    };
    assert_eq!(found("reason == Conflict"), [recorded, implied]);
    assert_eq!(found("reason = alreadyexists"), [exists, implied_exists]);
    assert_eq!(found("reason ~ forbid"), [forbidden]);
    assert_eq!(found("has:error reason != Conflict"), [exists, implied_exists, forbidden]);
    // A search for the word finds every 409, which HTTP calls a conflict.
    assert_eq!(found("Conflict"), [recorded, implied, exists, implied_exists]);
    let mut stage = stage(&file, (100, 20), "mono");
    stage.keys("g g / C o n f l i c t Enter").unwrap();
    assert_eq!(stage.state.cursor.0, recorded);
    stage.keys("n n").unwrap();
    assert_eq!(stage.state.cursor.0, exists);
}

fn any_filter() -> impl Strategy<Value = String> {
    let tests = [
        "verb == patch",
        "verb != get",
        "type == WATCH",
        "code >= 400",
        "code != 200",
        "actor ~ hpa",
        "actor == shop-operator/checkout",
        "kind == deployments",
        "kind != pod",
        "dur > 3ms",
        "n < 20",
        "n in (7, 8, 30)",
        "rv == 104",
        "reconcile ~ 3",
        "error ~ modified",
        "reason == Conflict",
        "reason != conflict",
        "reason ~ con",
        "conflict",
        "has:write",
        "has:error",
        "has:change",
        "has:reconcile",
        "checkout",
        "r2",
    ];
    let leaf = proptest::sample::select(tests.map(str::to_owned).to_vec());
    leaf.prop_recursive(4, 12, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| format!("not ({one})")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one}) and ({other})")),
            (inner.clone(), inner).prop_map(|(one, other)| format!("({one}) or ({other})")),
        ]
    })
}

#[test]
fn scan_and_filter_agree_for_any_filter() {
    let (_folder, file) = fight(9);
    let recording = Recording::open(&file, &OpenOptions::default()).unwrap();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(128));
    runner
        .run(&any_filter(), |source| {
            compare(&recording, &[&source]);
            Ok(())
        })
        .unwrap();
}
