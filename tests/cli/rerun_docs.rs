//! The walk-through in `docs/rerun.md` runs as it is printed.
//!
//! Its blocks are `console rerun`: each command follows `$ `, its output follows the command. `KUBEREWIND_UPDATE_DOCS=1` writes the outputs anew.

use super::program::Sandbox;
use super::rerun::example;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rerun.md");
const BLOCK: &str = "```console rerun";

/// Replaces what differs from run to run: how long a rerun took, and the numbers of what it recorded.
fn undated(line: &str) -> String {
    let line = regex::Regex::new(r"\d+\.\d s").unwrap().replace_all(line, "N s").into_owned();
    if line.starts_with("finding still there") {
        return regex::Regex::new(r"\d+ rounds, #\d+–#\d+").unwrap().replace_all(&line, "N rounds").into_owned();
    }
    line
}

/// Runs a command of the page and returns what it prints.
fn printed(sandbox: &Sandbox, command: &str) -> Vec<String> {
    let words = shlex::split(command).unwrap();
    let arguments: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    let ran = sandbox.run(&arguments);
    assert!(matches!(ran.code, Some(0 | 1)), "{command}: {:?}\n{}{}", ran.code, ran.out, ran.err);
    ran.out.lines().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
}

#[test]
fn the_walk_through_prints_what_the_page_shows() {
    let Some(hpa) = example("hpa") else { return };
    let sandbox = Sandbox::new();
    std::fs::copy(hpa, sandbox.path("hpa")).unwrap();
    let text = std::fs::read_to_string(PAGE).unwrap();
    let (mut made, mut inside, mut commands) = (Vec::new(), false, 0);
    for line in text.lines() {
        if let (true, Some(command)) = (inside, line.strip_prefix("$ ")) {
            made.push(line.to_owned());
            made.extend(printed(&sandbox, command));
            commands += 1;
            continue;
        }
        inside = if line.starts_with("```") { line == BLOCK } else { inside };
        if !inside || line == BLOCK {
            made.push(line.to_owned());
        }
    }
    assert_eq!(commands, 4);
    if std::env::var_os("KUBEREWIND_UPDATE_DOCS").is_some() {
        std::fs::write(PAGE, made.join("\n") + "\n").unwrap();
        return;
    }
    let (shown, real): (Vec<String>, Vec<String>) =
        (text.lines().map(undated).collect(), made.iter().map(|line| undated(line)).collect());
    assert_eq!(shown, real, "KUBEREWIND_UPDATE_DOCS=1 writes the outputs anew");
}
