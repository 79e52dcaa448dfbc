//! The settings: read, checked, and in force.

use std::fs;

use super::program::Place;

/// Runs `config check` on these files; gives the exit code and what it printed.
fn check(files: &[(&str, &str)]) -> (Option<i32>, String) {
    let place = Place::new();
    let folder = place.path("settings");
    fs::create_dir_all(folder.join("themes")).unwrap();
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
    let mut command = place.command(&["config", "check"]);
    command.env("KUBEREWIND_CONFIG_DIR", &folder);
    let output = command.output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), text.replace(&format!("{}/", folder.display()), ""))
}

#[test]
fn settings_that_are_sound_are_said_to_be() {
    assert_eq!(check(&[]), (Some(0), "config.toml: not there\nkeys.toml: not there\n".to_owned()));
    let (code, text) = check(&[
        ("config.toml", "theme = 'mine'\npreset = 'vim'\n"),
        ("keys.toml", "[main]\nredraw = ['ctrl-l', 'alt-r']\nsuspend = []\n"),
        ("themes/mine.toml", "inherits = 'light'\n[roles]\nkey = { fg = '#884400' }\n"),
    ]);
    assert_eq!(
        text,
        "config.toml: sound\nkeys.toml: sound, 2 keys of its own on top of the preset vim\nthemes/mine.toml: sound, the theme mine\n"
    );
    assert_eq!(code, Some(0));
}

#[test]
fn every_mistake_is_told_with_its_place_and_what_to_do() {
    for (file, text, said) in [
        ("config.toml", "\nmuose = true", "config.toml:2: unknown field `muose`"),
        ("config.toml", "theme = 'drak'", "config.toml: there is no theme \"drak\"\n  hint: did you mean dark?"),
        ("config.toml", "preset = 'emacs'", "there is no preset \"emacs\" of keys"),
        ("keys.toml", "[main]\nquit = 'x'", "keys.toml:2: x is bound to both noise (the default keys) and quit (keys.toml:2)"),
        ("keys.toml", "[main]\nqiut = 'x'", "keys.toml:2: there is no action \"qiut\"\n  hint: did you mean quit?"),
        ("themes/mine.toml", "[roles]\nkey = { fg = 'mauve' }", "themes/mine.toml: \"mauve\" is not a colour"),
    ] {
        let (code, told) = check(&[(file, text)]);
        assert!(told.contains(said), "{file} {text:?}:\n{told}");
        assert_eq!(code, Some(1), "{told}");
    }
}

#[test]
fn the_debugger_does_not_open_with_settings_that_it_cannot_use() {
    let place = Place::new();
    let file = place.demo("hot-loop");
    let folder = place.path("settings");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("keys.toml"), "[main]\nquit = 'x'\n").unwrap();
    let mut command = place.command(&["open", &file, "--plain"]);
    let output = command.env("KUBEREWIND_CONFIG_DIR", &folder).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("is bound to both noise"));
}

#[test]
fn a_link_into_another_recording_is_refused_and_a_view_that_is_none_as_well() {
    let place = Place::new();
    let file = place.demo("hot-loop");
    let ran = place.run(&["open", &file, "--plain", "--id", "0123456789ab"]).code(2);
    assert!(ran.err.contains("but the link is of 0123456789ab"), "{}", ran.err);
    let ran = place.run(&["open", &file, "--pane", "dif"]).code(2);
    assert!(ran.err.contains("did you mean diff?"), "{}", ran.err);
}

#[test]
fn the_plain_debugger_reads_commands_and_answers_in_words() {
    use std::io::Write;
    use std::process::Stdio;

    let place = Place::new();
    let file = place.demo("tug-of-war");
    let mut command = place.command(&["open", &file, "--plain", "--at", "#12", "--pane", "diff"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b".\nyl\nq\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\n#12 ") && text.contains("\n#13 "), "{text}");
    assert!(text.contains(&format!("\nkuberewind {file} --at '#13' --pane diff --id ")), "{text}");
    assert!(!text.contains("sent to the terminal"), "nothing was sent anywhere: {text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    // It was left at #13, and is found there.
    let mut command = place.command(&["open", &file, "--plain"]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("\n#13 "));
    let mut command = place.command(&["open", &file, "--plain", "--no-restore"]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(!String::from_utf8(output.stdout).unwrap().contains("\n#13 "));
}
