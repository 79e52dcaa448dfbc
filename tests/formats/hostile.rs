//! Any file gives an error or a recording, never a panic, with bounded memory.

use std::io::Write;

use kuberewind_model::ErrorKind;
use proptest::prelude::*;
use serde_json::json;

use super::audit::{event, lines};
use super::envelopes::gzip;
use super::imported::{attempt, made};
use super::k8shark::capture;
use super::kamera::{access, widget};

fn good() -> String {
    let body =
        json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a", "namespace": "shop", "resourceVersion": "5"}});
    let uri = "/api/v1/namespaces/shop/configmaps/a";
    lines(&[
        event("a", "update", uri, (0, 10), json!({"requestObject": body, "responseObject": body})),
        event(
            "b",
            "list",
            "/api/v1/pods",
            (20, 30),
            json!({"responseObject": {"kind": "PodList", "items": [{"metadata": {"name": "x"}}]}}),
        ),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 1..2_000)) {
        drop(attempt(&[("log", &bytes)]).1);
    }

    #[test]
    fn broken_audit_logs(places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12), cut in any::<prop::sample::Index>()) {
        let mut bytes = good().into_bytes();
        for (place, byte) in places {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()).max(200));
        drop(attempt(&[("log", &bytes)]).1);
    }

    #[test]
    fn broken_gzip(cut in any::<prop::sample::Index>(), flip in any::<prop::sample::Index>()) {
        let mut bytes = gzip(good().repeat(50).as_bytes());
        let at = flip.index(bytes.len());
        bytes[at] ^= 0x10;
        bytes.truncate(cut.index(bytes.len()).max(4));
        drop(attempt(&[("log.gz", &bytes)]).1);
    }

    #[test]
    fn broken_traces_and_streams(places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12), trace in any::<bool>()) {
        let text = if trace {
            (0..6).map(|at| access(at, u64::from(at) * 10, ("c", "r"), ["GET", "LIST", "DELETE"][at as usize % 3], &widget("a", "1"))).collect::<String>()
        } else {
            format!("{}\n", json!({"ts": "2026-03-01T10:00:00Z", "path": "/api/v1/pods", "type": "ADDED", "object": widget("a", "1")})).repeat(6)
        };
        let mut bytes = text.into_bytes();
        for (place, byte) in places {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        drop(attempt(&[("log", &bytes)]).1);
    }

    #[test]
    fn broken_archives(places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = capture(&json!({}), true);
        for (place, byte) in places {
            // The first bytes identify the format.
            let at = 4 + place.index(bytes.len() - 4);
            bytes[at] = byte;
        }
        drop(attempt(&[("x.kshrk", &bytes)]).1);
    }

    #[test]
    fn members_of_any_type(member in "auditID|stage|requestURI|verb|user|objectRef|responseStatus|requestObject|responseObject|annotations|stageTimestamp|protoPayload|items|properties|message",
                           value in prop_oneof![Just(json!(null)), Just(json!(5)), Just(json!("x")), Just(json!([])), Just(json!([[1]])), Just(json!({})), Just(json!({"log": 1})), Just(json!("2026-01-01T00:00:00Z"))]) {
        let mut broken = event("a", "get", "/api/v1/pods", (0, 10), json!({}));
        broken[&member] = value.clone();
        let mut entry = json!({"insertId": "x", "timestamp": "2026-03-01T10:00:00Z", "protoPayload": {"methodName": "io.k8s.core.v1.pods.get"}});
        entry["protoPayload"][&member] = value.clone();
        let whole = json!({"protoPayload": value, "timestamp": "2026-03-01T10:00:00Z", "x": "io.k8s.", "auditID_": 1});
        drop(attempt(&[("log", lines(&[broken, entry, whole, event("b", "get", "/api/v1/pods", (0, 10), json!({}))]).as_bytes())]).1);
    }
}

#[test]
fn a_truncated_gzip_gives_the_records_before_the_end() {
    let events: Vec<_> = (0..4_000_u32)
        .map(|at| event(&format!("id-{at}-{}", at.wrapping_mul(2_654_435_761)), "get", "/api/v1/pods", (at, at + 1), json!({})))
        .collect();
    let mut bytes = gzip(lines(&events).as_bytes());
    bytes.truncate(bytes.len() / 2);
    let made = made(bytes);
    assert!(made.summary.records > 500 && made.summary.records < 4_000, "{:?}", made.summary);
    assert!(made.summary.unreadable >= 1);
    assert!(!made.gaps().is_empty());
}

#[test]
fn deep_json_is_an_unreadable_line_or_body() {
    let deep = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    let uri = "/api/v1/namespaces/shop/configmaps/a";
    let carrying = event("a", "update", uri, (0, 10), json!({})).to_string().replacen(
        "\"level\"",
        &format!("\"responseObject\":{deep},\"level\""),
        1,
    );
    let made = made(format!("{deep}\n{}\n{carrying}\n{}", "[".repeat(10_000), good()));
    assert_eq!(made.summary.records, 3);
    assert_eq!(made.summary.unreadable, 2, "{:?}", made.summary);
}

#[test]
fn a_line_of_a_hundred_megabytes_is_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    file.write_all(good().as_bytes()).unwrap();
    let piece = vec![b'x'; 1 << 20];
    file.write_all(b"{\"auditID\":\"").unwrap();
    (0..100).for_each(|_| file.write_all(&piece).unwrap());
    file.write_all(b"\"}\n").unwrap();
    file.write_all(lines(&[event("z", "get", "/api/v1/pods", (90, 95), json!({}))]).as_bytes()).unwrap();
    file.flush().unwrap();
    let made = super::imported::made_from(&[path]);
    assert_eq!((made.summary.records, made.summary.unreadable), (3, 1));
    assert!(made.summary.first_unreadable.as_ref().unwrap().contains("bytes long"));
}

#[test]
fn a_compression_bomb_is_refused_before_it_fills_the_disk() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(good().as_bytes()).unwrap();
    let piece = vec![b'\n'; 1 << 20];
    // Uncompresses to a thousand times its size: 700 MB, of which about half would be written.
    (0..700).for_each(|_| encoder.write_all(&piece).unwrap());
    let error = attempt(&[("log.gz", &encoder.finish().unwrap())]).1.unwrap_err();
    assert!(error.kind() == ErrorKind::Invalid && error.chain().contains("unpacks to more than"), "{}", error.chain());
}

#[test]
fn control_characters_do_not_reach_names() {
    let evil = event(
        "a",
        "get",
        "/api/v1/namespaces/shop/configmaps/a%1b%5b2J",
        (0, 10),
        json!({"user": {"username": "a\u{1b}]0;x\u{7}b"}, "userAgent": "Go-http-client/2.0"}),
    );
    let listing = made(lines(&[evil])).listing();
    assert!(listing[0].contains("by a]0;xb:"), "{listing:?}");
}

#[test]
fn empty_files_and_folders_are_refused() {
    for content in [&b""[..], b"\n\n\n", b"{}\n"] {
        let error = attempt(&[("log", content)]).1.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotARecording, "{}", error.chain());
    }
    let nothing = attempt(&[("log", b"{\"auditID\":1,\"stage\":\"ResponseComplete\"}\n")]).1.unwrap_err();
    assert!(nothing.chain().contains("cannot read any record of") && nothing.chain().contains("line 1"), "{}", nothing.chain());
}
