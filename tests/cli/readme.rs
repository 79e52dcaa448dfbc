//! Runs the commands of the README.

use super::program::Sandbox;

#[test]
fn the_commands_of_the_readme_work() {
    let readme = include_str!("../../README.md");
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    std::fs::rename(sandbox.path(&file), sandbox.path("run.db")).unwrap();
    sandbox.run(&["bookmark", "add", "stuck-rollout", "run.db", "--at", "5"]).ok();
    let audited = serde_json::json!({"auditID": "a", "stage": "ResponseComplete", "verb": "get", "requestURI": "/api/v1/pods",
        "user": {"username": "admin"}, "stageTimestamp": "2026-03-01T10:00:00Z"});
    std::fs::write(sandbox.path("audit.log"), format!("{audited}\n")).unwrap();
    let rows = readme.lines().filter(|line| line.starts_with("| ") && line.contains("`kuberewind "));
    let commands: Vec<Vec<String>> =
        rows.filter_map(|row| row.split('`').nth(1)).map(|line| shlex::split(line).expect("quotes are closed")).collect();
    assert!(commands.len() >= 15, "{commands:?}");
    for command in commands {
        let arguments: Vec<&str> = command.iter().skip(1).map(String::as_str).collect();
        let ran = sandbox.run(&arguments);
        let expected: &[i32] = match arguments.as_slice() {
            // A difference and findings under --fail-on exit with 1.
            ["diff", ..] => &[1],
            [.., "--fail-on", _, "--format", "sarif"] => &[1],
            _ => &[0],
        };
        assert!(ran.code.is_some_and(|code| expected.contains(&code)), "{command:?}: {:?}\n{}{}", ran.code, ran.out, ran.err);
        assert!(!ran.out.is_empty() || arguments.contains(&"-i"), "{command:?} prints something");
    }
}

#[test]
fn the_first_commands_are_those_of_a_fresh_clone() {
    let readme = include_str!("../../README.md");
    let first: Vec<&str> = readme.lines().filter(|line| line.starts_with("cargo ")).take(2).collect();
    assert_eq!(first, ["cargo run --release -- demo", "cargo test"]);
}

#[test]
fn every_subcommand_has_help() {
    let sandbox = Sandbox::new();
    let help = sandbox.run(&["--help"]).ok().out;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| line.starts_with("  "));
    let names: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").collect();
    assert!(names.len() >= 15, "{names:?}");
    for name in names {
        assert!(sandbox.run(&[name, "--help"]).ok().out.contains("Usage:"), "{name}");
    }
}

#[test]
fn the_readme_lists_every_importer() {
    let readme = include_str!("../../README.md");
    for importer in kuberewind::formats::IMPORTERS {
        let row = format!("| `{}` | {} |", importer.name, importer.doc);
        assert!(readme.lines().any(|line| line == row), "{row}");
    }
}
