//! Bodies that client-go wrote, compared with the JSON that Go prints for the same objects. `generate/fixtures` makes them.

#![allow(clippy::unwrap_used, clippy::panic)]

use kuberewind_kinds::protobuf::{self, Limits, watch};
use serde_json::Value;

struct Sent {
    api_version: &'static str,
    kind: &'static str,
    body: Vec<u8>,
    json: &'static str,
}

fn sent() -> Vec<Sent> {
    let line = |line: &'static str| {
        let mut parts = line.split('\t');
        let mut part = || parts.next().unwrap();
        let (api_version, kind, hex, json) = (part(), part(), part(), part());
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        Sent { api_version, kind, body: (0..hex.len()).step_by(2).map(byte).collect(), json }
    };
    include_str!("client_go.txt").lines().map(line).collect()
}

#[test]
fn bodies_of_client_go_decode_to_the_json_that_go_prints() {
    let mut kinds = 0;
    for Sent { api_version, kind, body, json } in sent().into_iter().filter(|sent| sent.api_version != "watch") {
        let decoded = protobuf::decode(&body).unwrap();
        assert_eq!(decoded.text, json);
        assert_eq!((decoded.api_version.as_str(), decoded.kind.as_str()), (api_version, kind));
        assert_eq!((decoded.unknown, decoded.unknown_count), (vec![], 0));
        kinds += 1;
    }
    assert!(kinds >= 50, "{kinds}");
}

#[test]
fn objects_encode_to_the_bytes_of_client_go() {
    for Sent { api_version, kind, body, json } in sent().into_iter().filter(|sent| sent.api_version != "watch") {
        let object: Value = serde_json::from_str(json).unwrap();
        let encoded = protobuf::encode(api_version, kind, &object).unwrap();
        assert_eq!((encoded.unknown, encoded.unknown_count), (vec![], 0), "{kind}");
        assert!(encoded.bytes == body, "{kind}:\n{}\n{}", encoded.bytes.escape_ascii(), body.escape_ascii());
    }
}

#[test]
fn a_watch_frame_of_the_server_is_read_and_written() {
    let frame = sent().pop().unwrap();
    let (message, length) = watch::split(&frame.body, &Limits::DEFAULT).unwrap().unwrap();
    assert_eq!(length, frame.body.len());
    let event = watch::decode(message, &Limits::DEFAULT).unwrap();
    assert_eq!(format!("{{\"type\":\"{}\",\"object\":{}}}", event.event_type, event.object.text), frame.json);
    let object = event.object.value().unwrap();
    let written = watch::encode_frame("ADDED", "v1", "Pod", &object).unwrap();
    assert_eq!(written.bytes, frame.body);
    for cut in 0..frame.body.len() {
        assert_eq!(watch::split(&frame.body[..cut], &Limits::DEFAULT).unwrap(), None);
    }
}

#[test]
fn the_object_of_a_watch_event_message_is_opened() {
    let frame = sent().pop().unwrap();
    let message = kuberewind_kinds::table().message_of("v1", "WatchEvent").unwrap();
    let decoded = protobuf::decode_as(message, &frame.body[4..], &Limits::DEFAULT).unwrap();
    assert_eq!(decoded.text, frame.json);
}
