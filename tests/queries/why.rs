use kuberewind_analysis::queries::why::{Chain, LinkKind, why_field, why_operation};
use kuberewind_model::{Certainty, Duration, Seq, Verb};
use serde_json::json;

use crate::tape::{CHECKOUT, Played, Tape, because, by, call, replicas};

fn ask(played: &Played, seq: u64) -> Chain {
    why_operation(&played.recording, &played.lineage, Seq(seq), 50).unwrap()
}

fn links(chain: &Chain) -> Vec<(LinkKind, Option<u64>, Certainty)> {
    chain.links.iter().map(|link| (link.kind, link.operation.map(|seq| seq.0), link.certainty)).collect()
}

/// Two controllers. Each receives the other's write and reacts to it with its own.
fn fight(rounds: u32) -> Played {
    let mut tape = Tape::new();
    tape.record(call("user", Verb::Create, CHECKOUT, "10", replicas(3)));
    for round in 0..rounds {
        let (actor, count) = if round % 2 == 0 { ("hpa", 5) } else { ("checkout", 3) };
        let (base, rv) = ((10 + round).to_string(), (11 + round).to_string());
        let seen = tape.deliver(actor, CHECKOUT, &base, replicas(8 - count));
        let span = tape.begin(actor, CHECKOUT, vec![by(seen)]);
        tape.record(call(actor, Verb::Update, CHECKOUT, &rv, replicas(count)).precondition(&base).within(span));
        tape.end(span, None);
    }
    tape.play()
}

#[test]
fn a_write_leads_back_through_both_actors_to_the_start() {
    let played = fight(4);
    let chain = ask(&played, 9);
    let kinds = [LinkKind::Write, LinkKind::Reconcile, LinkKind::Delivery];
    let expected: Vec<_> = (0..4_u64)
        .flat_map(|round| kinds.map(|kind| (kind, round)))
        .map(|(kind, round)| match kind {
            LinkKind::Write => (kind, Some(9 - 2 * round), Certainty::Exact),
            LinkKind::Delivery => (kind, Some(8 - 2 * round), Certainty::Exact),
            _ => (kind, None, Certainty::Exact),
        })
        .chain([(LinkKind::Write, Some(1), Certainty::Exact)])
        .collect();
    assert_eq!(links(&chain), expected);
    assert_eq!(chain.links[0].text, "checkout update Deployment/shop/checkout rv 14");
    assert_eq!(chain.links[3].evidence, "the same uid and resourceVersion 13");
    assert_eq!(chain.links[0].seen[0].resource_version, "13");
    assert!(chain.end.starts_with("no reconcile is recorded around #1"), "{}", chain.end);
    let short = why_operation(&played.recording, &played.lineage, Seq(9), 3).unwrap();
    assert_eq!((short.links.len(), short.end.as_str()), (3, "the limit of 3 links is reached"));
    assert!(why_operation(&played.recording, &played.lineage, Seq(99), 3).is_err());
}

#[test]
fn a_field_leads_to_its_write_and_on() {
    let played = fight(2);
    let id = played.id(CHECKOUT);
    let chain = why_field(&played.recording, &played.lineage, id, Seq(5), "/spec/replicas", 50).unwrap();
    assert_eq!(chain.links[0].text, "/spec/replicas = 3 (was 5)");
    assert_eq!(links(&chain)[..2], [(LinkKind::Field, None, Certainty::Exact), (LinkKind::Write, Some(5), Certainty::Exact)]);
    let whole = why_field(&played.recording, &played.lineage, id, Seq(5), "/spec", 50).unwrap();
    assert_eq!(whole.links[1].operation, Some(Seq(5)));
    assert!(why_field(&played.recording, &played.lineage, id, Seq(5), "/spec/nothing", 50).is_err());
}

#[test]
fn a_delivery_before_the_response_leads_to_its_write() {
    let mut tape = Tape::new();
    tape.record(call("hpa", Verb::Get, CHECKOUT, "10", replicas(3)));
    let began = tape.last();
    let seen = tape.deliver("checkout", CHECKOUT, "11", replicas(5));
    let span = tape.begin("checkout", CHECKOUT, vec![by(seen)]);
    tape.record(call("hpa", Verb::Update, CHECKOUT, "11", replicas(5)).precondition("10").begun_after(began));
    tape.record(call("checkout", Verb::Update, CHECKOUT, "12", replicas(3)).precondition("11").within(span));
    let chain = ask(&tape.play(), 4);
    let ops: Vec<_> = chain.links.iter().map(|link| link.operation.map(|seq| seq.0)).collect();
    assert_eq!(ops, [Some(4), None, Some(2), Some(3), Some(1)], "{chain:?}");
    assert_eq!(chain.links[4].certainty, Certainty::Guess, "what it had read before, by time only");
}

#[test]
fn coalesced_deliveries_and_requeues_are_listed() {
    let mut tape = Tape::new();
    tape.record(call("user", Verb::Create, CHECKOUT, "10", replicas(3)));
    let one = tape.deliver("checkout", CHECKOUT, "10", replicas(3));
    tape.update("user", CHECKOUT, "10", "11", replicas(4));
    let two = tape.deliver("checkout", CHECKOUT, "11", replicas(4));
    let span = tape.begin("checkout", CHECKOUT, vec![by(one), by(two)]);
    tape.record(call("checkout", Verb::Get, CHECKOUT, "11", replicas(4)).within(span));
    tape.wait(50).end(span, Some(Duration::from_millis(5_000)));
    let again = tape.wait(5_000).begin("checkout", CHECKOUT, vec![because("reconciler requested retry")]);
    tape.record(call("checkout", Verb::Update, CHECKOUT, "12", replicas(9)).precondition("11").within(again));
    let chain = ask(&tape.play(), 6);
    let kinds: Vec<_> = chain.links.iter().map(|link| link.kind).collect();
    let expected = [LinkKind::Write, LinkKind::Reconcile, LinkKind::Requeue, LinkKind::Delivery, LinkKind::Write];
    assert_eq!(kinds, expected, "{chain:?}");
    assert_eq!(chain.links[2].evidence, "it requeued itself after 5.000s");
    assert_eq!(chain.links[2].coalesced, [one]);
    assert_eq!(chain.links[3].operation, Some(two));
}

#[test]
fn chains_end_with_a_reason() {
    let mut tape = Tape::new();
    tape.record(call("checkout", Verb::Added, CHECKOUT, "10", replicas(3)));
    let seen = tape.deliver("checkout", CHECKOUT, "14", json!({"spec": {"replicas": 5}}));
    let span = tape.begin("checkout", CHECKOUT, vec![by(seen)]);
    tape.record(call("checkout", Verb::Update, CHECKOUT, "15", replicas(3)).precondition("14").within(span));
    let silent = tape.begin("checkout", CHECKOUT, vec![because("object updated")]);
    tape.record(call("checkout", Verb::Update, CHECKOUT, "16", replicas(4)).precondition("15").within(silent));
    let played = tape.play();
    let unseen = ask(&played, 3);
    assert_eq!(unseen.end, "no recorded write returned version 14: someone between #1 and #2");
    let untold = ask(&played, 4);
    assert!(untold.end.contains("its triggering delivery is not recorded"), "{}", untold.end);
}
