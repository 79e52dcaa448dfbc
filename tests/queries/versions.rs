use kuberewind_analysis::queries::change::change;
use kuberewind_analysis::queries::diff::{between_moments, between_versions};
use kuberewind_analysis::queries::history::{HistoryLimits, history};
use kuberewind_model::{Certainty, Direction, History, Observations, Perspective, Seq, Shape, Verb};
use serde_json::json;

use crate::tape::{CHECKOUT, Played, Tape, call, replicas};

/// Created with 3, set to 5, watched, labelled, deleted.
fn story() -> Played {
    let mut tape = Tape::new();
    tape.record(call("user", Verb::Create, CHECKOUT, "10", replicas(3)));
    tape.update("hpa", CHECKOUT, "10", "11", replicas(5));
    tape.deliver("checkout", CHECKOUT, "11", replicas(5));
    tape.update("user", CHECKOUT, "11", "12", json!({"spec": {"replicas": 5}, "metadata": {"labels": {"a/b": "c"}}}));
    tape.record(call("checkout", Verb::Deleted, CHECKOUT, "13", replicas(5)));
    tape.play()
}

#[test]
fn history_has_writers_and_changes() {
    let played = story();
    let versions = history(&played.recording, &played.lineage, played.id(CHECKOUT), Seq(5), HistoryLimits::default()).unwrap();
    assert_eq!(versions.object, "Deployment/shop/checkout");
    let rows: Vec<_> = versions
        .versions
        .iter()
        .map(|entry| {
            let changed: Vec<_> = entry.changed.iter().map(|change| change.path.as_str()).collect();
            (entry.operation.0, entry.writer.actor.as_deref(), entry.writer.certainty, changed.join(" "), entry.gone)
        })
        .collect();
    let exact = Certainty::Exact;
    assert_eq!(rows[0], (1, Some("user"), exact, String::new(), false));
    assert_eq!(rows[1], (2, Some("hpa"), exact, "/spec/replicas".into(), false));
    assert_eq!(rows[2], (4, Some("user"), exact, "/metadata/labels/a~1b".into(), false));
    assert_eq!((rows[3].0, rows[3].4), (5, true));
    let last = history(&played.recording, &played.lineage, played.id(CHECKOUT), Seq(4), HistoryLimits { versions: 1, fields: 1 })
        .unwrap();
    assert_eq!((last.versions.len(), last.left_out), (1, 2));
    assert_eq!(last.versions[0].changed.len(), 1, "the version before is still compared with");
}

#[test]
fn a_diff_names_the_compared_versions() {
    let played = story();
    let id = played.id(CHECKOUT);
    let diff =
        |from, to| between_moments(&played.recording, &played.lineage, id, (Seq(from), Seq(to)), Perspective::World).unwrap();
    let two = diff(1, 2);
    assert!(two.comparable);
    assert_eq!(two.words, "version 10 of #1 → version 11 of #2");
    assert_eq!((&two.changed[0].path[..], &two.changed[0].after), ("/spec/replicas", &Some(json!(5))));
    assert!(diff(2, 3).words.ends_with("the same version"));
    assert!(diff(0, 1).words.starts_with("unknown → version 10") && !diff(0, 1).comparable);
    assert!(diff(4, 5).words.ends_with("deleted in between"), "{}", diff(4, 5).words);
    let view = Perspective::View(played.recording.viewers(&played.lineage, played.actor("checkout")).unwrap()[0].id);
    let seen = between_moments(&played.recording, &played.lineage, id, (Seq(3), Seq(4)), view).unwrap();
    assert!(seen.words.ends_with("the same version"), "the actor was not shown the label: {}", seen.words);
    assert!(between_moments(&played.recording, &played.lineage, id, (Seq(1), Seq(77)), view).is_err());
}

#[test]
fn shapes_that_differ_are_not_compared() {
    let mut tape = Tape::new();
    tape.record(call("user", Verb::Create, CHECKOUT, "10", replicas(3)));
    let mut recorded = call("metrics", Verb::Get, CHECKOUT, "11", json!({}));
    if let Observations::Object(sight) = &mut recorded.operation.observations {
        sight.shape = Shape::Metadata;
    }
    tape.record(recorded);
    let played = tape.play();
    let versions =
        played.recording.versions(&played.lineage, played.id(CHECKOUT), Seq(1)..=Seq(2), Direction::Forward, 9).unwrap();
    let diff = between_versions(&played.recording, &played.lineage, versions[0].id, versions[1].id).unwrap();
    assert!(!diff.comparable && diff.changed.is_empty());
    assert!(diff.words.ends_with("not comparable: one is known as full, the other as metadata only"), "{}", diff.words);
}

#[test]
fn finds_changes_in_both_directions() {
    let played = story();
    let at = |from, direction, field: Option<&str>| {
        change(&played.recording, &played.lineage, &played.ids(CHECKOUT), Seq(from), direction, field)
            .unwrap()
            .map(|change| change.at.0)
    };
    let (next, last) = (Direction::Forward, Direction::Backward);
    assert_eq!(
        [at(0, next, None), at(1, next, None), at(2, next, None), at(4, next, None), at(5, next, None)],
        [Some(1), Some(2), Some(4), Some(5), None]
    );
    assert_eq!([at(5, last, None), at(3, last, None), at(1, last, None)], [Some(4), Some(2), None]);
    let field = Some("/spec/replicas");
    assert_eq!(
        [at(0, next, field), at(1, next, field), at(2, next, field), at(5, next, field)],
        [Some(1), Some(2), Some(5), None]
    );
    assert_eq!([at(5, last, field), at(2, last, field), at(1, last, field)], [Some(2), Some(1), None]);
    assert_eq!(at(0, next, Some("/spec/nothing")), None);
    let found = change(&played.recording, &played.lineage, &played.ids(CHECKOUT), Seq(5), last, field).unwrap().unwrap();
    assert_eq!((found.before, found.after), (Some(json!(3)), Some(json!(5))));
    assert_eq!(found.author.unwrap().actor.as_deref(), Some("hpa"));
}
