//! Effects of operations.

use kuberewind_analysis::queries::why::{EffectLimits, Effects, LinkKind, effects};
use kuberewind_model::{Certainty, Seq, Verb};

use crate::tape::{CHECKOUT, Played, Tape, by, call, replicas};

fn ask(played: &Played, seq: u64) -> Effects {
    effects(&played.recording, &played.lineage, Seq(seq), EffectLimits::default()).unwrap()
}

fn links(found: &Effects) -> Vec<(u16, LinkKind, Option<u64>, Certainty)> {
    found
        .effects
        .iter()
        .map(|effect| (effect.depth, effect.link.kind, effect.link.operation.map(|seq| seq.0), effect.link.certainty))
        .collect()
}

/// A write that is delivered to two controllers. The first reacts before the response of the write arrives.
fn story() -> Played {
    let mut tape = Tape::new();
    tape.record(call("user", Verb::Get, CHECKOUT, "10", replicas(3)));
    let began = tape.last();
    let early = tape.deliver("checkout", CHECKOUT, "11", replicas(5));
    tape.record(call("user", Verb::Update, CHECKOUT, "11", replicas(5)).precondition("10").begun_after(began));
    let late = tape.deliver("hpa", CHECKOUT, "11", replicas(5));
    let one = tape.begin("checkout", CHECKOUT, vec![by(early)]);
    tape.record(call("checkout", Verb::Get, CHECKOUT, "11", replicas(5)).within(one));
    tape.record(call("checkout", Verb::Update, CHECKOUT, "12", replicas(3)).precondition("11").within(one));
    tape.end(one, None);
    let two = tape.begin("hpa", CHECKOUT, vec![by(late)]);
    tape.end(two, None);
    tape.record(call("user", Verb::Update, CHECKOUT, "13", replicas(4)).precondition("12").lost());
    tape.play()
}

#[test]
fn a_write_leads_to_deliveries_reconciles_and_writes() {
    let played = story();
    let exact = Certainty::Exact;
    let expected = [
        (1, LinkKind::Delivery, Some(2), exact),
        (2, LinkKind::Reconcile, None, exact),
        (3, LinkKind::Write, Some(6), exact),
        (1, LinkKind::Delivery, Some(4), exact),
        (2, LinkKind::Reconcile, None, exact),
    ];
    let found = ask(&played, 3);
    assert_eq!(links(&found), expected, "{found:?}");
    assert_eq!((found.of.operation, found.end.as_str()), (Some(Seq(3)), ""));
    assert_eq!(found.effects[0].link.evidence, "the same uid and resourceVersion 11");
    assert_eq!(found.effects[2].link.evidence, "the call was made within it");
    // The same from a delivery, one level less.
    assert_eq!(links(&ask(&played, 2)), [(1, LinkKind::Reconcile, None, exact), (2, LinkKind::Write, Some(6), exact)]);
}

#[test]
fn missing_effects_have_a_reason() {
    let played = story();
    for (seq, why) in [
        (1, "#1 only reads"),
        (6, "no recorded actor received what #6 wrote"),
        (7, "the response to #7 was lost: its effects are unknown"),
    ] {
        let found = ask(&played, seq);
        assert_eq!((found.effects.len(), found.end.as_str()), (0, why));
    }
    assert!(effects(&played.recording, &played.lineage, Seq(99), EffectLimits::default()).is_err());
}

#[test]
fn effects_are_limited() {
    let few = EffectLimits { each: 1, all: 2 };
    let played = story();
    let found = effects(&played.recording, &played.lineage, Seq(3), few).unwrap();
    assert_eq!((found.effects.len(), found.end.as_str()), (2, "there are more effects"));
}
