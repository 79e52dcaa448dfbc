//! Watches.

use serde_json::json;

use super::{MAPS, map, version};
use crate::api::{Api, text};

fn event(kind: &str, name: &str, version: u64) -> (String, String, String) {
    (kind.to_owned(), name.to_owned(), version.to_string())
}

#[tokio::test]
async fn a_watch_tells_what_happened_since_its_version() {
    let api = Api::new();
    let (_, made) = api.post(MAPS, &map("a", "1")).await;
    let from = version(&made);
    let mut live = api.watch(&format!("{MAPS}?watch=true&resourceVersion={from}")).await;
    assert!(live.ready().await.is_empty());
    api.patch("merge-patch+json", &format!("{MAPS}/a"), &json!({"data": {"key": "2"}})).await;
    api.delete(&format!("{MAPS}/a"), &json!({})).await;
    let expected = [event("MODIFIED", "a", from + 1), event("DELETED", "a", from + 2)];
    assert_eq!(live.ready().await, expected);
    let mut late = api.watch(&format!("{MAPS}?watch=true&resourceVersion={from}")).await;
    assert_eq!(late.ready().await, expected);
}

#[tokio::test]
async fn leaving_a_selector_looks_like_a_deletion() {
    let api = Api::new();
    let mut watch = api.watch(&format!("{MAPS}?watch=1&labelSelector=app%3Da")).await;
    let (_, made) = api.post(MAPS, &map("a", "1")).await;
    let from = version(&made);
    for label in ["b", "c", "a"] {
        api.patch("merge-patch+json", &format!("{MAPS}/a"), &json!({"metadata": {"labels": {"app": label}}})).await;
    }
    let expected = [event("ADDED", "a", from), event("DELETED", "a", from + 1), event("ADDED", "a", from + 3)];
    assert_eq!(watch.ready().await, expected);
}

#[tokio::test]
async fn initial_events_end_with_a_bookmark() {
    let api = Api::new();
    api.post(MAPS, &map("a", "1")).await;
    let query = "watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan";
    let mut watch = api.watch(&format!("{MAPS}?{query}")).await;
    assert_eq!(watch.next().await.unwrap().0, "ADDED");
    let (kind, bookmark) = watch.next().await.unwrap();
    assert_eq!((kind.as_str(), &bookmark["metadata"]["annotations"]["k8s.io/initial-events-end"]), ("BOOKMARK", &json!("true")));
    assert_eq!(version(&bookmark), api.cluster.revision());
    assert_eq!(api.get(&format!("{MAPS}?watch=true&sendInitialEvents=true")).await.0, 422);
}

#[tokio::test]
async fn a_quiet_watch_gets_bookmarks_and_ends_at_its_timeout() {
    let api = Api::with(|options| options.bookmark_every = std::time::Duration::from_millis(20));
    let from = api.cluster.revision();
    let mut watch =
        api.watch(&format!("{MAPS}?watch=true&resourceVersion={from}&allowWatchBookmarks=true&timeoutSeconds=1")).await;
    // A write to another kind advances the revision, which the bookmark reports.
    api.post("/api/v1/namespaces/default/secrets", &json!({"metadata": {"name": "s"}})).await;
    let mut bookmarks = 0;
    while let Some((kind, bookmark)) = watch.next().await {
        assert_eq!((kind.as_str(), version(&bookmark)), ("BOOKMARK", from + 1));
        bookmarks += 1;
    }
    assert!(bookmarks >= 2, "{bookmarks}");
}

#[tokio::test]
async fn too_old_is_an_error_in_the_stream() {
    let api = Api::with(|options| options.event_window = 4);
    let from = api.cluster.revision();
    let mut slow = api.watch(&format!("{MAPS}?watch=true&resourceVersion={from}")).await;
    for at in 0..6 {
        api.post(MAPS, &map(&format!("m{at}"), "1")).await;
    }
    let (kind, status) = slow.next().await.unwrap();
    assert_eq!((kind.as_str(), &status["code"], text(&status, "/reason")), ("ERROR", &json!(410), "Expired".to_owned()));
    assert_eq!(text(&status, "/message"), format!("too old resource version: {from} ({})", from + 2));
    assert!(slow.next().await.is_none());
    let mut late = api.watch(&format!("{MAPS}?watch=true&resourceVersion=1")).await;
    assert_eq!(late.next().await.unwrap().0, "ERROR");
}

#[tokio::test]
async fn tables_of_a_watch_have_their_columns_once() {
    let api = Api::new();
    api.post(MAPS, &map("a", "1")).await;
    let request = http::Request::get(format!("{MAPS}?watch=true"))
        .header("accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
        .body(http_body_util::Full::new(bytes::Bytes::new()))
        .unwrap();
    let answer = tower::ServiceExt::oneshot(api.cluster.service(), request).await.unwrap();
    api.post(MAPS, &map("b", "1")).await;
    let mut body = answer.into_body();
    for (name, columns) in [("a", 3), ("b", 0)] {
        let frame = http_body_util::BodyExt::frame(&mut body).await.unwrap().unwrap().into_data().unwrap();
        let event: serde_json::Value = serde_json::from_slice(&frame).unwrap();
        assert_eq!(event["object"]["rows"][0]["cells"][0], name);
        assert_eq!(event["object"]["columnDefinitions"].as_array().unwrap().len(), columns);
    }
}

#[tokio::test]
async fn a_watch_ends_with_its_cluster() {
    let api = Api::new();
    let mut watch = api.watch(&format!("{MAPS}?watch=true")).await;
    drop(api);
    assert!(watch.next().await.is_none());
}
