//! A session that was recorded elsewhere, told anew to our store as it stands in that file.

use std::path::PathBuf;

use kuberewind::analysis::questions::causality::{EdgeType, NodeType, Window, causality, cycles};
use kuberewind::analysis::questions::why::why_operation;
use kuberewind::model::*;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::blame::field;
use crate::tape::{CHECKOUT, Played, Tape, call};

const UID: &str = "7d0f5f8e-0b4e-4e0e-9d0c-2f5a4c1e0001";

fn sample() -> Option<Connection> {
    let folder = std::env::var_os("KUBEREWIND_REAL_INPUTS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let file = folder.join("kubestep/sample_recordings.db");
    if !file.exists() {
        eprintln!("skipped: {} is not there", file.display());
        return None;
    }
    let uri = format!("file:{}?immutable=1", file.display());
    Some(Connection::open_with_flags(uri, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI).unwrap())
}

enum Row {
    Operation { actor: String, kind: String, rv: String, body: String },
    Span { actor: String, trigger: (String, String), reason: String, end: i64 },
}

/// Operations and spans by time; a span goes before the operations of the second in which it began.
fn rows(db: &Connection) -> Vec<(i64, Row)> {
    let mut rows = Vec::new();
    let mut query = db.prepare("SELECT start_ts, actor_id, trigger_uid, trigger_resource_version, trigger_reason, end_ts FROM reconcile_spans WHERE session_id = 'fight-session-004'").unwrap();
    let spans = query.query_map([], |row| {
        let trigger = (row.get(2)?, row.get(3)?);
        Ok((row.get(0)?, Row::Span { actor: row.get(1)?, trigger, reason: row.get(4)?, end: row.get(5)? }))
    });
    rows.extend(spans.unwrap().map(Result::unwrap));
    let mut query = db.prepare("SELECT timestamp, actor_id, operation_type, resource_version, resource_data FROM operations WHERE session_id = 'fight-session-004' ORDER BY sequence_number").unwrap();
    let operations = query.query_map([], |row| {
        Ok((row.get(0)?, Row::Operation { actor: row.get(1)?, kind: row.get(2)?, rv: row.get(3)?, body: row.get(4)? }))
    });
    rows.extend(operations.unwrap().map(Result::unwrap));
    rows.sort_by_key(|(at, _)| *at);
    rows
}

fn fight() -> Option<Played> {
    let db = sample()?;
    let mut tape = Tape::new();
    let thing = crate::tape::Thing { uid: UID, ..CHECKOUT };
    let mut ends: Vec<(i64, SpanKey)> = Vec::new();
    for (at, row) in rows(&db) {
        let now = Timestamp(at * 1_000_000_000);
        tape.at(now);
        match row {
            Row::Span { actor, trigger: (uid, rv), reason, end } => {
                let certainty = if uid.is_empty() { Certainty::Guess } else { Certainty::Exact };
                let trigger = NewTrigger {
                    operation: None,
                    uid: uid.into(),
                    resource_version: rv.into(),
                    reason: reason.into(),
                    certainty,
                };
                ends.push((end, tape.begin(&actor, thing, vec![trigger])));
            }
            Row::Operation { actor, kind, rv, body } => {
                let verb = if kind == "UPDATE" { Verb::Update } else { Verb::Get };
                let body: Value = serde_json::from_str(&body).unwrap();
                tape.tell_at(now, call(&actor, verb, thing, &rv, body));
                for (_, span) in ends.extract_if(.., |(end, _)| *end <= at) {
                    tape.end(span, None);
                }
            }
        }
    }
    Some(tape.play())
}

#[test]
fn blame_names_the_right_one_of_two_fighters_at_every_moment() {
    let Some(played) = fight() else { return };
    assert_eq!(played.lineage.last(), Seq(48));
    for at in 2..=48 {
        let last_write = at - at % 2;
        let who = if last_write % 4 == 2 { "shop-operator/checkout" } else { "autoscaler/hpa" };
        let found = field(&played, at, "/spec/replicas");
        assert_eq!((found.operation, found.actor.as_deref()), (Some(Seq(last_write)), Some(who)), "at #{at}");
        assert_eq!(found.certainty, Certainty::Guess, "neither preconditions nor managedFields are in that file");
    }
    assert_eq!(field(&played, 1, "/spec/replicas").actor, None, "before the first sight nobody is known");
}

#[test]
fn its_causality_has_an_exact_edge_for_every_trigger_and_leads_each_reconcile_to_its_update() {
    let Some(played) = fight() else { return };
    let graph = causality(&played.recording, &played.lineage, &Window::default()).unwrap();
    let of = |edge_type| graph.edges.iter().filter(move |edge| edge.edge_type == edge_type);
    assert_eq!(of(EdgeType::OpToSpan).filter(|edge| edge.certainty == Certainty::Exact).count(), 23);
    assert_eq!(of(EdgeType::OpToSpan).count(), 23);
    let spans: Vec<_> = graph.nodes.iter().filter(|node| node.node_type == NodeType::Span).collect();
    assert_eq!(spans.len(), 24);
    for span in spans {
        let made: Vec<_> = of(EdgeType::SpanToOp).filter(|edge| edge.from == span.id).collect();
        assert_eq!(made.len(), 1, "{}", span.id);
        let update = graph.nodes.iter().find(|node| node.id == made[0].to).unwrap();
        assert_eq!((update.verb.as_str(), &update.actor_id), ("update", &span.actor_id));
    }
    let found = cycles(&graph);
    assert_eq!((found.len(), found[0].members.len(), found[0].steps), (1, 2, 23));
}

#[test]
fn why_leads_back_to_the_first_reconcile() {
    let Some(played) = fight() else { return };
    let chain = why_operation(&played.recording, &played.lineage, Seq(48), 200).unwrap();
    let writes: Vec<_> = chain.links.iter().filter_map(|link| link.operation).map(|seq| seq.0).collect();
    assert_eq!(writes, (1..=24).rev().map(|round| round * 2).collect::<Vec<_>>(), "{}", chain.end);
    assert!(chain.end.contains("initial list"), "{}", chain.end);
}
