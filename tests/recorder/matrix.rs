//! Every secret in every place in every encoding, before and after the Secret was seen: none is in the file.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::Method;
use kuberewind_capture::{Limits, Message, PrintedLine};
use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter, verify};
use kuberewind_model::{LogStream, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::feed::{Ask, Feed};

const VALUES: [&str; 5] = [
    "S3cr3t/Value+Of=Them",
    "correct horse battery staple",
    "pa$$w\"ord\\with'quotes<&>",
    "0b4c3d2e1f6a7b8c9d0e",
    "Grüße-aus-Köln-1234",
];

/// The encodings of a value, each with its name.
fn encodings(value: &str) -> Vec<(&'static str, String)> {
    let json_text = |text: &str| {
        let quoted = Value::from(text).to_string();
        quoted[1..quoted.len() - 1].to_owned()
    };
    vec![
        ("plain", value.to_owned()),
        ("base64", STANDARD.encode(value)),
        ("base64 in a longer text", STANDARD.encode(format!("user:{value}@host"))),
        ("base64url", URL_SAFE_NO_PAD.encode(value)),
        ("base64 twice", STANDARD.encode(STANDARD.encode(value))),
        ("URL", utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()),
        ("JSON", json_text(value)),
        ("JSON twice", json_text(&json_text(value))),
        ("YAML", value.replace('\'', "''")),
        ("unicode", value.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()),
        ("hex", value.bytes().map(|byte| format!("{byte:02x}")).collect()),
    ]
}

/// The parts of an encoded value by which it would be recognised in the file.
fn needles(value: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut needles: Vec<(&'static str, Vec<u8>)> = Vec::new();
    for (name, text) in encodings(value) {
        // Of a longer base64 text, only the middle is the value's.
        let text = if name == "base64 in a longer text" { text[8..text.len() - 12].to_owned() } else { text };
        needles.push((name, text.as_bytes().to_vec()));
    }
    needles
}

fn config_map(name: &str, texts: &[(&'static str, String)]) -> String {
    let data: serde_json::Map<String, Value> =
        texts.iter().map(|(key, text)| (key.replace(' ', "-"), Value::from(format!("a {text} b")))).collect();
    let annotations = data.clone();
    json!({
        "kind": "ConfigMap", "apiVersion": "v1",
        "metadata": {"name": name, "namespace": "shop", "uid": format!("u-{name}"), "resourceVersion": "7", "annotations": annotations, "labels": data},
        "data": data,
    })
    .to_string()
}

fn pod(name: &str, texts: &[(&'static str, String)]) -> String {
    let env: Vec<Value> = texts.iter().map(|(key, text)| json!({"name": key, "value": text})).collect();
    let args: Vec<String> = texts.iter().map(|(_, text)| format!("--option={text}")).collect();
    let containers = json!([{"name": "c", "image": "x", "env": env, "args": args}]);
    json!({
        "kind": "Pod", "apiVersion": "v1", "spec": {"containers": containers},
        "metadata": {"name": name, "namespace": "shop", "uid": format!("u-{name}"), "resourceVersion": "8"},
    })
    .to_string()
}

fn places(feed: &mut Feed, when: &str, value: &str) {
    let texts = encodings(value);
    let map = config_map(&format!("map-{when}"), &texts);
    let maps = "/api/v1/namespaces/shop/configmaps";
    feed.exchange(&Ask::new(Method::POST, maps).with("application/json", &map), 201, &map);
    let pod = pod(&format!("pod-{when}"), &texts);
    let list = format!(r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"resourceVersion":"9"}},"items":[{pod}]}}"#);
    feed.exchange(&Ask::get("/api/v1/namespaces/shop/pods"), 200, &list);
    let watch = feed.start(&Ask::get("/api/v1/namespaces/shop/configmaps?watch=true"));
    feed.head(watch, 200);
    feed.chunk(watch, format!("{{\"type\":\"ADDED\",\"object\":{map}}}\n").as_bytes());
    let patch = json!({"data": {"x": texts.iter().map(|(_, text)| text.clone()).collect::<Vec<_>>().join(" ")}}).to_string();
    let one = format!("{maps}/map-{when}");
    feed.exchange(&Ask::new(Method::PATCH, &one).with("application/merge-patch+json", &patch), 200, &map);
    for (_, text) in &texts {
        let message = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Invalid", "message": format!("bad {text}"), "code": 422});
        feed.exchange(&Ask::new(Method::PUT, &one).with("application/json", &map), 422, &message.to_string());
        let query = format!("{maps}?fieldManager={}", utf8_percent_encode(text, NON_ALPHANUMERIC));
        feed.exchange(&Ask::get(&query), 200, r#"{"kind":"ConfigMapList","apiVersion":"v1","metadata":{},"items":[]}"#);
        let (first, second) = text.split_at((0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap());
        for line in [format!("value is {text}!"), format!("split {first}"), format!("{second} end")] {
            let at = feed.now();
            let printed = PrintedLine { at, stream: LogStream::Stderr, level: "info".into(), span: None, text: line };
            feed.capture.take(Message::Log(Box::new(printed)));
        }
    }
}

fn record(path: &Path, value: &str) {
    let writer = SessionWriter::begin(path, NewSession::new("matrix", Timestamp(0), 7)).unwrap();
    let mut feed = Feed::into_sink(Box::new(writer), Limits::default());
    places(&mut feed, "before", value);
    let secret = json!({
        "kind": "Secret", "apiVersion": "v1", "data": {"k": STANDARD.encode(value)},
        "metadata": {"name": "s", "namespace": "shop", "uid": "u-s", "resourceVersion": "9"},
    });
    feed.exchange(&Ask::get("/api/v1/namespaces/shop/secrets/s"), 200, &secret.to_string());
    places(&mut feed, "after", value);
    feed.capture.finish().unwrap();
}

#[test]
fn no_form_of_a_seen_secret_is_anywhere_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut found = Vec::new();
    for (at, value) in VALUES.into_iter().enumerate() {
        let path = folder.path().join(format!("{at}.db"));
        record(&path, value);
        let raw = std::fs::read(&path).unwrap();
        let mut decoded = String::new();
        let recording = Recording::open(&path, &OpenOptions::default()).unwrap();
        recording
            .visit_texts(&mut |_, text| {
                decoded.push_str(text);
                decoded.push('\n');
                // What a reader sees of JSON strings.
                if let Ok(body) = serde_json::from_str::<Value>(text) {
                    decoded.push_str(&strings(&body));
                }
                true
            })
            .unwrap();
        assert!(decoded.matches("redacted:").count() > 50, "{value}: the search covers the recording");
        for (name, needle) in needles(value) {
            let holds = |bytes: &[u8]| memchr::memmem::find(bytes, &needle).is_some();
            if holds(&raw) || holds(decoded.as_bytes()) {
                let at = memchr::memmem::find(decoded.as_bytes(), &needle).unwrap_or_default();
                let around: String =
                    decoded[..].chars().skip(decoded[..at].chars().count().saturating_sub(60)).take(120).collect();
                found.push(format!("{value} as {name}: …{around}…"));
            }
        }
        let report = verify(&path, &OpenOptions::default(), false).unwrap();
        assert!(report.is_fine(), "{value}: {:?}", report.findings);
    }
    assert_eq!(found, Vec::<String>::new());
}

/// All strings of a document.
pub fn strings(document: &Value) -> String {
    let mut out = String::new();
    let mut open = vec![document];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => {
                out.push_str(text);
                out.push('\n');
            }
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.values()),
            _ => {}
        }
    }
    out
}
