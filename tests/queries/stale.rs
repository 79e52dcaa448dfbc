use kuberewind_analysis::queries::stale::{Lag, stale};
use kuberewind_model::{Event, NewWatch, Seq, Verb, WatchKey};

use crate::tape::{CHECKOUT, Tape, Thing, call, replicas};

#[test]
fn lag_is_counted_and_timed() {
    let mut tape = Tape::new();
    tape.event(Event::WatchOpened(NewWatch {
        key: WatchKey(1),
        actor: "checkout".into(),
        kind: CHECKOUT.kind_ref(),
        namespace: "shop".into(),
        selector: "".into(),
        from_resource_version: "".into(),
        initial_events: false,
    }));
    let mut added = call("checkout", Verb::Added, CHECKOUT, "10", replicas(3));
    added.operation.watch = Some(WatchKey(1));
    tape.record(added);
    tape.update("hpa", CHECKOUT, "10", "11", replicas(5));
    tape.update("hpa", CHECKOUT, "11", "12", replicas(6));
    let other = Thing { name: "payment", uid: "u-payment", ..CHECKOUT };
    tape.record(call("user", Verb::Create, other, "13", replicas(1)));
    let mut late = call("checkout", Verb::Modified, CHECKOUT, "12", replicas(6));
    late.operation.watch = Some(WatchKey(1));
    tape.record(late);
    let played = tape.play();
    let at = |seq| stale(&played.recording, &played.lineage, played.actor("checkout"), Seq(seq)).unwrap();
    assert!(at(1).stale.is_empty());
    let three = at(3);
    assert_eq!((three.objects, three.stale.len()), (1, 1));
    let lag = &three.stale[0];
    assert_eq!((lag.object.as_str(), lag.lag, lag.versions_behind), ("Deployment/shop/checkout", Lag::Older, 2));
    assert_eq!((lag.seen.as_str(), lag.world.as_str(), lag.since, lag.caught_up_at), ("10", "12", Seq(2), Some(Seq(5))));
    assert_eq!(lag.behind_for.as_millis(), 100);
    let never: Vec<_> = at(4).stale.into_iter().filter(|lag| lag.lag == Lag::Never).collect();
    assert_eq!((never[0].object.as_str(), never[0].certainty), ("Deployment/shop/payment", "likely"));
    assert_eq!(at(5).stale.iter().filter(|lag| lag.lag != Lag::Never).count(), 0);
    let json = serde_json::to_value(&three).unwrap();
    assert_eq!(json["stale"][0]["behind_ms"], 100.0);
    assert!(stale(&played.recording, &played.lineage, kuberewind_model::ActorId(99), Seq(1)).is_err());
    assert!(stale(&played.recording, &played.lineage, played.actor("hpa"), Seq(99)).is_err());
}
