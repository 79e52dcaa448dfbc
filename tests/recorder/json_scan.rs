//! The scanner and serde_json agree on which texts are JSON and on their content.

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

use kuberewind_model::json::scan::{ListSplitter, MAX_DEPTH, Metadata, Piece, Scan, compact};

fn sound(bytes: &[u8]) -> bool {
    let mut scan = Scan::new(bytes);
    scan.skip().is_ok() && scan.end().is_ok()
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9_f64).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((".{0,6}", inner), 0..6).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_serde_writes_is_sound_and_compact(value in value()) {
        let text = value.to_string();
        let mut scan = Scan::new(text.as_bytes());
        prop_assert_eq!(scan.skip().unwrap(), text.as_bytes());
        prop_assert!(scan.end().is_ok() && !scan.spaced());
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        prop_assert!(sound(pretty.as_bytes()));
        prop_assert_eq!(compact(pretty.as_bytes()), text.into_bytes());
    }

    #[test]
    fn they_agree_on_damaged_text(value in value(), at in any::<proptest::sample::Index>(), byte in prop_oneof![Just(None), proptest::sample::select(&b"{}[]\",:0e-.\\ tn\x01\xff"[..]).prop_map(Some)]) {
        let mut text = value.to_string().into_bytes();
        let at = at.index(text.len());
        match byte {
            Some(byte) => text[at] = byte,
            None => text.truncate(at),
        }
        let serde = serde_json::from_slice::<serde::de::IgnoredAny>(&text).is_ok();
        // serde_json checks UTF-8 only in strings that it keeps; for the scanner the caller does.
        prop_assert_eq!(sound(&text), serde, "{:?}", String::from_utf8_lossy(&text));
    }

    #[test]
    fn metadata_is_what_serde_reads(name in ".{0,10}", version in any::<u32>(), generation in any::<i64>(), rest in value(), pretty in any::<bool>()) {
        let object = json!({
            "rest": rest, "kind": "Pod", "metadata": {"annotations": rest, "name": name, "resourceVersion": version.to_string(),
            "generation": generation, "finalizers": ["x"], "ownerReferences": [{"uid": "no"}, {"uid": "u", "kind": "K", "name": "n", "controller": true}]},
            "apiVersion": "v1"});
        let text = if pretty { serde_json::to_string_pretty(&object).unwrap() } else { object.to_string() };
        let found = Metadata::read(text.as_bytes()).unwrap();
        prop_assert_eq!((&*found.name, &*found.resource_version, found.generation), (&*name, &*version.to_string(), Some(generation)));
        prop_assert_eq!((&*found.kind, found.finalizers, found.deleting, found.spaced), ("Pod", true, false, pretty));
        prop_assert_eq!(found.controller.map(|owner| owner.uid.into_owned()), Some("u".into()));
    }

    #[test]
    fn a_list_comes_apart_into_its_items(items in proptest::collection::vec(value().prop_map(|value| json!({"a": value})), 0..5), first in any::<bool>()) {
        let list = if first {
            json!({"kind": "L", "metadata": {"resourceVersion": "7", "continue": "t", "remainingItemCount": 3}, "items": items})
        } else {
            json!({"items": items, "x": [[1], {}], "metadata": {"resourceVersion": "7", "continue": "t", "remainingItemCount": 3}, "kind": "L"})
        };
        let mut splitter = ListSplitter::new(1 << 20);
        let mut pieces = Vec::new();
        splitter.push(&Bytes::from(list.to_string()), &mut pieces).unwrap();
        let expected: Vec<Piece> = items.iter().map(|item| Piece::Item(Bytes::from(item.to_string()))).collect();
        prop_assert_eq!(pieces, expected);
        let head = splitter.finish().unwrap();
        prop_assert_eq!((&*head.kind, &*head.resource_version, &*head.continue_token, head.remaining, head.has_items), ("L", "7", "t", Some(3), true));
    }
}

#[test]
fn depth_is_what_serde_can_follow() {
    for (depth, fits) in [(1, true), (MAX_DEPTH, true), (MAX_DEPTH + 1, false), (10_000, false)] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert_eq!(sound(text.as_bytes()), fits, "{depth} of {open}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), fits);
        }
    }
}

#[test]
fn escapes_and_surrogates() {
    for (text, fits) in [
        (r#""\ud83d\ude00""#, true),
        (r#""\ud83d""#, false),
        (r#""\ud83dx""#, false),
        (r#""\ude00""#, false),
        (r#""\u00zz""#, false),
        (r#""\x""#, false),
        ("\"\u{1}\"", false),
        (r#""\u""#, false),
    ] {
        assert_eq!(sound(text.as_bytes()), fits, "{text}");
        assert_eq!(serde_json::from_str::<Value>(text).is_ok(), fits, "{text}");
    }
}
