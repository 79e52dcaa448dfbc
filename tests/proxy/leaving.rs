//! Every way in which data leaves a recording, as one text: the output of all commands, and the exports of the debugger.

use std::path::Path;

use kuberewind_file::{OpenOptions, Recording};
use kuberewind_session::OpenRecording;
use kuberewind_tui::headless::Headless;
use kuberewind_tui::theme::{Depth, Theme};

use super::program::ask;

/// Commands about the whole recording; FILE is its path. Each runs with text and JSON output.
const OF_ALL: &[&[&str]] = &[
    &["sessions", "FILE"],
    &["timeline", "FILE"],
    &["timeline", "FILE", "--filter", "body ~ password or log ~ token or code >= 400"],
    &["logs", "FILE"],
    &["tree", "FILE"],
    &["lanes", "FILE"],
    &["verify", "FILE"],
    &["analyze", "FILE"],
    &["analyze", "FILE", "--invariant", "Secret: !has(object.data)"],
    &["analyze", "causality", "FILE", "--payloads"],
    &["stale", "FILE"],
    &["sql", "FILE", "select *, body(body_id) from operations"],
    &["sql", "FILE", "select body(id) from body"],
    &["sql", "FILE", "select * from text"],
    &["sql", "FILE", "select * from detail"],
    &["sql", "FILE", "select * from log"],
];

/// Commands about the Secret `shop/a`.
const OF_ONE: &[&[&str]] = &[
    &["show", "--at", "end"],
    &["history"],
    &["blame", "--at", "end"],
    &["blame", "--at", "end", "--field", "/data", "--all"],
    &["diff", "--from", "start", "--to", "end"],
    &["find", "has(object.data)"],
    &["why", "--field", "/data/password", "--at", "end"],
];

/// The output of every command for a recording.
pub fn asked(folder: &Path, file: &str, operations: u64) -> String {
    let mut questions: Vec<Vec<String>> = Vec::new();
    let words = |question: &[&str]| -> Vec<String> {
        question.iter().map(|word| if *word == "FILE" { file.to_owned() } else { (*word).to_owned() }).collect()
    };
    questions.extend(OF_ALL.iter().map(|question| words(question)));
    questions.extend(OF_ONE.iter().map(|question| {
        let (command, rest) = question.split_at(1 + usize::from(question[0] == "find"));
        words(&[command, &["secret/a", "-n", "shop", "-d", file], rest].concat())
    }));
    for number in (1..=operations).map(|number| number.to_string()) {
        questions.push(words(&["operation", &number, "-d", file]));
    }
    for number in [1, operations / 2, operations].map(|number| number.to_string()) {
        questions.push(words(&["why", &number, "-d", file]));
        questions.push(words(&["why", &number, "-d", file, "--effects"]));
    }
    let mut output = String::new();
    for question in &questions {
        for format in ["text", "json"] {
            output.push_str(&answered(folder, &[question.as_slice(), &["--format".to_owned(), format.to_owned()]].concat()));
        }
    }
    for question in [&["replay", file][..], &["analyze", file, "--format", "sarif"], &["analyze", file, "--format", "junit"]] {
        output.push_str(&answered(folder, &words(question)));
    }
    output
}

fn answered(folder: &Path, question: &[String]) -> String {
    let ran = ask(folder, &question.iter().map(String::as_str).collect::<Vec<_>>());
    let (output, errors) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    // Exit code 1 is a negative answer.
    assert!(matches!(ran.status.code(), Some(0 | 1)), "{question:?}: {errors}");
    format!("{output}{errors}")
}

/// The keys of the debugger's views.
const VIEWS: [&str; 10] = ["V t", "V d", "V y", "V w", "V f", "i", "V l", "V g", "V o", "V s"];
/// The formats in which `e` writes them.
const FORMS: [&str; 6] = ["txt", "json", "yaml", "csv", "svg", "html"];

/// The exports of the debugger with `e`: every view in every format at a few operations, and each operation's request and
/// response.
pub fn exported(recording: &Path, operations: u64) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let opened = Recording::open(recording, &OpenOptions::default()).expect("it opens");
    let opened = OpenRecording::new(Box::new(opened), None).expect("it opens");
    let theme = Theme::load("dark", Depth::True).expect("a theme");
    let mut stage = Headless::open(opened, "r.db", (180, 100), theme).expect("it opens");
    let mut written = String::new();
    for number in 1..=operations {
        let whole = [1, operations / 2, operations].contains(&number);
        stage.script(&format!("goto {number}")).expect("a statement");
        for (at, view) in VIEWS.iter().enumerate() {
            let forms = if whole { &FORMS[..] } else { &["txt"] };
            for form in forms.iter().filter(|_| whole || matches!(*view, "V d" | "V y" | "i")) {
                let file = folder.path().join(format!("{number}-{at}.{form}"));
                stage.keys(view).expect("keys");
                stage.keys("e").expect("keys");
                stage.text(file.to_str().expect("a path"));
                stage.keys("Enter").expect("keys");
                let text = std::fs::read_to_string(&file);
                written
                    .push_str(&text.unwrap_or_else(|_| panic!("{view} at {number} as {form}: {:?}", stage.state.screen.message)));
            }
        }
    }
    written
}
