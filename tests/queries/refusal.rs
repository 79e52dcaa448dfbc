//! Refused writes: their base, what they sent, what was written meanwhile, and their retry.

use kuberewind_analysis::queries::refusal::{RefusedWrite, refused_write};
use kuberewind_analysis::queries::why::{EffectLimits, effects};
use kuberewind_model::{Certainty, Seq, Verb};
use kuberewind_report::refused_write_text;

use crate::tape::{CHECKOUT, Played, RecordedCall, Tape, by, call, replicas};

fn ask(played: &Played, seq: Seq) -> RefusedWrite {
    refused_write(&played.recording, &played.lineage, seq).unwrap()
}

fn conflict(actor: &str, base: &str, wanted: u32) -> RecordedCall {
    let body = CHECKOUT.body(base, replicas(wanted));
    call(actor, Verb::Update, CHECKOUT, "", replicas(0)).precondition(base).sends(&body).refused(
        409,
        "Conflict",
        "the object has been modified",
    )
}

/// checkout reads rv 10, hpa writes rv 11, checkout's update is refused and tried again in the same reconcile.
fn story(gap: bool) -> (Played, [Seq; 3]) {
    let mut tape = Tape::new();
    let seen = tape.deliver("checkout", CHECKOUT, "10", replicas(3));
    let first = tape.begin("checkout", CHECKOUT, vec![by(seen)]);
    let winner = tape.update("hpa", CHECKOUT, "10", "11", replicas(4));
    let refused = tape.record(conflict("checkout", "10", 5).within(first));
    tape.record(call("checkout", Verb::Get, CHECKOUT, "11", replicas(4)).within(first));
    if gap {
        tape.gap(refused.next(), refused.next());
    }
    let retry = tape.record(call("checkout", Verb::Update, CHECKOUT, "12", replicas(5)).precondition("11").within(first));
    tape.end(first, None);
    (tape.play(), [winner, refused, retry])
}

#[test]
fn a_conflict_names_its_base_the_winner_and_the_retry() {
    let (played, [winner, refused, retry]) = story(false);
    let found = ask(&played, refused);
    let base = found.base.as_ref().unwrap();
    assert_eq!((base.resource_version.as_str(), base.operation, base.certainty), ("10", Some(Seq(1)), Certainty::Exact));
    assert_eq!(found.winner().map(|(seq, author)| (seq, author.certainty)), Some((winner, Certainty::Exact)));
    let text = refused_write_text(&found);
    assert_eq!(
        text,
        "made on rv 10, observed in #1 (exact: its precondition names this resourceVersion)\n\
         sent\n  ~ .spec.replicas: 3 → 5\n\
         written meanwhile\n  #2 rv 11 by hpa #2 (exact: its precondition was resourceVersion 10)\n    ~ .spec.replicas: 3 → 4\n\
         retried in #5: done, 200 (likely: the same reconcile wrote again)\n"
    );
    let effects = effects(&played.recording, &played.lineage, refused, EffectLimits::default()).unwrap();
    let links: Vec<_> =
        effects.effects.iter().map(|effect| (effect.depth, effect.link.operation, effect.link.certainty)).collect();
    assert_eq!(links, [(1, Some(retry), Certainty::Likely)]);
    assert!(refused_write(&played.recording, &played.lineage, retry).is_err(), "a write that was done is no refused write");
}

#[test]
fn a_retry_may_be_refused_again() {
    let mut tape = Tape::new();
    let seen = tape.deliver("checkout", CHECKOUT, "10", replicas(3));
    let first = tape.begin("checkout", CHECKOUT, vec![by(seen)]);
    tape.update("hpa", CHECKOUT, "10", "11", replicas(4));
    let refused = tape.record(conflict("checkout", "10", 5).within(first));
    let again = tape.record(conflict("checkout", "10", 5).within(first));
    let done = tape.record(call("checkout", Verb::Update, CHECKOUT, "12", replicas(5)).precondition("11").within(first));
    tape.end(first, None);
    let played = tape.play();
    let retry = ask(&played, refused).retry.unwrap();
    assert_eq!((retry.operation, retry.outcome, retry.attempts, retry.done), (again, "refused", 2, Some(done)));
    let text = refused_write_text(&ask(&played, refused));
    assert!(text.contains("done in #5 at attempt 2"), "{text}");
}

#[test]
fn a_gap_before_the_next_write_hides_the_retry() {
    let (played, [_, refused, _]) = story(true);
    assert_eq!(ask(&played, refused).retry, None);
}

#[test]
fn the_next_write_of_another_run_or_for_another_object_is_no_retry() {
    let mut tape = Tape::new();
    let seen = tape.deliver("checkout", CHECKOUT, "10", replicas(3));
    let first = tape.begin("checkout", CHECKOUT, vec![by(seen)]);
    let refused = tape.record(conflict("checkout", "10", 5).within(first));
    tape.end(first, None);
    // Another actor's write, then a write of the same actor in a reconcile of something else.
    tape.update("hpa", CHECKOUT, "10", "11", replicas(4));
    let other = tape.begin("checkout", crate::tape::Thing { name: "other", uid: "u-other", ..CHECKOUT }, vec![by(seen)]);
    tape.record(call("checkout", Verb::Update, CHECKOUT, "12", replicas(5)).within(other));
    tape.end(other, None);
    let played = tape.play();
    assert_eq!(ask(&played, refused).retry, None);
}

#[test]
fn the_response_to_the_winner_may_come_later() {
    let mut tape = Tape::new();
    tape.record(call("checkout", Verb::Get, CHECKOUT, "10", replicas(3)));
    let before = tape.last();
    let refused = tape.record(conflict("checkout", "10", 5).begun_after(before));
    let winner = tape.record(call("hpa", Verb::Update, CHECKOUT, "11", replicas(4)).precondition("10").begun_after(before));
    let played = tape.play();
    let found = ask(&played, refused);
    assert_eq!(found.winner().map(|(seq, _)| seq), Some(winner));
    assert_eq!(found.retry, None);
}

#[test]
fn without_a_precondition_the_base_is_what_the_actor_saw_and_without_a_view_there_is_none() {
    let mut tape = Tape::new();
    tape.record(call("checkout", Verb::Get, CHECKOUT, "10", replicas(3)));
    let invalid = |actor| {
        call(actor, Verb::Patch, CHECKOUT, "", replicas(0)).sends(&replicas(9)).refused(
            422,
            "Invalid",
            "replicas must be at most 7",
        )
    };
    let seen = tape.record(invalid("checkout"));
    let blind = tape.record(invalid("stranger"));
    let played = tape.play();
    let found = ask(&played, seen);
    let base = found.base.as_ref().unwrap();
    assert_eq!((base.operation, base.certainty), (Some(Seq(1)), Certainty::Likely));
    assert_eq!((found.meanwhile.len(), found.winner()), (0, None));
    let text = refused_write_text(&found);
    assert!(text.contains("~ .spec.replicas: 3 → 9") && text.contains("nothing that is recorded"), "{text}");
    let text = refused_write_text(&ask(&played, blind));
    assert!(text.starts_with("made on no version that is recorded\nsent\n  + .spec.replicas: 9\n"), "{text}");
}
