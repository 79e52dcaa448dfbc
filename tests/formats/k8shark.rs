//! k8shark's captures.

use std::io::{Cursor, Write};

use kuberewind_model::{ErrorKind, Presence};
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::imported::{attempt, made, made_from, real_input};

const PODS: &str = "/api/v1/namespaces/shop/pods";

fn archive(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        archive.start_file(format!("k8shark-capture/{name}"), options).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn packed(value: &Value) -> Vec<u8> {
    zstd::encode_all(value.to_string().as_bytes(), 1).unwrap()
}

fn pod(name: &str, version: &str) -> Value {
    json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name, "namespace": "shop", "uid": name, "resourceVersion": version}})
}

fn list(version: &str, names: &[&str]) -> Value {
    let items: Vec<Value> = names.iter().map(|name| pod(name, "1")).collect();
    json!({"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": version}, "items": items})
}

fn record(body: &Value) -> Vec<u8> {
    packed(
        &json!({"id": "x", "captured_at": "2026-03-01T10:00:00Z", "api_path": PODS, "http_method": "GET", "response_code": 200, "response_body": body}),
    )
}

pub fn capture(format: &Value, wrapped: bool) -> Vec<u8> {
    let at = |second: u32| format!("2026-03-01T10:00:0{second}Z");
    let polled = json!({PODS: {"api_path": PODS, "seqs": [0, 2], "times": [at(1), at(3)], "counts": [1, 0]},
                        "/api/v1/pods?as=Table": {"api_path": "/api/v1/pods?as=Table", "seqs": [0], "times": [at(1)]}});
    let watched = json!({PODS: {"api_path": PODS, "seqs": [1], "times": [at(2)], "event_types": ["ADDED"]}});
    let wrap = |entries: Value| if wrapped { json!({"entries": entries}) } else { entries };
    archive(&[
        ("metadata.json", format.to_string().into_bytes()),
        ("records/0123456789abcdef/0.json.zst", record(&list("5", &["a"]))),
        ("records/0123456789abcdef/1.json.zst", record(&pod("b", "6"))),
        ("records/0123456789abcdef/2.json.zst", record(&list("9", &["b"]))),
        ("index.json.zst", packed(&wrap(polled))),
        ("watch-index.json.zst", packed(&wrap(watched))),
    ])
}

#[test]
fn both_formats_are_polls_and_watches_in_order() {
    for (format, wrapped) in [(json!({"capture_id": "x"}), false), (json!({"format_version": 2}), true)] {
        let made = made(capture(&format, wrapped));
        assert_eq!(
            made.listing(),
            [
                "#1 +0ns list 200 Pod/shop by k8shark: done",
                "#2 +1.000s watch 200 Pod/shop by k8shark: done",
                "#3 +1.000s ADDED 200 Pod/shop/b by k8shark: done @6(full)",
                "#4 +2.000s list 200 Pod/shop by k8shark: done",
            ]
        );
        // It is absent since the second poll; the time of its deletion is unknown.
        assert_eq!(made.object(("", "pods"), ("shop", "a"), "#3").0, Presence::Present);
        assert_eq!(made.object(("", "pods"), ("shop", "a"), "#4").0, Presence::Absent);
        assert_eq!(made.summary.unreadable, 0);
    }
}

#[test]
fn unreadable_captures_are_reported() {
    let newer = attempt(&[("x.kshrk", &capture(&json!({"format_version": 9}), true))]).1.unwrap_err();
    assert_eq!(newer.kind(), ErrorKind::Newer);
    let encrypted = attempt(&[("x.kshrk", b"age-encryption.org/v1\n-> X25519 abc\n")]).1.unwrap_err();
    assert!(encrypted.chain().contains("is encrypted") && encrypted.hint_text().unwrap().contains("age -d"));
    let whole = capture(&json!({}), true);
    for cut in [200, whole.len() / 2, whole.len() - 10] {
        let error = attempt(&[("x.kshrk", &whole[..cut])]).1.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Damaged | ErrorKind::Invalid), "{}", error.chain());
    }
    // A missing record is a gap.
    let at = "2026-03-01T10:00:01Z";
    let index = json!({"entries": {PODS: {"api_path": PODS, "seqs": [0, 7], "times": [at, at]}}});
    let files = [
        ("metadata.json", b"{}".to_vec()),
        ("records/0/0.json.zst", record(&list("5", &["a"]))),
        ("index.json.zst", packed(&index)),
    ];
    let made = made(archive(&files));
    assert_eq!((made.listing().len(), made.summary.unreadable, made.gaps()), (1, 1, vec![1]));
}

#[test]
fn all_files_of_an_archive_share_one_budget() {
    let spaces = |bytes: u64| zstd::encode_all(std::io::Read::take(std::io::repeat(b' '), bytes), 1).unwrap();
    let at = "2026-03-01T10:00:01Z";
    let index =
        |seqs: &[u64]| packed(&json!({"entries": {PODS: {"api_path": PODS, "seqs": seqs, "times": vec![at; seqs.len()]}}}));
    let padded = |bytes: u64| [record(&list("5", &["a"])), spaces(bytes)].concat();
    for (what, record, index) in [
        ("one record", spaces(300 << 20), index(&[0, 1])),
        ("one record, read often", padded(4 << 20), index(&[1; 40])),
        ("the index", spaces(1 << 20), spaces(300 << 20)),
    ] {
        let files = [
            ("metadata.json", b"{}".to_vec()),
            ("records/0/0.json.zst", self::record(&list("5", &["a"]))),
            ("records/0/1.json.zst", record),
            ("index.json.zst", index),
        ];
        let error = attempt(&[("x.kshrk", &archive(&files))]).1.unwrap_err();
        assert!(error.chain().contains("x.kshrk unpacks to more than"), "{what}: {}", error.chain());
        assert!(error.hint_text().unwrap().contains("KUBEREWIND_UNPACK_LIMIT"), "{what}");
    }
}

#[test]
fn a_real_rollout() {
    let Some(file) = real_input("k8shark/rolling-update.kshrk") else { return };
    let made = made_from(&[file]);
    let listing = made.listing();
    assert_eq!(made.summary.unreadable, 0, "{:?}", made.summary.first_unreadable);
    let count = |word: &str| listing.iter().filter(|line| line.split(' ').nth(2) == Some(word)).count();
    assert_eq!(count("ADDED") + count("MODIFIED") + count("DELETED"), 72);
    assert_eq!((count("watch"), count("list")), (3, 72));
    assert_eq!(made.object(("apps", "deployments"), ("rollout-demo", "api"), "end").0, Presence::Present);
}
