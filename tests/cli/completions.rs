//! Completing command lines, in real shells where they are.

use std::path::PathBuf;
use std::process::Command;

use super::program::Place;
use super::pty::Pty;

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
    // As bash has them: with what was typed to quote them.
    let words: Vec<String> = line.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''"))).collect();
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
    std::fs::copy(place.path("run.db"), place.path("my run.db")).unwrap();
    for file in [r"my\ run.db", "'my run.db'", "\"my run.db\""] {
        assert_eq!(offered(&["kuberewind", "show", "-d", file, "--at", "stu"]), ["stuck-rollout"], "{file}");
    }
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

/// The folder that a program of this name lies in, if the machine has it.
fn folder_of(program: &str) -> Option<PathBuf> {
    let found = std::env::split_paths(&std::env::var_os("PATH")?).find(|folder| folder.join(program).is_file());
    if found.is_none() {
        eprintln!("skipped: there is no {program}");
    }
    found
}

/// A path on which our programs come first.
fn path() -> String {
    let own = std::path::Path::new(env!("CARGO_BIN_EXE_kuberewind")).parent().unwrap();
    format!("{}:{}", own.display(), std::env::var("PATH").unwrap())
}

/// Lines that are completed, up to where they are typed, and what they then are; a key more where there is more than one.
const LINES: &[(&str, &str)] = &[
    ("kuberewind time", "kuberewind timeline "),
    ("kuberewind show -d run.db --at stu", "kuberewind show -d run.db --at stuck-rollout "),
    ("kuberewind timeline run.db --session ", "kuberewind timeline run.db --session tug-of-war "),
    ("kuberewind show -d run.db deploy/", "kuberewind show -d run.db deploy/shop/checkout "),
    ("kuberewind run.db#stu", "run.db#stuck-rollout "),
    ("kuberewind sessions ru", "kuberewind sessions run.db "),
    (r"kuberewind show -d my\ run.db --at stu", "--at stuck-rollout "),
    (r"kuberewind my\ run.db#stu", r"run.db#stuck-rollout "),
];

/// The same of `kubectl rewind`, which kubectl's own script completes.
const PLUGIN: &[(&str, &str)] = &[
    ("kubectl rewind time", "kubectl rewind timeline "),
    ("kubectl rewind show -d run.db --at stu", "kubectl rewind show -d run.db --at stuck-rollout "),
    ("kubectl rewind show -d run.db deploy/", "kubectl rewind show -d run.db deploy/shop/checkout "),
];

#[test]
fn fish_completes_what_is_in_the_file() {
    let Some(fish) = folder_of("fish") else { return };
    let place = with_a_bookmark();
    std::fs::copy(place.path("run.db"), place.path("my run.db")).unwrap();
    let mut lines = LINES.to_vec();
    let mut script = "kuberewind completions fish | source\n".to_owned();
    if folder_of("kubectl").is_some() {
        script.push_str("kubectl completion fish | source\n");
        lines.extend(PLUGIN);
    }
    for (line, _) in &lines {
        script.push_str(&format!("complete -C '{}'; echo =\n", line.replace('\\', r"\\")));
    }
    let mut command = Command::new(fish.join("fish"));
    command.args(["--no-config", "-c", &script]).current_dir(place.path(".")).env("HOME", place.path(".")).env("PATH", path());
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    for ((line, wanted), answers) in lines.iter().zip(said.split("=\n")) {
        // A candidate a line, what it is behind a tab.
        let candidates: Vec<&str> = answers.lines().map(|line| line.split('\t').next().unwrap()).collect();
        let word = wanted.trim_end().rsplit(' ').next().unwrap();
        assert!(candidates.iter().any(|candidate| candidate.ends_with(word)), "{line}: {candidates:?}");
    }
}

#[test]
fn zsh_completes_what_is_in_the_file() {
    let Some(zsh) = folder_of("zsh") else { return };
    let place = with_a_bookmark();
    std::fs::copy(place.path("run.db"), place.path("my run.db")).unwrap();
    let mut lines = LINES.to_vec();
    // `#` and `!` are typed as they are; a bell would be no text.
    let mut settings = "PS1='ready> '\nunsetopt beep bang_hist\nautoload -Uz compinit\ncompinit -u -D\n\
                        source <(kuberewind completions zsh)\n"
        .to_owned();
    if folder_of("kubectl").is_some() {
        settings.push_str("source <(kubectl completion zsh)\n");
        lines.extend(PLUGIN);
    }
    settings.push_str(&format!("cd '{}'\n", place.path("").display()));
    std::fs::write(place.path(".zshrc"), settings).unwrap();
    let (home, path) = (place.path("").display().to_string(), path());
    let environment = [("HOME", home.as_str()), ("ZDOTDIR", &home), ("PATH", &path), ("LC_ALL", "C.UTF-8")];
    let mut terminal = Pty::start(&zsh.join("zsh"), &["-i"], &environment, (160, 40));
    terminal.wait_for_text("ready> ");
    for (line, wanted) in lines {
        terminal.type_keys("\x15\x0c");
        terminal.wait_for("an empty line", |screen| screen.contents().trim() == "ready>");
        terminal.type_keys(&format!("{line}\t"));
        // It quotes `#` by itself.
        let plain = |screen: &vt100::Screen| screen.contents().lines().next().unwrap_or_default().replace('\\', "") + " ";
        terminal.wait_for(wanted, |screen| plain(screen).contains(wanted));
    }
    // Of several a list, with a word about each.
    terminal.type_keys("\x15\x0ckuberewind show -d run.db --at st\t\t");
    terminal.wait_for_text("never settles");
    terminal.type_keys("\x15exit\r");
    assert_eq!(terminal.end(), 0);
}
