//! A second process sees operations while the first one records them.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::program::Place;

#[test]
fn what_is_recorded_is_seen_from_another_process() {
    let place = Place::new();
    let mut child = place
        .command(&["demo", "tug-of-war", "--live", "--no-open", "-o", "t.db"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut counts = Vec::new();
    let begin = Instant::now();
    while counts.len() < 4 && begin.elapsed() < Duration::from_secs(60) {
        let ran = place.run(&["sessions", "t.db", "--format", "json"]);
        if ran.code != Some(0) {
            continue;
        }
        let json = ran.json();
        assert_eq!(json[0]["state"], "open");
        let count = json[0]["operations"].as_u64().unwrap();
        if count > counts.last().copied().unwrap_or(0) {
            counts.push(count);
        }
    }
    child.kill().expect("it can be killed");
    child.wait().expect("it can be waited for");
    assert_eq!(counts.len(), 4, "the count kept growing: {counts:?}");
}
