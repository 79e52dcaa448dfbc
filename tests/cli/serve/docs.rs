//! The walk-through in `docs/serve.md` runs as it is printed.
//!
//! Its blocks are `console serve`: each command follows `$ `. A line `…` stands for any lines.

use super::server::{Server, has_kubectl};
use crate::program::Sandbox;

const PAGE: &str = include_str!("../../../docs/serve.md");

/// The commands of the page, each with the lines that it prints.
fn commands() -> Vec<(String, Vec<String>)> {
    let mut commands: Vec<(String, Vec<String>)> = Vec::new();
    for block in PAGE.split("```console serve\n").skip(1) {
        for line in block.split("```").next().unwrap().lines() {
            match line.strip_prefix("$ ") {
                Some(command) => commands.push((command.to_owned(), Vec::new())),
                None => commands.last_mut().expect("a command comes first").1.push(line.to_owned()),
            }
        }
    }
    commands
}

/// Replaces dates, ports and ages, which differ from run to run.
fn undated(text: &str) -> String {
    let date = regex::Regex::new(r"20\d\d-\d\d-\d\dT[\d:.]+Z").unwrap();
    let port = regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap();
    let text = date.replace_all(text, "DATE").into_owned();
    let text = port.replace_all(&text, "127.0.0.1:PORT").into_owned();
    // The demo starts within any part of a second, so ages differ by one.
    let age = regex::Regex::new(r"\b\d+s$").unwrap();
    let text = age.replace_all(text.trim_end(), "AGE").into_owned();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// True if the lines are those that are expected; `…` stands for any lines up to the next expected one.
fn fits(expected: &[String], printed: &[String]) -> bool {
    let mut rest = printed.iter();
    let mut any = false;
    for line in expected {
        if line == "…" {
            any = true;
            continue;
        }
        let found = if any {
            rest.any(|printed| undated(printed) == undated(line))
        } else {
            rest.next().is_some_and(|printed| undated(printed) == undated(line))
        };
        if !found {
            return false;
        }
        any = false;
    }
    any || rest.next().is_none()
}

#[test]
fn the_walk_through_prints_what_the_page_shows() {
    if !has_kubectl() {
        return;
    }
    let sandbox = Sandbox::new();
    let mut server: Option<Server> = None;
    let commands = commands();
    assert!(commands.len() >= 8, "{} commands", commands.len());
    for (command, expected) in commands {
        let words = shlex::split(&command).unwrap();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["kuberewind", "serve", arguments @ ..] => {
                let arguments: Vec<&str> = arguments.iter().copied().filter(|word| *word != "&").collect();
                server = Some(Server::start(&sandbox, &arguments));
            }
            ["export", _] => {}
            ["kuberewind", arguments @ ..] => {
                sandbox.run(arguments).ok();
            }
            _ => {
                let server = server.as_ref().expect("the server runs by now");
                let ran = server.client("sh").args(["-c", &command]).output().unwrap();
                let printed = lines(&ran);
                assert!(fits(&expected, &printed), "{command}\n{}\nprinted\n{}", expected.join("\n"), printed.join("\n"));
            }
        }
    }
}

fn lines(output: &std::process::Output) -> Vec<String> {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    text.lines().map(str::to_owned).filter(|line| !line.trim().is_empty()).collect()
}
