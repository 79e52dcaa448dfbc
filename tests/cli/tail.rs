//! A second process sees operations while the first one records them.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use super::program::{Live, Place, interrupt};

#[test]
fn what_is_recorded_is_seen_from_another_process() {
    let place = Place::new();
    let mut recording = place.live("tug-of-war");
    let mut counts = Vec::new();
    let begin = Instant::now();
    while counts.len() < 4 && begin.elapsed() < Duration::from_secs(60) {
        let ran = place.run(&["sessions", "t.db", "--format", "json"]);
        // Between the file's creation and the session's first transaction there is nothing to see yet.
        if ran.code != Some(0) || ran.json() == serde_json::json!([]) {
            continue;
        }
        let json = ran.json();
        assert_eq!(json[0]["state"], "open");
        let count = json[0]["operations"].as_u64().unwrap();
        if count > counts.last().copied().unwrap_or(0) {
            counts.push(count);
        }
    }
    recording.kill();
    assert_eq!(counts.len(), 4, "the count kept growing: {counts:?}");
}

/// A session that is being recorded, and a tail of it whose output is read here.
struct Piped {
    recording: Live,
    tail: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Piped {
    fn start(place: &Place, arguments: &[&str]) -> Piped {
        let recording = place.live("tug-of-war").until_there(place);
        let mut all = vec!["tail", "t.db"];
        all.extend(arguments);
        let mut tail = place.command(&all).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let lines = BufReader::new(tail.stdout.take().expect("it is piped")).lines();
        Piped { recording, tail, lines }
    }

    fn line(&mut self) -> String {
        self.lines.next().expect("there is more to come").expect("it can be read")
    }
}

#[test]
fn without_a_terminal_a_tail_prints_operations_as_they_are_recorded_until_the_session_ends() {
    let place = Place::new();
    let mut piped = Piped::start(&place, &[]);
    let mut last = String::new();
    for number in 1..=30 {
        last = piped.line();
        assert!(last.trim_start().starts_with(&format!("#{number} ")), "{last} is not #{number}");
    }
    piped.recording.kill();
    // Perhaps nothing more was recorded.
    last = piped.lines.by_ref().map(|line| line.expect("it can be read")).last().unwrap_or(last);
    assert_eq!(piped.tail.wait().expect("it ends").code(), Some(0));
    let timeline = place.run(&["timeline", "t.db"]).ok().out;
    assert_eq!(Some(last.as_str()), timeline.lines().last(), "nothing is left out at the end");
    // Of a session that has ended a tail is the timeline, filtered and as JSON as well.
    assert_eq!(place.run(&["tail", "t.db"]).ok().out, timeline);
    let filtered = place.run(&["tail", "t.db", "--filter", "verb==update"]).ok().out;
    assert_eq!(filtered, place.run(&["timeline", "t.db", "--filter", "verb==update"]).ok().out);
    let json = place.run(&["tail", "t.db", "--format", "json", "--filter", "verb==update"]).ok().out;
    let whole = place.run(&["timeline", "t.db", "--format", "json", "--filter", "verb==update"]).ok().json();
    let lines: Vec<serde_json::Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(serde_json::Value::from(lines), whole);
}

#[test]
fn what_the_operators_say_stands_between_their_operations_as_it_comes() {
    let place = Place::new();
    let mut piped = Piped::start(&place, &["--logs"]);
    let mut all = Vec::new();
    // Lines and operations by turns, while it is being recorded.
    for wanted in ["scaling to", "PATCH", "scaling to", "UPDATE", "scaling to"] {
        while !all.last().is_some_and(|line: &String| line.contains(wanted)) {
            all.push(piped.line());
        }
    }
    piped.recording.kill();
    all.extend(piped.lines.by_ref().map(|line| line.expect("it can be read")));
    assert_eq!(piped.tail.wait().expect("it ends").code(), Some(0));
    let timeline = place.run(&["timeline", "t.db", "--logs"]).ok().out;
    assert_eq!(all.join("\n"), timeline.trim_end(), "each line once, in its place");
    let json = place.run(&["tail", "t.db", "--logs", "--format", "json"]).ok().out;
    assert_eq!(json.lines().count(), all.len());
}

#[test]
fn ctrl_c_ends_a_tail_and_a_filter_holds_while_it_grows() {
    let place = Place::new();
    let mut piped = Piped::start(&place, &["--filter", "verb==update or verb==patch", "--format", "json"]);
    let mut before = 0;
    for _ in 0..20 {
        let operation: serde_json::Value = serde_json::from_str(&piped.line()).unwrap();
        assert!(matches!(operation["verb"].as_str(), Some("update" | "patch")), "{operation}");
        let number = operation["sequence_number"].as_u64().unwrap();
        assert!(number > before, "{number} comes after {before}");
        before = number;
    }
    interrupt(&piped.tail);
    // Whatever it has printed meanwhile is read, so that nothing holds it up.
    assert!(piped.lines.by_ref().all(|line| line.is_ok()));
    assert_eq!(piped.tail.wait().expect("it ends").code(), Some(130));
    // What findings rest on is known later than it is recorded.
    let err = place.run(&["tail", "t.db", "--filter", "has:loop"]).code(2).err;
    assert!(err.contains("not known while they are being recorded") && err.contains("analyze --watch"), "{err}");
    piped.recording.kill();
}
