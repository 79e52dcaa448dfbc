//! A session recorded by another program.

use std::ops::ControlFlow;
use std::path::PathBuf;

use kuberewind_analysis::queries::causality::{EdgeType, NodeType, Window, causality, cycles};
use kuberewind_analysis::queries::why::why_operation;
use kuberewind_file::{OpenOptions, Recording};
use kuberewind_formats::open_cached;
use kuberewind_model::{Certainty, History, Seq};

use crate::blame::field;
use crate::tape::Played;

fn fight() -> Option<Played> {
    let folder = std::env::var_os("KUBEREWIND_REAL_INPUTS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let file = folder.join("kubestep/sample_recordings.db");
    if !file.exists() {
        eprintln!("skipped: {} is not there", file.display());
        return None;
    }
    let cache = tempfile::tempdir().unwrap();
    let made = open_cached(&file, cache.path(), [7; 32], &mut |_| ControlFlow::Continue(())).unwrap();
    let recording = Recording::open(&made.recording, &OpenOptions::default()).unwrap();
    let session = recording.sessions().unwrap().into_iter().find(|session| session.session_id == "fight-session-004").unwrap();
    let lineage = recording.lineage(session.no).unwrap();
    Some(Played { recording, lineage, _folder: cache })
}

#[test]
fn blame_names_the_right_writer_at_every_moment() {
    let Some(played) = fight() else { return };
    assert_eq!(played.lineage.last(), Seq(48));
    for at in 2..=48 {
        let last_write = at - at % 2;
        let who = if last_write % 4 == 2 { "shop-operator/checkout" } else { "autoscaler/hpa" };
        let found = field(&played, at, "/spec/replicas");
        assert_eq!((found.author.operation, found.author.actor.as_deref()), (Some(Seq(last_write)), Some(who)), "at #{at}");
        assert_eq!(found.author.certainty, Certainty::Guess, "neither preconditions nor managedFields are in that file");
    }
    assert_eq!(field(&played, 1, "/spec/replicas").author.actor, None, "before the first observation no author is known");
}

#[test]
fn causality_has_an_exact_edge_for_every_trigger() {
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
