//! Reconciles, triggers, log lines, watches, and the views in plain SQL.

use std::sync::Arc;

use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter};
use kuberewind_model::{
    Certainty, Duration, Event, History, LogStream, Seq, SessionNo, Sink, SpanResult, Timestamp, Verb, WatchOutcome,
};
use kuberewind_model::{NewLogLine, NewSpan, NewTrigger, NewWatch, SpanEnd, SpanKey, WatchEnd, WatchKey};

use crate::events::{START, deployments, operation, shows, state};

fn reconcile(key: u64, at: u64, trigger: Option<u64>) -> Event {
    let trigger = |reason: &str| NewTrigger {
        operation: trigger.map(Seq),
        uid: "u1".into(),
        resource_version: "11".into(),
        reason: reason.into(),
        certainty: Certainty::Exact,
    };
    Event::SpanStarted(NewSpan {
        key: SpanKey(key),
        label: format!("reconcile-{key}").into(),
        at: millis(at),
        actor: "shop/checkout".into(),
        kind: Some(deployments()),
        kind_name: "Deployment".into(),
        namespace: "shop".into(),
        name: "checkout".into(),
        attempt: 2,
        inferred: None,
        triggers: vec![trigger("object updated"), trigger("reconciler requested retry")],
    })
}

fn millis(at: u64) -> Timestamp {
    START.plus(Duration::from_millis(at))
}

fn log(at: u64, span: Option<u64>, text: &str) -> Event {
    let (stream, level) = (LogStream::Stderr, Arc::from("error"));
    Event::Log(NewLogLine { at: millis(at), stream, level, span: span.map(SpanKey), text: text.into() })
}

fn of_span(event: Event, span: u64, watch: Option<u64>) -> Event {
    let Event::Operation(mut operation) = event else { return event };
    operation.span = Some(SpanKey(span)).filter(|key| key.0 > 0);
    operation.watch = watch.map(WatchKey);
    Event::Operation(operation)
}

/// A watch delivers a change, a reconcile runs because of it and writes, another one never ends.
pub(crate) fn story() -> Vec<Event> {
    let body = |replicas: u64| format!(r#"{{"spec":{{"replicas":{replicas}}}}}"#);
    let opened = operation("shop/checkout", Verb::Watch, 1, kuberewind_model::Observations::Nothing);
    vec![
        Event::WatchOpened(NewWatch {
            key: WatchKey(5),
            actor: "shop/checkout".into(),
            kind: deployments(),
            namespace: "shop".into(),
            selector: "labelSelector=app%3Dcheckout".into(),
            from_resource_version: "10".into(),
            initial_events: false,
        }),
        of_span(Event::Operation(Box::new(opened)), 0, Some(5)),
        of_span(shows("shop/checkout", Verb::Modified, 2, state("checkout", "u1", "11", &body(3))), 0, Some(5)),
        reconcile(1, 2, Some(2)),
        log(3, Some(1), "scaling up\u{1b}[31m"),
        of_span(shows("shop/checkout", Verb::Update, 3, state("checkout", "u1", "12", &body(5))), 1, None),
        Event::WatchProgress { watch: WatchKey(5), resource_version: "19".into() },
        Event::SpanEnded(SpanEnd {
            span: SpanKey(1),
            at: millis(9),
            result: SpanResult::Error,
            error: "boom".into(),
            requeue_after: Some(Duration::from_millis(500)),
        }),
        Event::WatchEnded(WatchEnd { watch: WatchKey(5), outcome: WatchOutcome::Expired }),
        reconcile(2, 10, None),
        of_span(shows("shop/checkout", Verb::Get, 4, state("checkout", "u1", "12", &body(5))), 2, None),
        log(11, None, "no reconcile"),
    ]
}

#[test]
fn operations_that_made_a_reconcile_run_may_become_known_later() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut writer = SessionWriter::begin(&file, NewSession::new("s1", START, 7)).unwrap();
    let delivered = || shows("shop/checkout", Verb::Modified, 2, state("checkout", "u1", "11", "{}"));
    let events = [delivered(), delivered(), reconcile(1, 2, None), reconcile(1, 2, Some(2)), reconcile(1, 2, Some(1))];
    events.into_iter().for_each(|event| writer.take(event).unwrap());
    writer.finish().unwrap();
    let recording = Recording::open(&file, &OpenOptions::default()).unwrap();
    let spans = recording.spans(&recording.lineage(SessionNo(0)).unwrap(), Seq(0)..=Seq(4), 10).unwrap();
    let operations: Vec<_> = spans[0].triggers.iter().map(|trigger| trigger.operation).collect();
    assert_eq!((spans.len(), operations), (1, vec![Some(Seq(2)); 2]), "and once known they stay");
}

fn recorded(folder: &std::path::Path) -> std::path::PathBuf {
    let file = folder.join("run.db");
    let mut writer = SessionWriter::begin(&file, NewSession::new("s1", START, 7)).unwrap();
    for event in story() {
        writer.take(event).unwrap();
    }
    writer.finish().unwrap();
    file
}

#[test]
fn reconciles_triggers_log_lines_and_watches_read_as_written() {
    let folder = tempfile::tempdir().unwrap();
    let recording = Recording::open(&recorded(folder.path()), &OpenOptions::default()).unwrap();
    let lineage = recording.lineage(SessionNo(0)).unwrap();
    let spans = recording.spans(&lineage, Seq(1)..=Seq(4), 10).unwrap();
    assert_eq!(spans.len(), 2);
    let first = &spans[0];
    assert_eq!(
        (&*first.label, &*first.kind_name, &*first.object.name, first.attempt),
        ("reconcile-1", "Deployment", "checkout", 2)
    );
    assert_eq!((first.started_after, first.ended_after), (Seq(2), Some(Seq(3))));
    assert_eq!((first.duration, first.result, &*first.error), (Some(Duration::from_millis(7)), SpanResult::Error, "boom"));
    assert_eq!(first.requeue_after, Some(Duration::from_millis(500)));
    assert_eq!(first.triggers.len(), 2, "coalesced triggers are all kept");
    assert_eq!((first.triggers[0].operation, &*first.triggers[1].reason), (Some(Seq(2)), "reconciler requested retry"));
    assert_eq!((spans[1].ended_after, spans[1].duration, spans[1].result), (None, None, SpanResult::Unknown));
    let labels = |spans: Vec<kuberewind_model::Span>| spans.iter().map(|span| span.label.to_string()).collect::<Vec<_>>();
    assert_eq!(labels(recording.spans_triggered_by(&lineage, Seq(2)).unwrap()), ["reconcile-1"]);
    assert_eq!(labels(recording.spans(&lineage, Seq(4)..=Seq(4), 10).unwrap()), ["reconcile-2"]);
    let of = |span| recording.operations_of_span(&lineage, span, 10).unwrap().iter().map(|o| o.seq.0).collect::<Vec<_>>();
    assert_eq!((of(first.id), of(spans[1].id)), (vec![3], vec![4]));

    let lines = recording.log_lines(&lineage, Seq(0)..=Seq(4), 10).unwrap();
    assert_eq!((lines.len(), lines[0].after, lines[0].span, lines[1].span), (2, Seq(2), Some(first.id), None));
    assert_eq!((&*lines[0].level, lines[0].stream, &*lines[0].text), ("error", LogStream::Stderr, "scaling up\u{1b}[31m"));

    let watch = recording.operation(&lineage, Seq(2)).unwrap().unwrap().watch.unwrap();
    let watch = recording.watch(watch).unwrap().unwrap();
    assert_eq!((watch.opened, watch.events, watch.closed, watch.outcome), (Seq(1), 1, Some(Seq(3)), WatchOutcome::Expired));
    assert_eq!((&*watch.progress, &*watch.from_resource_version), ("19", "10"));
    assert_eq!((&*watch.scope.namespace, &*watch.scope.selector), ("shop", "labelSelector=app%3Dcheckout"));
    let session = &recording.sessions().unwrap()[0];
    assert_eq!((session.operations, session.spans, session.log_lines), (4, 2, 2));
}

#[test]
fn any_sqlite_program_reads_both_views() {
    let folder = tempfile::tempdir().unwrap();
    let db = rusqlite::Connection::open(recorded(folder.path())).unwrap();
    let rows = |sql: &str| -> Vec<String> {
        let mut query = db.prepare(sql).unwrap();
        let rows = query.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let types = "SELECT operation_type || ' ' || verb || ' ' || sequence_number FROM operations ORDER BY sequence_number";
    assert_eq!(rows(types), ["WATCH watch 1", "WATCH MODIFIED 2", "UPDATE update 3", "GET get 4"]);
    let facts = "SELECT session_id || '|' || timestamp || '|' || resource_kind || '|' || namespace || '|' || name || '|' ||
      resource_data || '|' || error || '|' || duration_ms || '|' || actor_id || '|' || uid || '|' || resource_version || '|' || generation
      FROM operations WHERE sequence_number = 3";
    let expected = r#"s1|1770200000|Deployment|shop|checkout|{"spec":{"replicas":5}}||1|shop/checkout|u1|12|1"#;
    assert_eq!(rows(facts), [expected]);
    let spans = "SELECT id || '|' || actor_id || '|' || kind || '|' || name || '|' || duration_ms || '|' || trigger_uid || '|' ||
      trigger_resource_version || '|' || trigger_reason || '|' || error || '|' || (end_ts >= start_ts) FROM reconcile_spans WHERE end_ts NOT NULL";
    assert_eq!(rows(spans), ["reconcile-1|shop/checkout|Deployment|checkout|7|u1|11|object updated|boom|1"]);
    assert_eq!(rows("SELECT CAST(count(*) AS TEXT) FROM reconcile_spans"), ["2"]);
    assert_eq!(rows("SELECT CAST(user_version AS TEXT) FROM pragma_user_version"), ["3"]);
}
