//! Wording of all commands: plurals, line feeds, and the spellings of fields and moments.

use super::program::Sandbox;

const SCENARIOS: &[&str] = &["tug-of-war", "rollout"];
const NOUNS: &[&str] = &[
    "objects",
    "items",
    "operations",
    "lines",
    "rows",
    "actors",
    "versions",
    "events",
    "calls",
    "writes",
    "findings",
    "sessions",
    "fields",
    "files",
    "times",
    "rounds",
    "reconciles",
    "links",
    "effects",
    "changes",
    "remarks",
    "gaps",
    "errors",
    "bookmarks",
    "lists",
    "reads",
    "watches",
    "results",
];

/// Returns `1 objects`, if a line has it.
fn wrong_plural(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | ';' | ':')).collect();
    words.windows(2).find(|pair| pair[0] == "1" && NOUNS.contains(&pair[1])).map(|pair| pair.join(" "))
}

#[test]
fn plurals_are_correct_and_no_line_feed_is_escaped() {
    let sandbox = Sandbox::new();
    for scenario in SCENARIOS {
        let file = sandbox.demo(scenario);
        let actors = sandbox.run(&["sessions", &file, "--format", "json"]).ok().json()[0]["actors"].clone();
        let actor = actors[0].as_str().expect("an actor").to_owned();
        let commands: &[&[&str]] = &[
            &["timeline", &file],
            &["sessions", &file],
            &["analyze", &file, "--all"],
            &["stale", &actor, "-d", &file],
            &["operation", &file, "1"],
            &["operation", &file, "end"],
            &["why", "5", "-d", &file],
            &["why", "5", "-d", &file, "--depth", "1"],
            &["why", "3", "-d", &file, "--effects"],
            &["history", "deploy/checkout", "-n", "shop", "-d", &file],
            &["blame", "deploy/checkout", "-n", "shop", "-d", &file],
            &["lanes", &file],
            &["tree", "-d", &file],
            &["verify", &file],
            &["scan", &file],
        ];
        for command in commands {
            let ran = sandbox.run(command);
            for line in ran.out.lines().chain(ran.err.lines()) {
                assert_eq!(wrong_plural(line), None, "{scenario}: {command:?}: {line}");
                assert!(!line.contains("\\n"), "{scenario}: {command:?}: {line}");
            }
        }
    }
    assert_eq!(wrong_plural("all 1 objects in its view").as_deref(), Some("1 objects"));
}

#[test]
fn a_field_is_accepted_in_each_of_its_spellings() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    for command in ["blame", "why"] {
        let [pointer, dotted, bare] = ["/spec/replicas", ".spec.replicas", "spec.replicas"]
            .map(|field| sandbox.run(&[command, "deploy/checkout", "-n", "shop", "-d", &file, "--field", field]).ok().out);
        assert!(pointer.contains("replicas"), "{command}: {pointer}");
        assert_eq!((&dotted, &bare), (&pointer, &pointer), "{command}");
    }
}

#[test]
fn a_moment_beyond_the_end_says_so() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    let show = |at: &str| sandbox.run(&["show", "deploy/checkout", "-n", "shop", "-d", &file, "--at", at]).ok();
    let (end, beyond) = (show("end"), show("9999"));
    assert_eq!(beyond.out, end.out);
    assert!(beyond.err.contains("#9999 is beyond the end: the last operation of session "), "{}", beyond.err);
    assert!(!end.err.contains("beyond"), "{}", end.err);
}
