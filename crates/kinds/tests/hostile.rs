//! Bodies that no client writes: errors name the place, nothing panics, and bounds hold.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::LazyLock;

use kuberewind_kinds::protobuf::{self, Error, Limits, Reason, watch};
use kuberewind_kinds::table;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A field of bytes.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = content.len();
    while length >= 0x80 {
        out.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    out.push(u8::try_from(length).unwrap());
    out.extend(content);
    out
}

fn body(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let meta = [field(1, api_version.as_bytes()), field(2, kind.as_bytes())].concat();
    [b"k8s\0".to_vec(), field(1, &meta), field(2, raw)].concat()
}

fn failure(body: &[u8]) -> Error {
    protobuf::decode(body).unwrap_err()
}

#[test]
fn an_error_names_offset_and_path() {
    // A pod whose second container has a name of 9 bytes with 1 left.
    let containers = [field(2, &field(1, b"a")), field(2, &[0x0a, 9, b'b'])].concat();
    let body = body("v1", "Pod", &field(2, &containers));
    let error = failure(&body);
    assert_eq!((error.offset, error.path.as_str()), (Some(body.len() - 3), "/spec/containers/1"));
    assert_eq!(error.to_string(), format!("/spec/containers/1 at byte {}: the value is cut off", body.len() - 3));
}

#[test]
fn malformed_values_are_errors_at_their_field() {
    let map = |value: &[u8]| field(2, &[field(1, b"k/1"), value.to_vec()].concat());
    let cases = [
        // A number where a string is expected.
        (body("v1", "ConfigMap", &map(&[0x10, 1])), "/data", Reason::WireType { number: 2, found: 0, expected: 2 }),
        (body("v1", "Pod", &field(1, &[0x08, 1])), "/metadata/name", Reason::WireType { number: 1, found: 0, expected: 2 }),
        (body("v1", "Pod", &[0x00, 1]), "", Reason::Tag(0)),
        (body("v1", "Pod", &[0x0f, 1]), "", Reason::Tag(15)),
        (body("v1", "Pod", &[0xff; 11]), "", Reason::LongNumber),
        (body("v1", "Pod", &[0x0c]), "", Reason::Group),
        // A time in the year 300,000,000,000.
        (
            body("v1", "Pod", &field(1, &field(8, &[8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]))),
            "/metadata/creationTimestamp",
            Reason::Time,
        ),
        (body("apps/v1", "ControllerRevision", &field(2, &field(1, b"{\"a\":tru}"))), "/data", Reason::Json(5)),
    ];
    for (body, path, reason) in cases {
        let error = failure(&body);
        assert_eq!((error.path.as_str(), error.reason), (path, reason));
        assert!(error.offset.is_some_and(|at| at > 4 && at < body.len()));
    }
}

#[test]
fn bodies_of_others_are_refused() {
    assert_eq!(failure(b"{}").reason, Reason::NoPrefix);
    assert_eq!(failure(b"").reason, Reason::NoPrefix);
    let unknown = Reason::UnknownKind { api_version: "example.com/v1".to_owned(), kind: "Widget".to_owned() };
    assert_eq!(failure(&body("example.com/v1", "Widget", b"")).reason, unknown);
    let compressed = [body("v1", "Pod", b""), field(3, b"gzip")].concat();
    assert_eq!(failure(&compressed).reason, Reason::ContentType("gzip".to_owned()));
}

#[test]
fn fields_that_the_table_lacks_are_reported_and_left_out() {
    let container = [field(1, b"a"), vec![0xf8, 0x3f, 1], field(2, b"image"), vec![0xfb, 0x3f, 0x08, 1, 0xfc, 0x3f]].concat();
    let decoded = protobuf::decode(&body("v1", "Pod", &field(2, &field(2, &container)))).unwrap();
    assert_eq!(decoded.value().unwrap()["spec"], json!({"containers": [{"name": "a", "image": "image", "resources": {}}]}));
    let reported: Vec<String> = decoded.unknown.iter().map(ToString::to_string).collect();
    assert_eq!(reported, vec!["protobuf field 1023 of \"/spec/containers/0\""; 2]);

    let object =
        json!({"metadata": {"nam": "a"}, "spec": {"containers": [{"nmae": "b", "env/": 1}], "volumes": [{"emptydir": {}}]}});
    let encoded = protobuf::encode("v1", "Pod", &object).unwrap();
    let mut reported: Vec<String> = encoded.unknown.iter().map(|field| field.path.clone()).collect();
    reported.sort_unstable();
    assert_eq!(reported, ["/metadata/nam", "/spec/containers/0/env~1", "/spec/containers/0/nmae", "/spec/volumes/0/emptydir"]);

    let many = body("v1", "Pod", &[0xf8, 0x3f, 1].repeat(1000));
    let decoded = protobuf::decode(&many).unwrap();
    assert_eq!((decoded.unknown.len(), decoded.unknown_count), (64, 1000));
}

#[test]
fn values_of_another_type_are_refused_when_encoding() {
    let cases = [
        (json!({"spec": {"replicas": "3"}}), "/spec/replicas: expected a number, found a string"),
        (json!({"spec": {"replicas": 3_000_000_000_u64}}), "/spec/replicas: the number is out of range"),
        (json!({"spec": []}), "/spec: expected an object, found a list"),
        (json!({"metadata": {"labels": {"a": "b", "c": 1}}}), "/metadata/labels/c: expected a string, found a number"),
        (json!({"metadata": {"creationTimestamp": "now"}}), "/metadata/creationTimestamp: the time is invalid"),
        (
            json!({"spec": {"template": {"spec": {"containers": [{}, {"command": "sh"}]}}}}),
            "/spec/template/spec/containers/1/command: expected a list, found a string",
        ),
        (json!(1), "body: expected an object, found a number"),
    ];
    for (object, expected) in cases {
        let error = protobuf::encode("apps/v1", "Deployment", &object).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn where_go_merges_or_replaces_so_does_the_decoder() {
    let raw = [
        field(1, &field(1, b"first")),
        field(1, &field(3, b"namespace")),
        field(1, &field(1, b"last")),
        field(2, &[field(1, b"k"), field(2, b"1")].concat()),
        field(2, &[field(1, b"k"), field(2, b"2")].concat()),
        field(2, &field(2, b"no key")),
    ]
    .concat();
    let decoded = protobuf::decode(&body("v1", "ConfigMap", &raw)).unwrap();
    let expected = r#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"last","namespace":"namespace"},"data":{"":"no key","k":"2"}}"#;
    assert_eq!(decoded.text, expected);
    // A list of numbers, packed and not.
    let context = [vec![0x20, 1], field(4, &[2, 0x80, 1])].concat();
    let decoded = protobuf::decode(&body("v1", "Pod", &field(2, &field(14, &context)))).unwrap();
    assert_eq!(decoded.value().unwrap()["spec"]["securityContext"]["supplementalGroups"], json!([1, 2, 128]));
}

/// A schema inside a schema, `depth` times.
fn nested_schema(depth: usize) -> Vec<u8> {
    (0..depth).fold(Vec::new(), |inner, _| {
        // `not` is field 28.
        let mut schema = vec![0xe2, 0x01];
        schema.extend(&field(1, &inner)[1..]);
        schema
    })
}

#[test]
fn depth_is_bounded() {
    let schema = table().message_named("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps").unwrap();
    let decoded = protobuf::decode_as(schema, &nested_schema(100), &Limits::DEFAULT).unwrap();
    assert!(decoded.value().is_ok());
    let error = protobuf::decode_as(schema, &nested_schema(5000), &Limits::DEFAULT).unwrap_err();
    assert_eq!(error.reason, Reason::Limit { what: "levels", limit: 120 });

    let deep = (0..130).fold(json!({}), |inner, _| json!({ "not": inner }));
    assert_eq!(protobuf::encode_as(schema, &deep).unwrap_err().reason, Reason::Limit { what: "levels", limit: 120 });

    let deep = (0..130).fold(json!({}), |inner, _| json!([inner]));
    let error = protobuf::encode("apps/v1", "ControllerRevision", &json!({ "data": deep })).unwrap_err();
    assert_eq!((error.path.as_str(), error.reason), ("/data", Reason::Limit { what: "levels", limit: 120 }));

    // Lists of lists in envelopes.
    let lists = (0..1000).fold(body("v1", "List", b""), |inner, _| body("v1", "List", &field(2, &field(1, &inner))));
    assert_eq!(failure(&lists).reason, Reason::Limit { what: "levels", limit: 120 });
    let json = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let revision = body("apps/v1", "ControllerRevision", &field(2, &field(1, json.as_bytes())));
    assert_eq!(failure(&revision).reason, Reason::Limit { what: "levels", limit: 120 });
    let groups = body("v1", "Pod", &[0x0b; 100_000]);
    assert_eq!(failure(&groups).reason, Reason::CutOff);
}

#[test]
fn sizes_and_counts_are_bounded() {
    // Two bytes an item, 35 of text.
    let many = body("v1", "PodList", &[0x12, 0].repeat(100_000));
    assert!(protobuf::decode(&many).unwrap().text.len() > 10 * many.len());
    let cases = [
        (Limits { input_bytes: 1000, ..Limits::DEFAULT }, "bytes", 1000),
        (Limits { text_bytes: 100_000, ..Limits::DEFAULT }, "bytes of text", 100_000),
        (Limits { pending_fields: 1000, ..Limits::DEFAULT }, "fields", 1000),
    ];
    for (limits, what, limit) in cases {
        assert_eq!(protobuf::decode_with(&many, &limits).unwrap_err().reason, Reason::Limit { what, limit });
    }
    let entries = body("v1", "ConfigMap", &field(2, &field(1, b"a")).repeat(2000));
    let limits = Limits { pending_fields: 3000, ..Limits::DEFAULT };
    let reason = Reason::Limit { what: "fields", limit: 3000 };
    assert_eq!(protobuf::decode_with(&entries, &limits).unwrap_err().reason, reason);
    assert!(watch::split(&[0x7f, 0xff, 0xff, 0xff, 1], &Limits::DEFAULT).is_err());
}

#[test]
fn paths_are_bounded() {
    // 64 unknown fields below a key of 1 MB.
    let annotation = [field(1, "é".repeat(500_000).as_bytes()), [0x1a, 0].repeat(64)].concat();
    let decoded = protobuf::decode(&body("v1", "Pod", &field(1, &field(12, &annotation)))).unwrap();
    assert_eq!(decoded.unknown_count, 64);
    assert!(decoded.unknown.iter().all(|field| field.path.len() < 2000));
    let long = "k".repeat(1_000_000);
    let error = protobuf::encode("v1", "Pod", &json!({"metadata": {"labels": {long: 1}}})).unwrap_err();
    assert!(error.path.len() < 2000);
}

/// Bodies of client-go.
static BODIES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let hex = |line: &str| {
        let hex = line.split('\t').nth(2).unwrap();
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    };
    include_str!("client_go.txt").lines().map(hex).collect()
});

/// Limits under which a hostile body of a few KiB is stopped soon.
const TIGHT: Limits = Limits { input_bytes: 1 << 16, text_bytes: 1 << 16, depth: 50, pending_fields: 5000, unknown_fields: 3 };

fn check(body: &[u8]) -> Result<(), TestCaseError> {
    match protobuf::decode_with(body, &TIGHT) {
        Ok(decoded) => {
            // One value may be written after the last check of the length: at most six bytes of text for one.
            prop_assert!(decoded.text.len() <= TIGHT.text_bytes + 6 * body.len() + 100);
            prop_assert!(decoded.unknown.len() <= TIGHT.unknown_fields);
            prop_assert!(serde_json::from_str::<Value>(&decoded.text).is_ok(), "{}", decoded.text);
        }
        Err(error) => prop_assert!(error.offset.is_none_or(|at| at <= body.len()), "{error}"),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), kind in 0..1000_usize) {
        check(&bytes)?;
        let kinds = table().kinds();
        let kind = &kinds[kind % kinds.len()];
        check(&body(&kind.api_version(), kind.name(), &bytes))?;
        watch::decode(&bytes, &TIGHT).unwrap_err();
    }

    #[test]
    fn mutated_bodies_never_panic(
        which in 0..1000_usize,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..6),
    ) {
        let which = which % BODIES.len();
        let mut body = BODIES[which].clone();
        for (at, byte, edit) in edits {
            let at = 4 + at.index(body.len().max(5) - 4);
            match edit {
                0 => body.insert(at.min(body.len()), byte),
                1 => body.truncate(at),
                2 if at < body.len() => { body.remove(at); }
                _ => if let Some(place) = body.get_mut(at) { *place = byte },
            }
        }
        check(&body)?;
        if let Ok(Some((frame, _))) = watch::split(&body, &TIGHT) {
            let event = watch::decode(frame, &TIGHT);
            prop_assert!(event.is_err_and(|error| error.offset.is_none_or(|at| at <= frame.len())) || which + 1 == BODIES.len());
        }
    }

    #[test]
    fn arbitrary_json_never_panics(text in "[\\[\\]{}\",:0-9a-c\\\\ue. -]{0,60}") {
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            for name in ["Pod", "Event", "List"] {
                // The result does not matter, only that there is one.
                drop(protobuf::encode("v1", name, &value));
            }
        }
        let raw = field(2, &field(1, text.as_bytes()));
        let decoded = protobuf::decode(&body("apps/v1", "ControllerRevision", &raw));
        let valid = text.is_empty() || serde_json::from_str::<Value>(&text).is_ok() || text.contains('e');
        prop_assert!(valid || decoded.is_err(), "{text}");
    }
}
