//! The complete text output of queries.

use kuberewind_analysis::queries::blame::{BlameOptions, blame};
use kuberewind_analysis::queries::causality::{ChainLimits, Window, causality};
use kuberewind_analysis::queries::change::change;
use kuberewind_analysis::queries::history::{HistoryLimits, history};
use kuberewind_analysis::queries::stale::stale;
use kuberewind_analysis::queries::why::why_operation;
use kuberewind_model::{Direction, Seq, Verb};
use kuberewind_report::{blame_text, causality_text, change_text, history_text, stale_text, why_text};

use crate::tape::{CHECKOUT, Played, Tape, Thing, by, call, replicas};

fn fight(thing: Thing) -> Played {
    let mut tape = Tape::new();
    tape.record(call("user", Verb::Create, thing, "10", replicas(3)));
    for (actor, base, rv, was, is) in [("hpa", "10", "11", 3, 5), ("checkout", "11", "12", 5, 3)] {
        let seen = tape.deliver(actor, thing, base, replicas(was));
        let span = tape.begin(actor, thing, vec![by(seen)]);
        tape.record(call(actor, Verb::Update, thing, rv, replicas(is)).precondition(base).within(span));
        tape.end(span, None);
    }
    tape.play()
}

#[test]
fn texts_of_a_fight() {
    let played = fight(CHECKOUT);
    let (recording, lineage, id) = (&played.recording, &played.lineage, played.id(CHECKOUT));
    let which = BlameOptions { below: "/spec".into(), managed_fields: false };
    assert_eq!(
        blame_text(&blame(recording, lineage, id, Seq(5), &which).unwrap().unwrap()),
        "Deployment/shop/checkout, version 12 of #5\n\n\
         FIELD            VALUE   SET BY     AT   TIME                       CERTAINTY\n\
         .spec.replicas   3       checkout   #5   2026-02-04T10:13:21.500Z   exact\n"
    );
    let past = history_text(&history(recording, lineage, id, Seq(5), HistoryLimits { versions: 1, fields: 9 }).unwrap());
    assert_eq!(
        past,
        "Deployment/shop/checkout, uid u-checkout\n… 2 older versions\n\n#5  2026-02-04T10:13:21.500Z  rv 12\n  \
         by checkout #5 (exact: its precondition was resourceVersion 11)\n  ~ .spec.replicas: 5 → 3\n"
    );
    assert_eq!(
        why_text(&why_operation(recording, lineage, Seq(5), 4).unwrap()),
        "#5 checkout update Deployment/shop/checkout rv 12\n    last saw Deployment/shop/checkout at rv 11 (#4)\n\
         ← checkout reconcile R2 of Deployment/shop/checkout (object updated)   exact: the call was made within it\n\
         ← #4 checkout MODIFIED Deployment/shop/checkout rv 11   exact: the recorder saw the delivery trigger it\n\
         ← #3 hpa update Deployment/shop/checkout rv 11   exact: the same uid and resourceVersion 11\n    \
         last saw Deployment/shop/checkout at rv 10 (#2)\n■ the limit of 4 links is reached\n"
    );
    let graph = causality(recording, lineage, &Window::default()).unwrap();
    assert_eq!(
        causality_text(&graph, ChainLimits { depth: 3, chains: 1 }),
        "3 writes, 2 reconciles, 4 links\n\nchain of 5, 4 effects in all\n    #1 user create Deployment/shop/checkout\n  \
         → hpa reconcile R1 of Deployment/shop/checkout\n  → #3 hpa update Deployment/shop/checkout\n  … 2 more\n"
    );
    let late = stale_text(&stale(recording, lineage, played.actor("hpa"), Seq(5)).unwrap());
    assert!(late.starts_with("hpa at #5: 1 object in its view, 1 behind the world\n"), "{late}");
    assert!(late.contains("11 by #3   12      1 version since #5"), "{late}");
    let next = change(recording, lineage, &[id], Seq(3), Direction::Forward, Some("/spec/replicas")).unwrap();
    assert_eq!(change_text(next.as_ref()), "#5  5 → 3  by checkout #5 (exact: its precondition was resourceVersion 11)\n");
}

#[test]
fn control_characters_are_escaped() {
    let evil = Thing { name: "a\u{1b}]0;owned\u{7}\u{9b}31m", uid: "\u{1b}[2J", ..CHECKOUT };
    let played = fight(evil);
    let (recording, lineage, id) = (&played.recording, &played.lineage, played.ids(evil)[0]);
    let texts = [
        blame_text(&blame(recording, lineage, id, Seq(5), &BlameOptions::default()).unwrap().unwrap()),
        history_text(&history(recording, lineage, id, Seq(5), HistoryLimits::default()).unwrap()),
        why_text(&why_operation(recording, lineage, Seq(5), 9).unwrap()),
        causality_text(&causality(recording, lineage, &Window::default()).unwrap(), ChainLimits::default()),
        stale_text(&stale(recording, lineage, played.actor("hpa"), Seq(5)).unwrap()),
    ];
    for text in texts {
        assert!(text.contains("owned"), "{text:?}");
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }
}
