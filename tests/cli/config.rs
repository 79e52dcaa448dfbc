//! The settings: checked by `config check`, and used by the debugger.

use std::fs;

use super::program::Sandbox;

/// Runs `config check` on these files. Returns the exit code and stdout.
fn check(files: &[(&str, &str)]) -> (Option<i32>, String) {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("settings");
    fs::create_dir_all(folder.join("themes")).unwrap();
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
    let mut command = sandbox.command(&["config", "check"]);
    command.env("KUBEREWIND_CONFIG_DIR", &folder);
    let output = command.output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), text.replace(&format!("{}/", folder.display()), ""))
}

#[test]
fn valid_settings_pass() {
    assert_eq!(check(&[]), (Some(0), "config.toml: does not exist\nkeys.toml: does not exist\n".to_owned()));
    let (code, text) = check(&[
        ("config.toml", "theme = 'mine'\npreset = 'vim'\n"),
        ("keys.toml", "[main]\nredraw = ['ctrl-l', 'alt-r']\nsuspend = []\n"),
        ("themes/mine.toml", "inherits = 'light'\n[roles]\nkey = { fg = '#884400' }\n"),
    ]);
    assert_eq!(
        text,
        "config.toml: valid\nkeys.toml: valid, changes 2 keys of the preset vim\nthemes/mine.toml: valid, theme mine\n"
    );
    assert_eq!(code, Some(0));
}

#[test]
fn errors_name_the_line_and_a_correction() {
    for (file, text, expected) in [
        ("config.toml", "\nmuose = true", "config.toml:2: unknown field `muose`"),
        ("config.toml", "theme = 'drak'", "config.toml: there is no theme \"drak\"\n  hint: did you mean dark?"),
        ("config.toml", "preset = 'emacs'", "there is no preset \"emacs\" of keys"),
        ("keys.toml", "[main]\nquit = 'x'", "keys.toml:2: x is bound to both noise (the default keys) and quit (keys.toml:2)"),
        ("keys.toml", "[main]\nqiut = 'x'", "keys.toml:2: there is no action \"qiut\"\n  hint: did you mean quit?"),
        ("themes/mine.toml", "[roles]\nkey = { fg = 'mauve' }", "themes/mine.toml: \"mauve\" is not a colour"),
    ] {
        let (code, out) = check(&[(file, text)]);
        assert!(out.contains(expected), "{file} {text:?}:\n{out}");
        assert_eq!(code, Some(1), "{out}");
    }
}

#[test]
fn the_debugger_refuses_invalid_settings() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("hot-loop");
    let folder = sandbox.path("settings");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("keys.toml"), "[main]\nquit = 'x'\n").unwrap();
    let mut command = sandbox.command(&["open", &file, "--plain"]);
    let output = command.env("KUBEREWIND_CONFIG_DIR", &folder).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("is bound to both noise"));
}

#[test]
fn a_wrong_recording_id_and_an_unknown_view_are_refused() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("hot-loop");
    let ran = sandbox.run(&["open", &file, "--plain", "--id", "0123456789ab"]).code(2);
    assert!(ran.err.contains("but the link is for 0123456789ab"), "{}", ran.err);
    let ran = sandbox.run(&["open", &file, "--pane", "dif"]).code(2);
    assert!(ran.err.contains("did you mean diff?"), "{}", ran.err);
}

#[test]
fn the_plain_debugger_reads_commands_and_prints_text() {
    use std::io::Write;
    use std::process::Stdio;

    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    let mut command = sandbox.command(&["open", &file, "--plain", "--at", "#12", "--pane", "diff"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b".\nyl\nq\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\n#12 ") && text.contains("\n#13 "), "{text}");
    assert!(text.contains(&format!("\nkuberewind {file} --at '#13' --pane diff --id ")), "{text}");
    assert!(!text.contains("sent to the terminal"), "nothing was copied to a clipboard: {text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    // The debugger restores the position #13.
    let mut command = sandbox.command(&["open", &file, "--plain"]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("\n#13 "));
    let mut command = sandbox.command(&["open", &file, "--plain", "--no-restore"]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(!String::from_utf8(output.stdout).unwrap().contains("\n#13 "));
}
