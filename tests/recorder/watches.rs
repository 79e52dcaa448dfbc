//! Watches: lines, losses and ends, and the reconciles that they trigger.

use std::sync::Arc;

use kuberewind_capture::{Ending, Limits, Message, Missing, SpanEnded, SpanObject, SpanStarted};
use kuberewind_model::{Certainty, GapReason, SpanKey, SpanResult, Timestamp};

use crate::feed::{Ask, Feed};

const WATCH: &str = "/api/v1/namespaces/shop/configmaps?watch=true&resourceVersion=5";

fn event(kind: &str, name: &str, version: u64, more: &str) -> String {
    format!(
        "{{\"type\":\"{kind}\",\"object\":{{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{{\"name\":\"{name}\",\"namespace\":\"shop\",\"uid\":\"u-{name}\",\"resourceVersion\":\"{version}\"{more}}}}}}}\n"
    )
}

fn watched(feed: &mut Feed, uri: &str, text: &str) -> kuberewind_capture::CallId {
    let call = feed.start(&Ask::get(uri));
    feed.head(call, 200);
    feed.chunk(call, text.as_bytes());
    call
}

#[test]
fn each_event_is_an_operation_and_a_bookmark_is_none() {
    let mut feed = Feed::new();
    let text =
        [event("ADDED", "a", 6, ""), event("MODIFIED", "a", 7, ""), event("BOOKMARK", "", 8, ""), event("DELETED", "a", 9, "")]
            .concat();
    let call = watched(&mut feed, WATCH, &text);
    feed.end(call, Ending::Complete);
    let expected = [
        "open configmaps \"\" from \"5\"",
        "watch 200 done: nothing",
        "ADDED 200 done: ConfigMap shop/a@6 full",
        "MODIFIED 200 done: ConfigMap shop/a@7 full",
        "progress 8",
        "DELETED 200 done: ConfigMap shop/a@9 full gone",
        "watch ended",
    ];
    assert_eq!(feed.story(), expected);
    assert!(feed.sink.operations().iter().all(|operation| operation.watch.is_some()));
}

#[test]
fn deleted_under_a_selector_only_leaves_the_view() {
    for uri in [&format!("{WATCH}&labelSelector=app%3Dx"), "/api/v1/watch/namespaces/shop/configmaps/a"] {
        let mut feed = Feed::new();
        watched(&mut feed, uri, &event("DELETED", "a", 9, ""));
        assert_eq!(feed.story()[2], "DELETED 200 done: ConfigMap shop/a@9 full left");
    }
}

#[test]
fn the_server_ends_a_watch_with_a_status() {
    for (code, outcome) in [(410, "watch expired"), (500, "watch failed")] {
        let mut feed = Feed::new();
        let text = format!(
            "{{\"type\":\"ERROR\",\"object\":{{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"too old\",\"reason\":\"Expired\",\"code\":{code}}}}}\n"
        );
        let call = watched(&mut feed, WATCH, &text);
        feed.end(call, Ending::Complete);
        assert_eq!(feed.story()[2..], [format!("ERROR {code} refused: nothing"), outcome.into()]);
        assert_eq!(&*feed.sink.operations()[1].error, "too old");
    }
    let mut feed = Feed::new();
    feed.exchange(&Ask::get(WATCH), 410, r#"{"kind":"Status","message":"too old","reason":"Expired","code":410}"#);
    assert_eq!(feed.story(), ["watch 410 refused: nothing"]);
}

#[test]
fn after_a_loss_reading_resumes_at_the_next_line() {
    let mut feed = Feed::new();
    let (one, two, three) = (event("ADDED", "a", 6, ""), event("ADDED", "b", 7, ""), event("ADDED", "c", 8, ""));
    let call = watched(&mut feed, WATCH, &format!("{one}{}", &two[..20]));
    let missing = Missing { count: 1, bytes: 30, mid_line: true, reason: GapReason::QueueFull };
    feed.chunk_after(call, format!("{}{three}", &two[50..]).as_bytes(), Some(missing));
    let missing = Missing { count: 3, bytes: 300, mid_line: false, reason: GapReason::Disabled };
    feed.chunk_after(call, event("ADDED", "d", 9, "").as_bytes(), Some(missing));
    feed.end(call, Ending::Dropped);
    let expected = [
        "ADDED 200 done: ConfigMap shop/a@6 full",
        "gap queue full 1x50",
        "ADDED 200 done: ConfigMap shop/c@8 full",
        "gap disabled 3x300",
        "ADDED 200 done: ConfigMap shop/d@9 full",
        "watch dropped",
    ];
    assert_eq!(feed.story()[2..], expected);
    let gap = &feed.sink.gaps()[0];
    assert_eq!(
        (gap.actor.as_deref(), gap.kind.as_ref().map(|kind| &*kind.resource), &*gap.namespace),
        (Some("op/a"), Some("configmaps"), "shop")
    );
}

#[test]
fn unreadable_lines_are_gaps() {
    let mut feed = Feed::with(Limits { object: 300, ..Limits::default() }, &[]);
    let long = event("ADDED", &"x".repeat(700), 6, "");
    watched(
        &mut feed,
        WATCH,
        &format!("what?\n{{\"type\":\"NEW\",\"object\":{{}}}}\n{{\"type\":\"ADDED\"}}\n{long}{}", event("ADDED", "a", 7, "")),
    );
    assert_eq!(feed.sink.gap_reasons(), [GapReason::Unreadable; 4]);
    assert_eq!(feed.story().last().unwrap(), "ADDED 200 done: ConfigMap shop/a@7 full");
}

fn span(feed: &mut Feed, number: u64, actor: Option<&str>, name: &str, reason: &str) {
    span_at(feed, Timestamp(5), number, actor, name, reason);
}

fn span_at(feed: &mut Feed, at: Timestamp, number: u64, actor: Option<&str>, name: &str, reason: &str) {
    let object =
        SpanObject { kind: "ConfigMap".into(), version: "v1".into(), name: name.into(), joined: true, ..SpanObject::default() };
    feed.capture.take(Message::SpanStarted(Box::new(SpanStarted {
        span: SpanKey(number),
        at,
        actor: actor.map(Arc::from),
        label: "".into(),
        object,
        reason: reason.into(),
    })));
}

fn end(feed: &mut Feed, number: u64, result: SpanResult) {
    let ended = SpanEnded { span: SpanKey(number), at: Timestamp(6), result, error: String::new(), requeue_after: None };
    feed.capture.take(Message::SpanEnded(Box::new(ended)));
}

#[test]
fn deliveries_since_the_last_reconcile_are_its_triggers() {
    let mut feed = Feed::new();
    let owned = r#","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"a","uid":"u-a","controller":true}]"#;
    let call = watched(&mut feed, WATCH, &event("ADDED", "a", 6, ""));
    span(&mut feed, 1, Some("op/a"), "a.shop", "object updated");
    end(&mut feed, 1, SpanResult::Error);
    feed.chunk(
        call,
        [event("MODIFIED", "a", 7, ""), event("MODIFIED", "a", 8, ""), event("ADDED", "child", 9, owned)].concat().as_bytes(),
    );
    span(&mut feed, 2, Some("op/a"), "a.shop", "object updated");
    end(&mut feed, 2, SpanResult::Ok);
    span(&mut feed, 3, Some("op/a"), "a.shop", "reconciler requested retry");
    let spans = feed.sink.spans();
    let triggers = |at: usize| -> Vec<(u64, &str, Certainty)> {
        let triggers = spans[at].triggers.iter();
        triggers
            .map(|trigger| (trigger.operation.map_or(0, |seq| seq.0), &*trigger.resource_version, trigger.certainty))
            .collect()
    };
    assert_eq!(triggers(0), [(2, "6", Certainty::Exact)]);
    assert_eq!(triggers(1), [(3, "7", Certainty::Likely), (4, "8", Certainty::Likely), (5, "9", Certainty::Likely)]);
    assert_eq!(triggers(2), [(0, "", Certainty::Guess)]);
    assert_eq!(spans.iter().map(|span| span.attempt).collect::<Vec<_>>(), [1, 2, 1]);
    assert_eq!((&*spans[0].namespace, &*spans[0].name), ("shop", "a"));
}

#[test]
fn a_start_that_is_reported_late_takes_no_triggers_of_the_next_reconcile() {
    let mut feed = Feed::new();
    let owned = r#","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"a","uid":"u-a","controller":true}]"#;
    let call = watched(&mut feed, WATCH, &event("ADDED", "a", 6, ""));
    let began = feed.now();
    feed.chunk(call, [event("MODIFIED", "a", 7, ""), event("ADDED", "child", 8, owned)].concat().as_bytes());
    span_at(&mut feed, began, 1, Some("op/a"), "a.shop", "object updated");
    end(&mut feed, 1, SpanResult::Ok);
    let again = feed.now();
    span_at(&mut feed, again, 2, Some("op/a"), "a.shop", "object updated");
    let spans = feed.sink.spans();
    let versions = |at: usize| -> Vec<&str> { spans[at].triggers.iter().map(|trigger| &*trigger.resource_version).collect() };
    assert_eq!((versions(0), versions(1)), (vec!["6"], vec!["7", "8"]));
    assert_eq!(spans[0].triggers[0].certainty, Certainty::Exact);
}

#[test]
fn a_reconcile_without_an_actor_gets_one() {
    let mut feed = Feed::new();
    watched(&mut feed, WATCH, &event("ADDED", "a", 6, ""));
    span(&mut feed, 1, None, "a.shop", "object updated");
    assert_eq!(feed.story().last().unwrap(), "span op/a shop/a", "the only actor that received the object");
    let call = feed.start(&Ask::get(WATCH).by("op/b"));
    feed.head(call, 200);
    feed.chunk(call, event("ADDED", "a", 6, "").as_bytes());
    span(&mut feed, 2, None, "a.shop", "object updated");
    assert_eq!(feed.sink.spans().len(), 1, "two actors received it");
    feed.exchange(&Ask::get("/api/v1/namespaces/shop/configmaps/a").by("op/b").within(2), 404, "");
    assert_eq!(feed.story()[feed.story().len() - 2..], ["span op/b shop/a", "get 404 refused: nothing"]);
    assert_eq!(feed.sink.operations().last().unwrap().span, Some(SpanKey(2)));
    span(&mut feed, 3, None, "z.shop", "unknown");
    end(&mut feed, 3, SpanResult::Unknown);
    assert_eq!(feed.story()[feed.story().len() - 2..], ["span op shop/z", "span unknown"], "no actor received it: the process");
}
