//! Measures queries: blame, why, searches and causality over a recording of one object with a thousand versions of 4 KiB. Two
//! controllers fight over it, and each write is delivered to both.
//!
//! Run with `cargo bench --bench queries`.

use std::error::Error;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::time::Instant;

use kuberewind_analysis::findings;
use kuberewind_analysis::queries::blame::{BlameOptions, blame};
use kuberewind_analysis::queries::causality::{Window, causality};
use kuberewind_analysis::queries::change::change;
use kuberewind_analysis::queries::find::find;
use kuberewind_analysis::queries::history::{HistoryLimits, history};
use kuberewind_analysis::queries::stale::stale;
use kuberewind_analysis::queries::why::{why_field, why_operation};
use kuberewind_analysis::settings::Settings;
use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter};
use kuberewind_model::{
    Certainty, Detail, Direction, Duration, Event, History, KindRef, Lineage, NewOperation, NewSpan, NewTrigger, ObjectId,
    ObjectQuery, Observation, ObservationKind, Observations, Seq, Shape, Sink, SpanEnd, SpanKey, SpanResult, Target, Text,
    Timestamp, Verb,
};
use kuberewind_query::cel::Expression;
use serde_json::{Value, json};

const VERSIONS: u64 = 1_000;
const START: Timestamp = Timestamp(1_770_200_000_000_000_000);
const ROUNDS: usize = 9;

type Outcomes<T> = Result<T, Box<dyn Error>>;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Outcomes<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("run.db");
    let bytes = record(&file)?;
    let recording = Recording::open(&file, &OpenOptions::default())?;
    let session = recording.sessions()?.pop().ok_or("no session")?;
    let lineage = recording.lineage(session.no)?;
    let query = ObjectQuery { kind: "Deployment".into(), ..ObjectQuery::default() };
    let id = recording.find_objects(&query, 1)?.pop().ok_or("no object")?.id;
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("{VERSIONS} versions of {bytes} bytes, {} operations, {} spans, {cores} cores", session.operations, session.spans);
    println!("| question | median | worst | goal |\n|---|---|---|---|");
    once(&recording, &lineage, id)?;
    paths(&recording, &lineage, id, "made on the way", "100 ms")?;
    let mut go_on = |_| ControlFlow::Continue(());
    findings(&recording, &recording, (&session, &lineage), &Settings::default(), &mut go_on)?;
    paths(&recording, &lineage, id, "kept", "10 ms")
}

/// Queries that read or compute the changed paths of versions.
fn paths(recording: &Recording, lineage: &Lineage, id: ObjectId, how: &str, goal: &str) -> Outcomes<()> {
    let end = lineage.last();
    let (all, label) = (BlameOptions::default(), "/metadata/labels/app");
    let one = BlameOptions { below: label.into(), managed_fields: false };
    let never = Expression::compile("object.metadata.labels['app'] == 'never'").map_err(|wrong| wrong.caret())?;
    measure(&format!("blame of every field, paths {how}"), goal, || Ok(blame(recording, lineage, id, end, &all)?.is_some()))?;
    measure(&format!("blame of a field that never changed, paths {how}"), goal, || {
        Ok(blame(recording, lineage, id, end, &one)?.is_some())
    })?;
    measure(&format!("next change of a field that never changes, paths {how}"), "", || {
        Ok(change(recording, lineage, &[id], Seq(1), Direction::Forward, Some(label))?.is_none())
    })?;
    measure(&format!("find over all versions, nothing read changes, paths {how}"), "", || {
        let mut go_on = |_| ControlFlow::Continue(());
        Ok(find(recording, lineage, &[id], &never, (Seq::START, Direction::Forward), &mut go_on)?.at.is_none())
    })
}

fn once(recording: &Recording, lineage: &Lineage, id: ObjectId) -> Outcomes<()> {
    let end = lineage.last();
    let one = BlameOptions { below: "/spec/replicas".into(), managed_fields: false };
    let rare = Expression::compile("object.spec.replicas > 100").map_err(|wrong| wrong.caret())?;
    let actor = recording.actors()?.into_iter().find(|actor| &*actor.name == "hpa").ok_or("no actor")?.id;
    measure("blame of one field that changed last", "10 ms", || Ok(blame(recording, lineage, id, end, &one)?.is_some()))?;
    measure("why of the last write, 24 links", "50 ms", || Ok(why_operation(recording, lineage, end, 24)?.links.len() == 24))?;
    measure("why of a field, 24 links", "50 ms", || {
        Ok(why_field(recording, lineage, id, end, "/spec/replicas", 24)?.links.len() == 24)
    })?;
    measure("find over all versions, evaluated each time", "", || {
        let mut go_on = |_| ControlFlow::Continue(());
        Ok(find(recording, lineage, &[id], &rare, (Seq::START, Direction::Forward), &mut go_on)?.at.is_none())
    })?;
    measure("history, the last 100 versions", "", || {
        Ok(history(recording, lineage, id, end, HistoryLimits { versions: 100, fields: 20 })?.versions.len() == 100)
    })?;
    measure("stale", "", || Ok(stale(recording, lineage, actor, end)?.objects == 1))?;
    measure("causality of the whole session", "", || Ok(!causality(recording, lineage, &Window::default())?.edges.is_empty()))
}

/// Runs a query several times and checks its answer.
fn measure(name: &str, goal: &str, mut question: impl FnMut() -> Outcomes<bool>) -> Outcomes<()> {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        if !black_box(question()?) {
            return Err(format!("{name}: not the expected answer").into());
        }
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let goal = if goal.is_empty() { String::new() } else { format!("≤ {goal}") };
    println!("| {name} | {:.2} ms | {:.2} ms | {goal} |", times[ROUNDS / 2], times[ROUNDS - 1]);
    Ok(())
}

/// Each version is written by one controller based on the previous one and delivered to the other, whose reconcile writes the
/// next.
fn record(file: &std::path::Path) -> Outcomes<usize> {
    let mut writer = SessionWriter::begin(file, NewSession::new("fight", START, 7))?;
    let mut bytes = 0;
    for version in 1..=VERSIONS {
        let (mine, other) = if version.is_multiple_of(2) { ("hpa", "checkout") } else { ("checkout", "hpa") };
        let body = body(version, mine);
        bytes = body.to_string().len();
        let span = SpanKey(version);
        let trigger = NewTrigger {
            operation: Some(writer.last()).filter(|last| *last > Seq::START),
            uid: "".into(),
            resource_version: "".into(),
            reason: "object updated".into(),
            certainty: Certainty::Exact,
        };
        let at = START.plus(Duration::from_millis(version * 10));
        writer.take(Event::SpanStarted(NewSpan {
            key: span,
            label: format!("R{version}").into(),
            at,
            actor: mine.into(),
            kind: Some(deployments()),
            kind_name: "Deployment".into(),
            namespace: "shop".into(),
            name: "checkout".into(),
            attempt: 1,
            inferred: None,
            triggers: vec![trigger],
        }))?;
        let verb = if version == 1 { Verb::Create } else { Verb::Update };
        writer.take(operation(mine, verb, version, &body, Some(span), writer.last()))?;
        writer.take(Event::SpanEnded(SpanEnd { span, at, result: SpanResult::Ok, error: "".into(), requeue_after: None }))?;
        if version < VERSIONS {
            writer.take(operation(mine, Verb::Modified, version, &body, None, writer.last()))?;
            writer.take(operation(other, Verb::Modified, version, &body, None, writer.last()))?;
        }
    }
    writer.finish()?;
    Ok(bytes)
}

fn deployments() -> KindRef {
    KindRef { group: "apps".into(), version: "v1".into(), resource: "deployments".into() }
}

fn operation(actor: &str, verb: Verb, version: u64, body: &Value, span: Option<SpanKey>, started_after: Seq) -> Event {
    let precondition = if verb == Verb::Update { (999 + version).to_string() } else { String::new() };
    let sight = Observation {
        observation_kind: ObservationKind::State,
        kind: deployments(),
        kind_name: "Deployment".into(),
        api_version: "apps/v1".into(),
        namespace: "shop".into(),
        name: "checkout".into(),
        uid: "u-checkout".into(),
        resource_version: (1_000 + version).to_string().into(),
        generation: i64::try_from(version).ok(),
        shape: Shape::Full,
        created: verb == Verb::Create,
        body: Some(Text { bytes: body.to_string().into_bytes().into(), cut: false }),
    };
    Event::Operation(Box::new(NewOperation {
        duration: Duration::from_millis(3),
        started_after,
        observations: Observations::Object(Box::new(sight)),
        span,
        detail: Detail { precondition: precondition.into(), field_manager: actor.into(), ..Detail::default() },
        ..NewOperation::done(
            START.plus(Duration::from_millis(version * 10 + 5)),
            actor,
            verb,
            Target::object(deployments(), "shop", "checkout"),
        )
    }))
}

/// A Deployment of about 4 KiB with `managedFields`, of which a few fields change each time.
fn body(version: u64, manager: &str) -> Value {
    let env: Vec<Value> =
        (0..30).map(|at| json!({"name": format!("SETTING_{at}"), "value": format!("value number {at} of the shop")})).collect();
    let time = START.plus(Duration::from_millis(version * 10)).rfc3339(0);
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": "checkout", "namespace": "shop", "uid": "u-checkout", "generation": version,
            "resourceVersion": (1_000 + version).to_string(), "creationTimestamp": "2026-02-04T10:13:20Z",
            "labels": {"app": "checkout", "tier": "web"},
            "managedFields": [
                {"manager": manager, "operation": "Update", "apiVersion": "apps/v1", "time": time,
                 "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
                {"manager": "kubectl", "operation": "Apply", "apiVersion": "apps/v1", "time": "2026-02-04T10:13:20Z", "fieldsType": "FieldsV1",
                 "fieldsV1": {"f:metadata": {"f:labels": {"f:app": {}, "f:tier": {}}}, "f:spec": {"f:selector": {}, "f:template": {
                     "f:spec": {"f:containers": {"k:{\"name\":\"app\"}": {".": {}, "f:image": {}, "f:env": {}, "f:ports": {}}}}}}}}
            ]
        },
        "spec": {
            "replicas": if version.is_multiple_of(2) { 5 } else { 3 },
            "selector": {"matchLabels": {"app": "checkout"}},
            "template": {"metadata": {"labels": {"app": "checkout"}}, "spec": {"containers": [
                {"name": "app", "image": "shop/checkout:1.2.3", "env": env, "ports": [{"containerPort": 8080, "protocol": "TCP"}]}
            ]}}
        },
        "status": {"observedGeneration": version - 1, "replicas": 3, "readyReplicas": 3, "conditions": [
            {"type": "Available", "status": "True", "lastTransitionTime": "2026-02-04T10:13:40Z", "reason": "MinimumReplicasAvailable"},
            {"type": "Progressing", "status": "True", "lastUpdateTime": time, "reason": "NewReplicaSetAvailable"}
        ]}
    })
}
