//! Completion of command lines, in real shells if they are installed.

use std::path::PathBuf;
use std::process::Command;

use super::program::Sandbox;
use super::pty::Pty;

fn with_a_bookmark() -> Sandbox {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    std::fs::rename(sandbox.path(&file), sandbox.path("run.db")).unwrap();
    sandbox.run(&["bookmark", "add", "stuck-rollout", "run.db", "--at", "5", "--note", "never settles"]).ok();
    sandbox
}

/// Returns the candidates of bash with our script for the last word of a line.
fn bash(sandbox: &Sandbox, line: &[&str]) -> Option<Vec<String>> {
    let program = env!("CARGO_BIN_EXE_kuberewind");
    let folder = std::path::Path::new(program).parent().unwrap();
    // bash passes the words as typed, with quotes.
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
    // The environment of the sandbox.
    let environment = sandbox.command(&[]);
    let mut bash = Command::new("bash");
    bash.args(["--noprofile", "--norc", "-c", &script]).current_dir(sandbox.path("."));
    for (name, value) in environment.get_envs() {
        match value {
            Some(value) => bash.env(name, value),
            None => bash.env_remove(name),
        };
    }
    let Ok(output) = bash.output() else {
        eprintln!("skipped: bash is not installed");
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
fn bash_completes_from_the_recording() {
    let sandbox = with_a_bookmark();
    let Some(commands) = bash(&sandbox, &["kuberewind", "time"]) else { return };
    assert_eq!(commands, ["timeline"]);
    let session =
        &sandbox.run(&["sessions", "run.db", "--format", "json"]).ok().json()[0]["session_id"].as_str().unwrap().to_owned();
    let offered = |line: &[&str]| bash(&sandbox, line).unwrap_or_default();
    assert_eq!(&offered(&["kuberewind", "timeline", "run.db", "--session", ""]), std::slice::from_ref(session));
    assert_eq!(offered(&["kuberewind", "run.db#st"]), ["run.db#stuck-rollout", "run.db#start"]);
    assert_eq!(offered(&["kuberewind", "show", "deploy/checkout", "-d", "run.db", "--at", "stu"]), ["stuck-rollout"]);
    assert_eq!(offered(&["kuberewind", "show", "-d", "run.db", "deploy/"]), ["deploy/shop/checkout"]);
    assert_eq!(offered(&["kuberewind", "show", "-n", "shop", "-d", "run.db", "deploy/ch"]), ["deploy/checkout"]);
    assert!(offered(&["kuberewind", "show", "-d", "run.db", "dep"]).contains(&"deployments/".to_owned()));
    assert!(offered(&["kuberewind", "stale", "run.db", "--actor", ""]).iter().any(|actor| actor.ends_with("hpa")));
    assert!(offered(&["kuberewind", "sessions", "ru"]).contains(&"run.db".to_owned()));
    std::fs::copy(sandbox.path("run.db"), sandbox.path("my run.db")).unwrap();
    for file in [r"my\ run.db", "'my run.db'", "\"my run.db\""] {
        assert_eq!(offered(&["kuberewind", "show", "-d", file, "--at", "stu"]), ["stuck-rollout"], "{file}");
    }
    // A session of the default recording.
    std::fs::rename(sandbox.path("run.db"), sandbox.path("recordings.db")).unwrap();
    assert!(offered(&["kuberewind", "timeline", ""]).contains(session));
    // Other files have no candidates and cause no error.
    std::fs::write(sandbox.path("junk.db"), "junk").unwrap();
    assert!(offered(&["kuberewind", "timeline", "junk.db", "--session", ""]).is_empty());
}

#[test]
fn the_shells_parse_the_scripts() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = sandbox.run(&["completions", shell]).ok().out;
        assert!(script.contains("kuberewind") && script.contains("KUBEREWIND_COMPLETE"), "{script}");
        std::fs::write(sandbox.path("script"), &script).unwrap();
        match Command::new(shell).arg("-n").arg(sandbox.path("script")).output() {
            Ok(output) => assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr)),
            Err(_) => eprintln!("skipped: {shell} is not installed"),
        }
    }
    sandbox.run(&["completions", "tcsh"]).code(2);
    assert!(sandbox.run(&["completions", "kubectl"]).ok().out.starts_with("#!/bin/sh\n"));
}

#[test]
fn zsh_and_fish_get_candidates_with_descriptions() {
    let sandbox = with_a_bookmark();
    for shell in ["zsh", "fish"] {
        let mut command = sandbox.command(&["--", "kuberewind", "show", "-d", "run.db", "--at", "stuck"]);
        let output =
            command.env("KUBEREWIND_COMPLETE", shell).env("_CLAP_COMPLETE_INDEX", "5").env("_CLAP_IFS", "\n").output().unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        assert!(out.contains("stuck-rollout") && out.contains("never settles"), "{shell}: {out}");
    }
}

/// Returns the folder of a program, if it is installed.
fn folder_of(program: &str) -> Option<PathBuf> {
    let found = std::env::split_paths(&std::env::var_os("PATH")?).find(|folder| folder.join(program).is_file());
    if found.is_none() {
        eprintln!("skipped: {program} is not installed");
    }
    found
}

/// Returns a PATH with our programs first.
fn path() -> String {
    let own = std::path::Path::new(env!("CARGO_BIN_EXE_kuberewind")).parent().unwrap();
    format!("{}:{}", own.display(), std::env::var("PATH").unwrap())
}

/// Typed lines and the completed lines.
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

/// As [`LINES`], for `kubectl rewind` with kubectl's own script.
const PLUGIN: &[(&str, &str)] = &[
    ("kubectl rewind time", "kubectl rewind timeline "),
    ("kubectl rewind show -d run.db --at stu", "kubectl rewind show -d run.db --at stuck-rollout "),
    ("kubectl rewind show -d run.db deploy/", "kubectl rewind show -d run.db deploy/shop/checkout "),
];

#[test]
fn fish_completes_from_the_recording() {
    let Some(fish) = folder_of("fish") else { return };
    let sandbox = with_a_bookmark();
    std::fs::copy(sandbox.path("run.db"), sandbox.path("my run.db")).unwrap();
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
    command
        .args(["--no-config", "-c", &script])
        .current_dir(sandbox.path("."))
        .env("HOME", sandbox.path("."))
        .env("PATH", path());
    let output = command.output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    for ((line, wanted), answers) in lines.iter().zip(out.split("=\n")) {
        // One candidate per line, with its description after a tab.
        let candidates: Vec<&str> = answers.lines().map(|line| line.split('\t').next().unwrap()).collect();
        let word = wanted.trim_end().rsplit(' ').next().unwrap();
        assert!(candidates.iter().any(|candidate| candidate.ends_with(word)), "{line}: {candidates:?}");
    }
}

#[test]
fn zsh_completes_from_the_recording() {
    let Some(zsh) = folder_of("zsh") else { return };
    let sandbox = with_a_bookmark();
    std::fs::copy(sandbox.path("run.db"), sandbox.path("my run.db")).unwrap();
    let mut lines = LINES.to_vec();
    // Without history expansion for `!`, and without the bell.
    let mut settings = "PS1='ready> '\nunsetopt beep bang_hist\nautoload -Uz compinit\ncompinit -u -D\n\
                        source <(kuberewind completions zsh)\n"
        .to_owned();
    if folder_of("kubectl").is_some() {
        settings.push_str("source <(kubectl completion zsh)\n");
        lines.extend(PLUGIN);
    }
    settings.push_str(&format!("cd '{}'\n", sandbox.path("").display()));
    std::fs::write(sandbox.path(".zshrc"), settings).unwrap();
    let (home, path) = (sandbox.path("").display().to_string(), path());
    let environment = [("HOME", home.as_str()), ("ZDOTDIR", &home), ("PATH", &path), ("LC_ALL", "C.UTF-8")];
    let mut terminal = Pty::start(&zsh.join("zsh"), &["-i"], &environment, (160, 40));
    terminal.wait_for_text("ready> ");
    for (line, wanted) in lines {
        terminal.type_keys("\x15\x0c");
        terminal.wait_for("an empty line", |screen| screen.contents().trim() == "ready>");
        terminal.type_keys(&format!("{line}\t"));
        // zsh quotes `#`.
        let plain = |screen: &vt100::Screen| screen.contents().lines().next().unwrap_or_default().replace('\\', "") + " ";
        terminal.wait_for(wanted, |screen| plain(screen).contains(wanted));
    }
    // Several candidates appear as a list with descriptions.
    terminal.type_keys("\x15\x0ckuberewind show -d run.db --at st\t\t");
    terminal.wait_for_text("never settles");
    terminal.type_keys("\x15exit\r");
    assert_eq!(terminal.end(), 0);
}
