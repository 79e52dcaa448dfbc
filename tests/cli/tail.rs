//! `tail`: a second process sees operations while the first one records them.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use super::program::{Live, Sandbox, interrupt};

#[test]
fn another_process_sees_new_operations() {
    let sandbox = Sandbox::new();
    let mut recording = sandbox.live("tug-of-war");
    let mut counts = Vec::new();
    let begin = Instant::now();
    while counts.len() < 4 && begin.elapsed() < Duration::from_secs(60) {
        let ran = sandbox.run(&["sessions", "t.db", "--format", "json"]);
        // The file exists before its first session.
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
    assert_eq!(counts.len(), 4, "the number of operations grows: {counts:?}");
}

/// A live recording, and a `tail` of it in a pipe.
struct Piped {
    recording: Live,
    tail: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Piped {
    fn start(sandbox: &Sandbox, arguments: &[&str]) -> Piped {
        let recording = sandbox.live("tug-of-war").until_there(sandbox);
        let mut all = vec!["tail", "t.db"];
        all.extend(arguments);
        let mut tail = sandbox.command(&all).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program starts");
        let lines = BufReader::new(tail.stdout.take().expect("stdout is a pipe")).lines();
        Piped { recording, tail, lines }
    }

    fn line(&mut self) -> String {
        self.lines.next().expect("there is another line").expect("the line is UTF-8")
    }
}

#[test]
fn tail_in_a_pipe_prints_operations_until_the_session_ends() {
    let sandbox = Sandbox::new();
    let mut piped = Piped::start(&sandbox, &[]);
    let mut last = String::new();
    for number in 1..=30 {
        last = piped.line();
        assert!(last.trim_start().starts_with(&format!("#{number} ")), "{last} is not #{number}");
    }
    piped.recording.kill();
    // The recorder may not have recorded any more.
    last = piped.lines.by_ref().map(|line| line.expect("the line is UTF-8")).last().unwrap_or(last);
    assert_eq!(piped.tail.wait().expect("the program ends").code(), Some(0));
    let timeline = sandbox.run(&["timeline", "t.db"]).ok().out;
    assert_eq!(Some(last.as_str()), timeline.lines().last(), "the last operation is printed");
    // After the end of the session, `tail` prints the same as `timeline`.
    assert_eq!(sandbox.run(&["tail", "t.db"]).ok().out, timeline);
    let filtered = sandbox.run(&["tail", "t.db", "--filter", "verb==update"]).ok().out;
    assert_eq!(filtered, sandbox.run(&["timeline", "t.db", "--filter", "verb==update"]).ok().out);
    let json = sandbox.run(&["tail", "t.db", "--format", "json", "--filter", "verb==update"]).ok().out;
    let whole = sandbox.run(&["timeline", "t.db", "--format", "json", "--filter", "verb==update"]).ok().json();
    let lines: Vec<serde_json::Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(serde_json::Value::from(lines), whole);
}

#[test]
fn tail_prints_log_lines_between_the_operations() {
    let sandbox = Sandbox::new();
    let mut piped = Piped::start(&sandbox, &["--logs"]);
    let mut all = Vec::new();
    // Log lines and operations alternate.
    for wanted in ["scaling to", "PATCH", "scaling to", "UPDATE", "scaling to"] {
        while !all.last().is_some_and(|line: &String| line.contains(wanted)) {
            all.push(piped.line());
        }
    }
    piped.recording.kill();
    all.extend(piped.lines.by_ref().map(|line| line.expect("the line is UTF-8")));
    assert_eq!(piped.tail.wait().expect("the program ends").code(), Some(0));
    let timeline = sandbox.run(&["timeline", "t.db", "--logs"]).ok().out;
    assert_eq!(all.join("\n"), timeline.trim_end(), "each line once, in order");
    let json = sandbox.run(&["tail", "t.db", "--logs", "--format", "json"]).ok().out;
    assert_eq!(json.lines().count(), all.len());
}

#[test]
fn tail_filters_and_ends_at_ctrl_c() {
    let sandbox = Sandbox::new();
    let mut piped = Piped::start(&sandbox, &["--filter", "verb==update or verb==patch", "--format", "json"]);
    let mut before = 0;
    for _ in 0..20 {
        let operation: serde_json::Value = serde_json::from_str(&piped.line()).unwrap();
        assert!(matches!(operation["verb"].as_str(), Some("update" | "patch")), "{operation}");
        let number = operation["sequence_number"].as_u64().unwrap();
        assert!(number > before, "{number} follows {before}");
        before = number;
    }
    interrupt(&piped.tail);
    // Read the rest, so that the pipe does not block the program.
    assert!(piped.lines.by_ref().all(|line| line.is_ok()));
    assert_eq!(piped.tail.wait().expect("it ends").code(), Some(130));
    // The operations of a finding are known only at the end of the session.
    let err = sandbox.run(&["tail", "t.db", "--filter", "has:loop"]).code(2).err;
    assert!(
        err.contains("cannot filter by findings while the session is being recorded") && err.contains("analyze --watch"),
        "{err}"
    );
    piped.recording.kill();
}
