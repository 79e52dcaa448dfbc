//! One audit log in the dialects of log collectors, query consoles and exports: the same operations and the same finding.

use std::io::Write;

use serde_json::{Value, json};

use super::audit::event;
use super::encoders::{self, Encoded};
use super::envelopes::gzip;
use super::findings::findings;
use super::imported::{Made, attempt, made, made_of};

/// Two controllers that set the replicas of a Deployment to 3 and to 5, and a person who looks.
pub fn fight() -> Vec<Value> {
    let uri = "/apis/apps/v1/namespaces/shop/deployments/checkout";
    let deployment = |version: u32, replicas: u32| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": replicas, "note": "a \"quoted\", \n line; {brace}"},
               "metadata": {"name": "checkout", "namespace": "shop", "uid": "u1", "resourceVersion": version.to_string(),
                            "creationTimestamp": "2026-03-01T10:00:00Z"}})
    };
    let mut events = Vec::new();
    for round in 0..24_u32 {
        let (user, replicas) =
            if round % 2 == 0 { ("system:serviceaccount:shop:checkout", 3) } else { ("system:serviceaccount:shop:hpa", 5) };
        let more = json!({
            "user": {"username": user}, "userAgent": format!("{}/v1 (linux/amd64)", user.rsplit(':').next().unwrap()),
            "objectRef": {"resource": "deployments", "namespace": "shop", "name": "checkout", "apiGroup": "apps", "apiVersion": "v1"},
            "requestObject": deployment(100 + round, replicas), "responseObject": deployment(101 + round, replicas),
        });
        events.push(event(&format!("w{round}"), "update", uri, (round * 500, round * 500 + 20), more));
    }
    events.push(event("person", "get", uri, (12_100, 12_110), json!({"responseObject": deployment(124, 5)})));
    events
}

#[track_caller]
fn same(encoded: &Encoded, plain: &Made) {
    let made = made(&encoded.bytes);
    let name = encoded.name;
    assert_eq!(made.listing(), plain.listing(), "{name}");
    assert_eq!(made.summary.unreadable, encoded.noise, "{name}: {:?}", made.summary.first_unreadable);
    assert_eq!(made.gaps().iter().sum::<u64>(), encoded.noise, "{name}");
    assert_eq!(made.summary.first_unreadable.is_some(), encoded.noise > 0, "{name}");
    assert_eq!(findings(&made), findings(plain), "{name}");
}

#[test]
fn each_dialect_gives_the_same_operations_and_the_same_finding() {
    let events = fight();
    let plain = made(super::audit::lines(&events));
    assert!(findings(&plain).iter().any(|finding| finding.starts_with("two-writers")), "{:?}", findings(&plain));
    for encoded in encoders::all(&events) {
        same(&encoded, &plain);
    }
    let plain = made(super::audit::lines(&encoders::without_starts(&events)));
    for encoded in encoders::all_of_google(&events) {
        same(&encoded, &plain);
    }
}

#[test]
fn marks_line_ends_and_compression_change_nothing() {
    let events = fight();
    let plain = made(super::audit::lines(&events));
    let text = super::audit::lines(&events);
    let windows = text.replace('\n', "\r\n");
    let wide: Vec<u8> = "\u{feff}".encode_utf16().chain(windows.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(text.as_bytes()).unwrap();
    let forms: [(&str, Vec<u8>); 7] = [
        ("a byte-order mark", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        ("CRLF", windows.clone().into_bytes()),
        ("UTF-16", wide),
        ("bzip2", bzip2.finish().unwrap()),
        ("gzip twice", gzip(&gzip(text.as_bytes()))),
        ("values without line ends", events.iter().map(Value::to_string).collect::<String>().into_bytes()),
        ("all on pretty lines", events.iter().map(|event| format!("{event:#}\r\n")).collect::<String>().into_bytes()),
    ];
    for (name, bytes) in forms {
        same(&Encoded { name, bytes, noise: 0 }, &plain);
    }
}

#[test]
fn a_broken_first_line_loses_only_itself() {
    let events = fight();
    let plain = made(super::audit::lines(&events));
    let whole = super::audit::lines(&events);
    let first = events[0].to_string();
    for broken in [&first[7..], &first[..100], "{\"kind\":\"Event\",", "[", "{", "…"] {
        let made = made(format!("{broken}\n{whole}"));
        assert_eq!((made.listing(), made.summary.unreadable), (plain.listing(), 1), "{broken}: {:?}", made.summary);
        assert!(made.summary.first_unreadable.unwrap().starts_with("line 1 of "));
    }
}

#[test]
fn a_container_runtime_splits_long_lines() {
    let events = fight();
    let plain = made(super::audit::lines(&events));
    let mut log = String::new();
    for event in &events {
        let text = event.to_string();
        let (at, rest) = text.split_at(200);
        let (middle, end) = rest.split_at(300);
        for (flag, part) in [("P", at), ("P", middle), ("F", end)] {
            log.push_str(&format!("2026-03-01T10:00:00.004000000Z stdout {flag} {part}\n"));
        }
        log.push_str("2026-03-01T10:00:00.004000000Z stderr F I0301 10:00:00.004000    1 server.go:1] between\n");
    }
    let made = made(log);
    assert_eq!((made.listing(), made.summary.unreadable), (plain.listing(), 0), "{:?}", made.summary.first_unreadable);
    assert_eq!(made.open.session().log_lines, events.len() as u64);
}

#[test]
fn folders_and_archives_hold_files_of_all_kinds() {
    let events = fight();
    let plain = made(super::audit::lines(&events));
    let (one, two) = events.split_at(10);
    let pods = json!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": [
        {"metadata": {"name": "p", "namespace": "shop", "creationTimestamp": "2026-03-01T09:00:00Z"}}]});
    let yaml = "---\napiVersion: v1\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: c\n    namespace: shop\n    creationTimestamp: \"2026-03-01T09:00:01Z\"\nkind: ConfigMapList\nmetadata: {}\n";
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("must-gather/audit_logs/node-1-audit.log.gz", gzip(super::audit::lines(one).as_bytes())),
        ("must-gather/audit_logs/node-2-audit.log", super::audit::lines(two).into_bytes()),
        ("must-gather/namespaces/shop/core/pods.json", format!("{pods:#}").into_bytes()),
        ("must-gather/namespaces/shop/core/configmaps.yaml", yaml.as_bytes().to_vec()),
        ("must-gather/version", b"4.20.1\n".to_vec()),
        ("must-gather/empty", Vec::new()),
    ];
    let mut tar = tar::Builder::new(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in &files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append_data(&mut header, name, content.as_slice()).unwrap();
    }
    let tar = tar.into_inner().unwrap();
    let check = |made: &Made, name: &str| {
        let updates: Vec<String> = made.listing().into_iter().filter(|line| line.contains("Deployment/shop")).collect();
        let texts_of = |lines: Vec<String>| -> Vec<String> {
            lines.into_iter().map(|line| line.split_once(' ').unwrap().1.split_once(' ').unwrap().1.to_owned()).collect()
        };
        assert_eq!(texts_of(updates), texts_of(plain.listing()), "{name}");
        for kind in ["Pod/shop/p", "ConfigMap/shop/c"] {
            assert!(
                made.listing().iter().any(|line| line.contains(&format!("ADDED 200 {kind} "))),
                "{name}: {:?}",
                made.listing()
            );
        }
        assert_eq!(made.summary.unreadable, 1, "{name}: {:?}", made.summary.first_unreadable);
        let first = made.summary.first_unreadable.as_ref().unwrap();
        assert!(first.contains("must-gather/version: ") && first.contains("no format"), "{first}");
        assert_eq!(made.gaps().iter().sum::<u64>(), 1, "{name}");
        // The numbers of the operations differ.
        let detectors = |made: &Made| -> Vec<String> {
            findings(made).iter().filter_map(|finding| finding.split(':').next().map(str::to_owned)).collect()
        };
        assert_eq!(detectors(made), detectors(&plain), "{name}");
    };
    check(&made(&tar), "tar");
    check(&made(gzip(&tar)), "tar.gz");
    check(&super::imported::made_from(&[folder.path().to_owned()]), "folder");
}

#[test]
fn an_archive_cannot_leave_its_place_or_fill_the_disk() {
    let mut zeros = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    zeros.write_all(&vec![0; 64 << 20]).unwrap();
    let zeros = zeros.finish().unwrap();
    let mut tar = tar::Builder::new(Vec::new());
    for number in 0..10 {
        let mut header = tar::Header::new_gnu();
        header.set_size(zeros.len() as u64);
        header.set_path("x").unwrap();
        // A path out of the archive.
        header.as_mut_bytes()[..9].copy_from_slice(format!("../../e{number}z").as_bytes());
        header.set_cksum();
        tar.append(&header, zeros.as_slice()).unwrap();
    }
    let error = attempt(&[("x.tar", &tar.into_inner().unwrap())]).1.unwrap_err();
    assert!(error.chain().contains("unpacks to more than"), "{}", error.chain());
}

#[test]
fn several_dialects_are_one_session() {
    let events = fight();
    let plain = made(super::audit::lines(&events));
    let (one, two) = events.split_at(12);
    let parts = [encoders::elastic(one), encoders::insights_csv(two)];
    let made = made_of(&[("a", &parts[0].bytes), ("b", &parts[1].bytes)]);
    assert_eq!(made.listing(), plain.listing());
    assert_eq!(made.history().sessions().unwrap().len(), 1);
}
