//! What the README says to type is typed.

use super::program::Place;

/// The words of a command line, double quotes and single quotes taken off.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, ' ') if !word.is_empty() => words.push(std::mem::take(&mut word)),
            (None, ' ') => {}
            (_, c) => word.push(c),
        }
    }
    words.push(word);
    words
}

#[test]
fn the_commands_of_the_readme_do_what_they_say() {
    let readme = include_str!("../../README.md");
    let place = Place::new();
    let file = place.demo("tug-of-war");
    std::fs::rename(place.path(&file), place.path("run.db")).unwrap();
    place.run(&["bookmark", "add", "stuck-rollout", "run.db", "--at", "5"]).ok();
    let audited = serde_json::json!({"auditID": "a", "stage": "ResponseComplete", "verb": "get", "requestURI": "/api/v1/pods",
        "user": {"username": "admin"}, "stageTimestamp": "2026-03-01T10:00:00Z"});
    std::fs::write(place.path("audit.log"), format!("{audited}\n")).unwrap();
    let rows = readme.lines().filter(|line| line.starts_with("| ") && line.contains("`kuberewind "));
    let commands: Vec<Vec<String>> = rows.filter_map(|row| row.split('`').nth(1)).map(words).collect();
    assert!(commands.len() >= 15, "{commands:?}");
    for command in commands {
        let arguments: Vec<&str> = command.iter().skip(1).map(String::as_str).collect();
        let ran = place.run(&arguments);
        let expected: &[i32] = match arguments.as_slice() {
            // A difference, and findings under --fail-on, are the answer that was asked for.
            ["diff", ..] => &[1],
            [.., "--fail-on", _, "--format", "sarif"] => &[1],
            _ => &[0],
        };
        assert!(ran.code.is_some_and(|code| expected.contains(&code)), "{command:?}: {:?}\n{}{}", ran.code, ran.out, ran.err);
        assert!(!ran.out.is_empty() || arguments.contains(&"-i"), "{command:?} says something");
    }
}

#[test]
fn the_first_commands_are_those_of_a_fresh_clone() {
    let readme = include_str!("../../README.md");
    let first: Vec<&str> = readme.lines().filter(|line| line.starts_with("cargo ")).take(2).collect();
    assert_eq!(first, ["cargo run --release -- demo", "cargo test"]);
}

#[test]
fn every_subcommand_explains_itself() {
    let place = Place::new();
    let help = place.run(&["--help"]).ok().out;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| line.starts_with("  "));
    let names: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").collect();
    assert!(names.len() >= 15, "{names:?}");
    for name in names {
        assert!(place.run(&[name, "--help"]).ok().out.contains("Usage:"), "{name}");
    }
}

#[test]
fn every_format_that_is_read_is_named() {
    let readme = include_str!("../../README.md");
    for importer in kuberewind::formats::IMPORTERS {
        let row = format!("| `{}` | {} |", importer.name, importer.doc);
        assert!(readme.lines().any(|line| line == row), "{row}");
    }
}
