//! JSON to protobuf and back, for generated objects of every kind.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use fastrand::Rng;
use kuberewind_kinds::protobuf::{self, Limits};
use kuberewind_kinds::table;
use serde_json::Value;

const OBJECTS: u64 = 200;

#[test]
fn json_to_protobuf_to_json_is_the_identity_for_every_kind() {
    let threads = 2;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                for kind in table().kinds().iter().skip(thread).step_by(threads) {
                    let (api_version, name) = (kind.api_version(), kind.name());
                    for seed in 0..OBJECTS {
                        let mut object = support::object(&mut Rng::with_seed(seed), kind.message(), 0);
                        if kind.message().is_typed() {
                            object.insert("apiVersion".to_owned(), api_version.clone().into());
                            object.insert("kind".to_owned(), name.into());
                        }
                        round_trip(&api_version, name, &Value::Object(object), seed);
                    }
                }
            });
        }
    });
}

fn round_trip(api_version: &str, kind: &str, object: &Value, seed: u64) {
    let encoded = protobuf::encode(api_version, kind, object).unwrap_or_else(|error| panic!("{kind} {seed}: {error}"));
    assert_eq!(encoded.unknown, []);
    let decoded = protobuf::decode(&encoded.bytes).unwrap_or_else(|error| panic!("{kind} {seed}: {error}"));
    assert_eq!(decoded.unknown, []);
    let back = decoded.value().unwrap();
    assert!(back == *object, "{api_version} {kind} {seed}:\n{object}\n{}", decoded.text);
}

#[test]
fn messages_without_an_envelope_round_trip_too() {
    for message in table().messages() {
        for seed in 0..5 {
            let object = Value::Object(support::object(&mut Rng::with_seed(seed), message, 0));
            let encoded = protobuf::encode_as(message, &object).unwrap();
            let decoded = protobuf::decode_as(message, &encoded.bytes, &Limits::DEFAULT).unwrap();
            assert!(decoded.value().unwrap() == object, "{}:\n{object}\n{}", message.name(), decoded.text);
        }
    }
}
