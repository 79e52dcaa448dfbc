use std::ops::ControlFlow;

use kuberewind_analysis::queries::find::{FindResult, find};
use kuberewind_analysis::queries::invariant::{Invariant, InvariantReport, invariant};
use kuberewind_model::{Direction, ErrorKind, Seq, Verb};
use kuberewind_query::cel::Expression;
use serde_json::json;

use crate::tape::{CHECKOUT, Played, Tape, Thing, call, replicas};

/// Replicas 3, 5, 5 with a label, 3, 7, deleted, and created again with 9.
fn story() -> Played {
    let mut tape = Tape::new();
    tape.record(call("user", Verb::Create, CHECKOUT, "10", replicas(3)));
    tape.update("hpa", CHECKOUT, "10", "11", replicas(5));
    tape.update("user", CHECKOUT, "11", "12", json!({"spec": {"replicas": 5}, "metadata": {"labels": {"a": "b"}}}));
    tape.update("checkout", CHECKOUT, "12", "13", replicas(3));
    tape.update("hpa", CHECKOUT, "13", "14", replicas(7));
    tape.record(call("user", Verb::Deleted, CHECKOUT, "15", replicas(7)));
    let again = Thing { uid: "u-again", ..CHECKOUT };
    tape.record(call("user", Verb::Create, again, "16", replicas(9)));
    tape.play()
}

fn search(played: &Played, source: &str, from: u64, direction: Direction) -> FindResult {
    let expression = Expression::compile(source).unwrap();
    let ids = played.ids(CHECKOUT);
    let mut go_on = |_| ControlFlow::Continue(());
    find(&played.recording, &played.lineage, &ids, &expression, (Seq(from), direction), &mut go_on).unwrap()
}

#[test]
fn finds_moments_in_both_directions() {
    let played = story();
    let at = |from, direction| search(&played, "object.spec.replicas > 4", from, direction).at.map(|seq| seq.0);
    let (next, last) = (Direction::Forward, Direction::Backward);
    assert_eq!(
        [at(0, next), at(1, next), at(2, next), at(3, next), at(5, next), at(7, next)],
        [Some(2), Some(2), Some(5), Some(5), Some(7), None]
    );
    assert_eq!([at(7, last), at(5, last), at(4, last), at(3, last), at(2, last)], [Some(5), Some(2), Some(2), Some(2), None]);
    assert_eq!(search(&played, "object.spec.replicas > oldObject.spec.replicas", 2, next).at, Some(Seq(5)));
}

#[test]
fn equal_versions_are_not_evaluated_again() {
    let played = story();
    let found = search(&played, "object.spec.replicas > 100", 0, Direction::Forward);
    assert_eq!((found.at, found.versions, found.evaluated), (None, 7, 5));
    let missing = search(&played, "object.status.ready", 0, Direction::Forward);
    assert_eq!(missing.at, None);
    assert!(missing.undecided > 0 && missing.remark.contains("status"), "{missing:?}");
}

#[test]
fn irrelevant_versions_are_not_read() {
    let played = story();
    let (number, label) = ("object.spec.replicas > 100", "object.metadata.labels['a'] == 'c'");
    assert_eq!(search(&played, number, 0, Direction::Forward).unread, 0, "nothing is kept yet");
    played.keep_what_changed();
    // #3 changed only the label.
    assert_eq!(search(&played, number, 0, Direction::Forward).unread, 1);
    // #5 changed only the replicas.
    let found = search(&played, label, 0, Direction::Forward);
    assert_eq!((found.at, found.versions, found.unread), (None, 7, 2));
    let old = search(&played, "object.spec.replicas == 99 && oldObject.spec.replicas == 1", 0, Direction::Forward);
    assert_eq!(old.unread, 0, "each time one of the two had changed");
}

#[test]
fn a_search_can_be_cancelled() {
    let played = story();
    let expression = Expression::compile("object.spec.replicas > 100").unwrap();
    let mut stop = |_| ControlFlow::Break(());
    let found =
        find(&played.recording, &played.lineage, &played.ids(CHECKOUT), &expression, (Seq(0), Direction::Forward), &mut stop);
    assert_eq!(found.unwrap_err().kind(), ErrorKind::Interrupted);
}

#[test]
fn violations_have_an_author_and_an_end() {
    let played = story();
    let check = |text: &str| -> InvariantReport {
        let mut go_on = |_| ControlFlow::Continue(());
        invariant(&played.recording, &played.lineage, &Invariant::parse(text).unwrap(), &mut go_on).unwrap()
    };
    let checked = check("deployments: object.spec.replicas <= 4");
    let rows: Vec<_> = checked
        .violations
        .iter()
        .map(|one| {
            (
                one.first.0,
                one.mended.map(|seq| seq.0),
                one.versions,
                one.author.as_ref().and_then(|author| author.actor.as_deref()),
            )
        })
        .collect();
    assert_eq!(rows, [(2, Some(4), 2, Some("hpa")), (5, Some(6), 1, Some("hpa")), (7, None, 1, Some("user"))]);
    assert_eq!(checked.objects, 2);
    assert!(check("Deployment: object.spec.replicas <= 10").violations.is_empty());
    let mut go_on = |_| ControlFlow::Continue(());
    let nothing = invariant(&played.recording, &played.lineage, &Invariant::parse("Pod: true").unwrap(), &mut go_on);
    assert_eq!(nothing.unwrap_err().kind(), ErrorKind::NotFound);
    let wrong = Invariant::parse("Deployment: object.spec.replicas <= ").unwrap_err();
    assert!(wrong.caret().starts_with("Deployment: object.spec.replicas <="), "{}", wrong.caret());
    assert_eq!(Invariant::parse("Deployment: objekt.x").unwrap_err().at, 12);
    assert!(Invariant::parse("true").is_err());
}
