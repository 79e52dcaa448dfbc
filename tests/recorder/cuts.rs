//! The events are the same wherever the transport splits a stream.

use proptest::prelude::*;

use kuberewind_capture::{Ending, Limits};

use crate::feed::{Ask, Feed};

fn chunks(bytes: &[u8], cuts: &[usize]) -> Vec<Vec<u8>> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).chain([0, bytes.len()]).collect();
    at.sort_unstable();
    at.windows(2).filter(|pair| pair[0] < pair[1]).map(|pair| bytes[pair[0]..pair[1]].to_vec()).collect()
}

/// The events of a response that arrives in these chunks, without their times.
fn events_of(uri: &str, pieces: &[Vec<u8>]) -> Vec<String> {
    let mut feed = Feed::with(Limits { object: 400, ..Limits::default() }, &[]);
    let call = feed.start(&Ask::get(uri));
    feed.head(call, 200);
    pieces.iter().for_each(|piece| feed.chunk(call, piece));
    feed.end(call, Ending::Complete);
    assert_eq!(feed.capture.held(), 0);
    let bodies = feed.sink.items().into_iter().map(|sight| format!("{:?}", sight.body)).chain(
        feed.sink.operations().into_iter().map(|operation| format!("{:?} {:?}", operation.observations, operation.response)),
    );
    feed.story().into_iter().chain(bodies).collect()
}

fn object(name: &str, text: &str) -> String {
    let text = serde_json::Value::from(text);
    format!(
        r#"{{"kind":"ConfigMap","apiVersion":"v1","metadata":{{"name":"{name}","resourceVersion":"7","labels":{{"a":"}}]"}}}},"data":{{"x":{text}}}}}"#
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn of_a_watch(texts in proptest::collection::vec(".{0,40}", 1..5), cuts in proptest::collection::vec(any::<usize>(), 0..12)) {
        let stream: String = texts.iter().enumerate()
            .map(|(number, text)| format!("{{\"type\":\"ADDED\",\"object\":{}}}\n", object(&format!("n{number}"), text))).collect();
        let whole = events_of("/api/v1/configmaps?watch=1", &[stream.clone().into_bytes()]);
        prop_assert_eq!(whole.iter().filter(|line| line.starts_with("ADDED")).count(), texts.len());
        prop_assert_eq!(events_of("/api/v1/configmaps?watch=1", &chunks(stream.as_bytes(), &cuts)), whole);
    }

    #[test]
    fn of_a_list(texts in proptest::collection::vec(".{0,60}", 0..5), last in any::<bool>(), pretty in any::<bool>(),
                 cuts in proptest::collection::vec(any::<usize>(), 0..12)) {
        let items: Vec<String> = texts.iter().enumerate().map(|(number, text)| object(&format!("n{number}"), text)).collect();
        let head = r#""kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"9"}"#;
        let items = format!(r#""items":[{}]"#, items.join(","));
        let mut list = if last { format!("{{{items},{head}}}") } else { format!("{{{head},{items}}}") };
        if pretty {
            list = serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&list).unwrap()).unwrap();
        }
        let whole = events_of("/api/v1/configmaps", &[list.clone().into_bytes()]);
        prop_assert_eq!(whole.iter().filter(|line| line.starts_with("  item")).count(), texts.len());
        prop_assert_eq!(events_of("/api/v1/configmaps", &chunks(list.as_bytes(), &cuts)), whole);
    }

    #[test]
    fn of_anything(bytes in proptest::collection::vec(any::<u8>(), 0..200), cuts in proptest::collection::vec(any::<usize>(), 0..6)) {
        for uri in ["/api/v1/configmaps", "/api/v1/configmaps?watch=1", "/api/v1/namespaces/a/configmaps/b"] {
            prop_assert_eq!(events_of(uri, &chunks(&bytes, &cuts)), events_of(uri, std::slice::from_ref(&bytes)));
        }
    }
}

#[test]
fn at_every_byte() {
    let stream = format!("{{\"type\":\"ADDED\",\"object\":{}}}\n", object("ü\\\"", "a\\\"b{ü\n")).repeat(2);
    let list =
        format!(r#"{{"kind":"ConfigMapList","apiVersion":"v1","items":[{0},{0}],"metadata":{{}}}}"#, object("x", "\\\"[{"));
    for (uri, text) in [("/api/v1/configmaps?watch=1", &stream), ("/api/v1/configmaps", &list)] {
        let whole = events_of(uri, &[text.clone().into_bytes()]);
        let single: Vec<Vec<u8>> = text.bytes().map(|byte| vec![byte]).collect();
        assert_eq!(events_of(uri, &single), whole);
        for at in 0..text.len() {
            assert_eq!(events_of(uri, &chunks(text.as_bytes(), &[at])), whole, "cut at {at}");
        }
    }
}
