//! Every field of every kind, as Go writes it in protobuf and in JSON. `generate/fixtures` makes the objects.

#![allow(clippy::unwrap_used, clippy::panic)]

use kuberewind_kinds::{protobuf, table};
use serde_json::Value;

struct Object<'a> {
    api_version: &'a str,
    kind: &'a str,
    body: &'a [u8],
    json: &'a str,
}

fn unpack() -> Vec<u8> {
    zstd::bulk::decompress(include_bytes!("every_field.zst"), 16 << 20).unwrap()
}

fn objects(mut bytes: &[u8]) -> Vec<Object<'_>> {
    let mut objects = Vec::new();
    while !bytes.is_empty() {
        let mut part = || {
            let (length, rest) = bytes.split_first_chunk().unwrap();
            let (part, rest) = rest.split_at(usize::try_from(u32::from_le_bytes(*length)).unwrap());
            bytes = rest;
            part
        };
        let (api_version, kind, body, json) = (part(), part(), part(), part());
        let text = |bytes| std::str::from_utf8(bytes).unwrap();
        objects.push(Object { api_version: text(api_version), kind: text(kind), body, json: text(json) });
    }
    objects
}

#[test]
fn every_kind_is_there() {
    let bytes = unpack();
    let objects = objects(&bytes);
    for kind in table().kinds() {
        let name = (kind.api_version(), kind.name());
        let count = objects.iter().filter(|object| (object.api_version, object.kind) == (name.0.as_str(), name.1)).count();
        assert_eq!(count, 5, "{name:?}");
    }
}

#[test]
fn protobuf_of_go_decodes_to_the_json_of_go() {
    let bytes = unpack();
    for Object { api_version, kind, body, json } in objects(&bytes) {
        let decoded = protobuf::decode(body).unwrap();
        assert_eq!(decoded.unknown, [], "{api_version} {kind}");
        assert!(decoded.text == json, "{api_version} {kind}:\n{}\n{json}", decoded.text);
    }
}

#[test]
fn json_of_go_encodes_to_the_protobuf_of_go() {
    let bytes = unpack();
    for Object { api_version, kind, body, json } in objects(&bytes) {
        let object: Value = serde_json::from_str(json).unwrap();
        let encoded = protobuf::encode(api_version, kind, &object).unwrap();
        assert_eq!(encoded.unknown, [], "{api_version} {kind}");
        assert!(encoded.bytes == body, "{api_version} {kind}: {json}\n{}\n{}", encoded.bytes.escape_ascii(), body.escape_ascii());
    }
}
