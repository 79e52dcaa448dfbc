use kuberewind_analysis::queries::causality::{
    ChainLimits, EdgeType, Graph, NodeType, Window, causality, chains, cycles, dot, mermaid,
};
use kuberewind_model::{Certainty, Seq, Verb};
use serde_json::json;

use crate::tape::{CHECKOUT, Played, Tape, Thing, because, by, call, replicas};

const WEB: Thing = Thing { kind: "ReplicaSet", resource: "replicasets", group: "apps", name: "checkout-7c9", uid: "u-rs" };
const POD: Thing = Thing { kind: "Pod", resource: "pods", group: "", name: "checkout-7c9-x2", uid: "u-pod" };

fn graph(played: &Played) -> Graph {
    causality(&played.recording, &played.lineage, &Window::default()).unwrap()
}

fn edges(graph: &Graph) -> Vec<(&str, &str, Certainty)> {
    graph.edges.iter().map(|edge| (edge.from.as_str(), edge.to.as_str(), edge.certainty)).collect()
}

/// A deployment leads to its replica set, that to a pod, whose status leads back to the replica set by its owner reference.
fn rollout() -> Played {
    let owned = |kind: &str, name: &str| json!({"metadata": {"ownerReferences": [{"kind": kind, "name": name, "uid": "u"}]}});
    let mut tape = Tape::new();
    tape.record(call("user", Verb::Create, CHECKOUT, "10", replicas(1)));
    let seen = tape.deliver("deployments", CHECKOUT, "10", replicas(1));
    let one = tape.begin("deployments", CHECKOUT, vec![by(seen)]);
    tape.record(call("deployments", Verb::Create, WEB, "11", owned("Deployment", "checkout")).within(one));
    tape.end(one, None);
    let seen = tape.record(call("replicasets", Verb::Added, WEB, "11", owned("Deployment", "checkout")));
    let two = tape.begin("replicasets", WEB, vec![by(seen)]);
    tape.record(call("replicasets", Verb::Create, POD, "12", owned("ReplicaSet", "checkout-7c9")).within(two));
    tape.end(two, None);
    let mut ready = owned("ReplicaSet", "checkout-7c9");
    tape.record(call("replicasets", Verb::Added, POD, "12", ready.clone()));
    ready["status"] = json!({"phase": "Running"});
    tape.record(call("kubelet", Verb::Update, POD, "13", ready.clone()).precondition("12"));
    tape.record(call("replicasets", Verb::Modified, POD, "13", ready));
    let three = tape.wait(10).begin("replicasets", WEB, vec![because("related object updated")]);
    tape.record(
        call("replicasets", Verb::Update, WEB, "14", json!({"status": {"readyReplicas": 1}})).precondition("11").within(three),
    );
    tape.end(three, None);
    tape.play()
}

#[test]
fn a_rollout_is_a_chain_over_three_kinds() {
    let played = rollout();
    let graph = graph(&played);
    let (exact, likely) = (Certainty::Exact, Certainty::Likely);
    assert_eq!(
        edges(&graph),
        [
            ("op:1", "span:R1", exact),
            ("span:R1", "op:3", exact),
            ("op:3", "span:R2", exact),
            ("span:R2", "op:5", exact),
            ("op:5", "span:R3", likely),
            ("op:7", "span:R3", likely),
            ("span:R3", "op:9", exact),
        ]
    );
    let owner = graph.edges.iter().find(|edge| edge.from == "op:7").unwrap();
    assert_eq!(
        owner.evidence,
        "Pod/shop/checkout-7c9-x2 names ReplicaSet/checkout-7c9 as its owner; delivered by #8 as resourceVersion 13, one of 2 coalesced since the reconcile before"
    );
    let found = chains(&graph, ChainLimits::default());
    let ids: Vec<_> = found[0].nodes.iter().map(|at| graph.nodes[*at].id.as_str()).collect();
    assert_eq!(ids, ["op:1", "span:R1", "op:3", "span:R2", "op:5", "span:R3", "op:9"]);
    assert_eq!(chains(&graph, ChainLimits { depth: 3, chains: 1 })[0].nodes.len(), 3);
    assert!(cycles(&graph).is_empty(), "a chain that ends is no cycle: {:?}", cycles(&graph));
}

#[test]
fn json_has_nodes_and_edges() {
    let json = serde_json::to_value(graph(&rollout())).unwrap();
    let keys: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["nodes", "edges"]);
    let mut op = json["nodes"][0].clone();
    op["ts"].take();
    assert_eq!(
        op,
        json!({"id": "op:1", "type": "op", "actor_id": "user", "kind": "Deployment", "ns": "shop", "name": "checkout", "ts": null,
               "rv": "10", "uid": "u-checkout", "duration_ms": 5.0, "error": "", "verb": "create"})
    );
    assert_eq!(json["nodes"][1]["type"], "span");
    let evidence = "delivered by #2 as resourceVersion 10";
    assert_eq!(
        json["edges"][0],
        json!({"from": "op:1", "to": "span:R1", "type": "op_to_span", "certainty": "exact", "evidence": evidence})
    );
}

#[test]
fn ping_pong_over_two_kinds_is_one_cycle() {
    let mut tape = Tape::new();
    let mut last = tape.record(call("user", Verb::Create, CHECKOUT, "10", replicas(1)));
    for round in 0..4_u32 {
        let (actor, from, to) = if round % 2 == 0 { ("a", CHECKOUT, WEB) } else { ("b", WEB, CHECKOUT) };
        let (base, rv) = ((10 + round).to_string(), (11 + round).to_string());
        let seen = tape.deliver(actor, from, &base, replicas(round));
        assert_eq!(seen, last.next());
        let span = tape.begin(actor, from, vec![by(seen)]);
        last = tape.record(call(actor, Verb::Patch, to, &rv, replicas(round + 1)).within(span));
        tape.end(span, None);
    }
    let graph = graph(&tape.play());
    let found = cycles(&graph);
    assert_eq!(found.len(), 1);
    let members: Vec<_> = found[0].members.iter().map(|member| (member.actor.as_str(), member.object.as_str())).collect();
    assert_eq!(members, [("a", "ReplicaSet/shop/checkout-7c9"), ("b", "Deployment/shop/checkout")]);
    assert_eq!((found[0].steps, found[0].certainty), (3, Certainty::Exact));
}

#[test]
fn a_write_without_recorded_reconcile_is_assigned_by_time() {
    let mut tape = Tape::new();
    let seen = tape.record(call("checkout", Verb::Added, CHECKOUT, "10", replicas(1)));
    let span = tape.begin("checkout", CHECKOUT, vec![by(seen)]);
    tape.update("checkout", CHECKOUT, "10", "11", replicas(2));
    tape.end(span, None);
    let graph = graph(&tape.play());
    assert_eq!(edges(&graph), [("op:1", "span:R1", Certainty::Exact), ("span:R1", "op:2", Certainty::Guess)]);
    assert!(graph.edges[0].evidence.ends_with("its write is not in the recording"));
}

#[test]
fn names_are_escaped_in_dot_and_mermaid() {
    let evil = Thing { name: "x\"];\u{1b}[2J\n<b>", ..CHECKOUT };
    let mut tape = Tape::new();
    tape.record(call("user", Verb::Create, evil, "10", replicas(1)));
    let seen = tape.deliver("checkout", evil, "10", replicas(1));
    tape.begin("checkout", evil, vec![by(seen)]);
    let graph = graph(&tape.play());
    for picture in [dot(&graph), mermaid(&graph)] {
        assert!(!picture.contains('\u{1b}') && !picture.contains("x\"]"), "{picture}");
    }
    assert!(dot(&graph).contains("n0 -> n1 [style=solid"));
    assert!(mermaid(&graph).contains("  n0 --> n1\n"));
}

#[test]
fn a_window_limits_the_graph() {
    let played = rollout();
    let window = Window { from: Seq(4), to: Seq(6), ..Window::default() };
    let part = causality(&played.recording, &played.lineage, &window).unwrap();
    assert!(
        part.nodes.iter().all(|node| node.node_type == NodeType::Span || (Seq(3)..=Seq(6)).contains(&node.at)),
        "{:?}",
        part.nodes
    );
    assert!(part.edges.iter().any(|edge| edge.edge_type == EdgeType::SpanToOp && edge.to == "op:5"));
    let few = causality(&played.recording, &played.lineage, &Window { limit: 2, ..Window::default() }).unwrap();
    assert!(few.more);
}
