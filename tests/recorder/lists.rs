//! Lists: items, pages of one list, and complete lists.

use http::Method;
use kuberewind_capture::{Ending, Limits, Missing};
use kuberewind_model::{Event, GapReason, Observations, Outcome};

use crate::feed::{Ask, Feed};

const PODS: &str = "/api/v1/namespaces/shop/pods";

fn item(name: &str, version: u64) -> String {
    format!(r#"{{"metadata":{{"name":"{name}","namespace":"shop","uid":"u-{name}","resourceVersion":"{version}"}},"spec":{{}}}}"#)
}

fn pods(version: u64, token: &str, items: &[String]) -> String {
    format!(
        r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"resourceVersion":"{version}","continue":"{token}"}},"items":[{}]}}"#,
        items.join(",")
    )
}

#[test]
fn items_get_the_type_that_the_server_leaves_out() {
    let mut feed = Feed::new();
    feed.exchange(&Ask::get(PODS), 200, &pods(9, "", &[item("a", 1), item("b", 2)]));
    assert_eq!(feed.story(), ["  item Pod shop/a@1 full", "  item Pod shop/b@2 full", "list 200 done: list 1 @9 complete"]);
    let body = feed.sink.items()[0].body.clone().unwrap().bytes;
    assert!(body.starts_with(br#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a""#), "{body:?}");
}

#[test]
fn pages_are_one_list_and_the_last_one_completes_it() {
    let mut feed = Feed::new();
    feed.exchange(&Ask::get(&format!("{PODS}?&limit=1")), 200, &pods(9, "t1", &[item("a", 1)]));
    feed.exchange(&Ask::get(&format!("{PODS}?limit=1&continue=t1")).by("op/other"), 200, &pods(9, "", &[item("x", 1)]));
    feed.exchange(&Ask::get(&format!("{PODS}?limit=1&continue=t1")), 200, &pods(9, "", &[item("b", 2)]));
    let lists: Vec<String> = feed.story().into_iter().filter(|line| line.starts_with("list")).collect();
    assert_eq!(lists, ["list 200 done: list 1 @9", "list 200 done: list 2 @9", "list 200 done: list 1 @9 complete"]);
    assert_eq!(&*feed.sink.operations()[0].detail.uri, "/api/v1/namespaces/shop/pods?limit=1");
}

#[test]
fn a_list_with_a_lost_part_is_not_complete() {
    let mut feed = Feed::new();
    let whole = pods(9, "", &[item("a", 1), item("b", 2)]);
    let call = feed.start(&Ask::get(PODS));
    feed.head(call, 200);
    feed.chunk(call, &whole.as_bytes()[..whole.len() - 60]);
    feed.end(call, Ending::Dropped);
    let call = feed.start(&Ask::get(PODS));
    feed.head(call, 200);
    feed.chunk(call, &whole.as_bytes()[..50]);
    let missing = Missing { count: 2, bytes: 70, mid_line: true, reason: GapReason::QueueFull };
    feed.chunk_after(call, &whole.as_bytes()[120..], Some(missing));
    feed.end(call, Ending::Complete);
    for operation in feed.sink.operations() {
        assert_eq!(operation.outcome, Outcome::Lost);
        assert!(matches!(&operation.observations, Observations::List(page) if !page.complete));
    }
    assert_eq!(feed.sink.gaps().iter().map(|gap| (gap.count, gap.bytes)).collect::<Vec<_>>(), [(2, 70)]);
}

#[test]
fn the_limit_holds_for_each_item() {
    let mut feed = Feed::with(Limits { object: 120, ..Limits::default() }, &[]);
    let big = item("big", 5).replace("{}", &format!("{{\"x\":\"{}\"}}", "y".repeat(400)));
    let nameless = format!(r#"{{"x":"{}"}}"#, "y".repeat(400));
    let list = pods(9, "", &[item("a", 1), big, item("b", 2)]);
    let call = feed.start(&Ask::get(PODS));
    feed.head(call, 200);
    list.as_bytes().chunks(64).for_each(|piece| feed.chunk(call, piece));
    feed.end(call, Ending::Complete);
    let expected = [
        "  item Pod shop/a@1 full",
        "  item Pod shop/big@5 cut",
        "  item Pod shop/b@2 full",
        "list 200 done: list 1 @9 complete",
    ];
    assert_eq!(feed.story(), expected);
    feed.exchange(&Ask::get(PODS), 200, &pods(9, "", &[nameless]));
    assert_eq!(feed.story()[4..], ["gap unreadable 1x408", "list 200 done: list 2 @9"]);
}

#[test]
fn tables_and_metadata_have_their_shapes() {
    let mut feed = Feed::new();
    let row = r#"{"cells":["a",1],"object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"a","namespace":"shop","uid":"u","resourceVersion":"3"}}}"#;
    let table = format!(
        r#"{{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{{"resourceVersion":"9"}},"columnDefinitions":[{{"name":"Name"}}],"rows":[{row}]}}"#
    );
    feed.exchange(&Ask::get(PODS), 200, &table);
    let partial =
        pods(9, "", &[item("a", 3)]).replace("PodList", "PartialObjectMetadataList").replace("\"v1\"", "\"meta.k8s.io/v1\"");
    feed.exchange(&Ask::get(PODS), 200, &partial);
    feed.exchange(&Ask::get(&format!("{PODS}/a")), 200, &table);
    let story = feed.story();
    assert_eq!(story[0], "  item  shop/a@3 table row");
    assert_eq!(story[2], "  item  shop/a@3 metadata only");
    assert_eq!(story[4], "get 200 done:  shop/a@3 table row");
    assert_eq!(&*feed.sink.items()[1].api_version, "v1");
}

#[test]
fn a_deletecollection_removes_its_items() {
    let mut feed = Feed::new();
    let kept = item("b", 2).replace("\"uid\"", "\"finalizers\":[\"x\"],\"uid\"");
    feed.exchange(&Ask::new(Method::DELETE, PODS), 200, &pods(9, "", &[item("a", 1), kept]));
    feed.exchange(&Ask::new(Method::DELETE, PODS), 200, r#"{"kind":"Status","status":"Success"}"#);
    let expected = [
        "  item Pod shop/a@1 full gone",
        "  item Pod shop/b@2 full",
        "deletecollection 200 done: removed 1",
        "deletecollection 200 done: nothing",
    ];
    assert_eq!(feed.story(), expected);
}

#[test]
fn an_empty_list_is_a_list() {
    let mut feed = Feed::new();
    feed.exchange(&Ask::get(PODS), 200, &pods(9, "", &[]));
    feed.exchange(
        &Ask::get(PODS),
        200,
        r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9"},"items":null}"#,
    );
    feed.exchange(&Ask::get(PODS), 200, r#"{"items":[],"metadata":{"resourceVersion":"9"},"kind":"PodList"}"#);
    feed.exchange(&Ask::get(PODS), 200, r#"{"kind":"Surprise"}"#);
    let complete = |list| format!("list 200 done: list {list} @9 complete");
    assert_eq!(feed.story(), [complete(1), complete(2), complete(3), "list 200 lost: list 4 @".into()]);
}

#[test]
fn discovery_teaches_kinds_and_is_no_operation() {
    let mut feed = Feed::new();
    let list = r#"{"kind":"APIResourceList","groupVersion":"apps/v1","resources":[{"name":"deployments","kind":"Deployment","namespaced":true,"shortNames":["deploy"],"verbs":["get"]},{"name":"deployments/status","kind":"Deployment"}]}"#;
    feed.exchange(&Ask::get("/apis/apps/v1"), 200, list);
    feed.exchange(&Ask::get("/apis/apps/v1"), 200, list);
    let kinds: Vec<_> = feed
        .sink
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::Kind(kind) => Some(kind),
            _ => None,
        })
        .collect();
    assert_eq!(kinds.len(), 1);
    assert_eq!((&*kinds[0].kind, kinds[0].namespaced, kinds[0].short_names.len()), ("Deployment", Some(true), 1));
    assert_eq!((feed.story().len(), feed.capture.counts().untracked), (0, 2));
}
