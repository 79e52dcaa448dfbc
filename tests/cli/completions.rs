//! Completing command lines, in real shells where they are.

use std::process::Command;

use super::program::Place;

fn with_a_bookmark() -> Place {
    let place = Place::new();
    let file = place.demo("tug-of-war");
    std::fs::rename(place.path(&file), place.path("run.db")).unwrap();
    place.run(&["bookmark", "add", "stuck-rollout", "run.db", "--at", "5", "--note", "never settles"]).ok();
    place
}

/// What a bash that has read our script offers for a line whose last word is being typed.
fn bash(place: &Place, line: &[&str]) -> Option<Vec<String>> {
    let program = env!("CARGO_BIN_EXE_kuberewind");
    let folder = std::path::Path::new(program).parent().unwrap();
    let words: Vec<String> = line.iter().map(|word| format!("'{word}'")).collect();
    let last = line.len() - 1;
    let script = format!(
        "PATH=\"{}:$PATH\"; source <(kuberewind completions bash); COMP_WORDS=({}); COMP_CWORD={last}; COMP_TYPE=9; \
         _clap_complete_kuberewind kuberewind '{}' '{}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        folder.display(),
        words.join(" "),
        line[last],
        line[last - 1]
    );
    // The same surroundings as any command of the place.
    let surroundings = place.command(&[]);
    let mut bash = Command::new("bash");
    bash.args(["--noprofile", "--norc", "-c", &script]).current_dir(place.path("."));
    for (name, value) in surroundings.get_envs() {
        match value {
            Some(value) => bash.env(name, value),
            None => bash.env_remove(name),
        };
    }
    let Ok(output) = bash.output() else {
        eprintln!("skipped: there is no bash");
        return None;
    };
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(
        String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect(),
    )
}

#[test]
fn bash_completes_what_is_in_the_file() {
    let place = with_a_bookmark();
    let Some(commands) = bash(&place, &["kuberewind", "time"]) else { return };
    assert_eq!(commands, ["timeline"]);
    let session =
        &place.run(&["sessions", "run.db", "--format", "json"]).ok().json()[0]["session_id"].as_str().unwrap().to_owned();
    let offered = |line: &[&str]| bash(&place, line).unwrap_or_default();
    assert_eq!(&offered(&["kuberewind", "timeline", "run.db", "--session", ""]), std::slice::from_ref(session));
    assert_eq!(offered(&["kuberewind", "run.db#st"]), ["run.db#stuck-rollout", "run.db#start"]);
    assert_eq!(offered(&["kuberewind", "show", "deploy/checkout", "-d", "run.db", "--at", "stu"]), ["stuck-rollout"]);
    assert_eq!(offered(&["kuberewind", "show", "-d", "run.db", "deploy/"]), ["deploy/shop/checkout"]);
    assert_eq!(offered(&["kuberewind", "show", "-n", "shop", "-d", "run.db", "deploy/ch"]), ["deploy/checkout"]);
    assert!(offered(&["kuberewind", "show", "-d", "run.db", "dep"]).contains(&"deployments/".to_owned()));
    assert!(offered(&["kuberewind", "stale", "run.db", "--actor", ""]).iter().any(|actor| actor.ends_with("hpa")));
    assert!(offered(&["kuberewind", "sessions", "ru"]).contains(&"run.db".to_owned()));
    // A session of the recording that is meant where none is named.
    std::fs::rename(place.path("run.db"), place.path("recordings.db")).unwrap();
    assert!(offered(&["kuberewind", "timeline", ""]).contains(session));
    // What is no recording has nothing to offer, and says nothing.
    std::fs::write(place.path("junk.db"), "junk").unwrap();
    assert!(offered(&["kuberewind", "timeline", "junk.db", "--session", ""]).is_empty());
}

#[test]
fn the_scripts_are_read_by_their_shells() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = place.run(&["completions", shell]).ok().out;
        assert!(script.contains("kuberewind") && script.contains("KUBEREWIND_COMPLETE"), "{script}");
        std::fs::write(place.path("script"), &script).unwrap();
        match Command::new(shell).arg("-n").arg(place.path("script")).output() {
            Ok(output) => assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr)),
            Err(_) => eprintln!("skipped: there is no {shell}"),
        }
    }
    place.run(&["completions", "tcsh"]).code(2);
    assert!(place.run(&["completions", "kubectl"]).ok().out.starts_with("#!/bin/sh\n"));
}

#[test]
fn zsh_and_fish_ask_as_bash_does() {
    let place = with_a_bookmark();
    for shell in ["zsh", "fish"] {
        let mut command = place.command(&["--", "kuberewind", "show", "-d", "run.db", "--at", "stuck"]);
        let output =
            command.env("KUBEREWIND_COMPLETE", shell).env("_CLAP_COMPLETE_INDEX", "5").env("_CLAP_IFS", "\n").output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains("stuck-rollout") && said.contains("never settles"), "{shell}: {said}");
    }
}
