//! The five-minute tour of the README in a real terminal: presses the keys of `screenshots/tour.script`.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use kuberewind_tui::keys::{Code, Key};
use kuberewind_tui::script::{Statement, parse};

use super::program::Sandbox;
use super::pty::Pty;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kuberewind");
const SCRIPT: &str = include_str!("../../screenshots/tour.script");

/// Starts a program on a terminal, with an empty home folder.
fn start(sandbox: &Sandbox, program: &Path, arguments: &[&str]) -> Pty {
    let folder = |name: &str| sandbox.path(name).display().to_string();
    let programs = Path::new(PROGRAM).parent().unwrap().display().to_string();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap());
    let environment = [
        ("HOME", folder("")),
        ("XDG_CONFIG_HOME", folder("config")),
        ("XDG_DATA_HOME", folder("data")),
        ("XDG_STATE_HOME", folder("state")),
        ("XDG_CACHE_HOME", folder("cache")),
        ("LANG", "C.UTF-8".to_owned()),
        ("LC_ALL", String::new()),
        // As over SSH: the debugger copies to the clipboard of the terminal.
        ("SSH_TTY", "/dev/pts/0".to_owned()),
        ("PATH", path),
    ];
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Pty::start(program, arguments, &environment, (80, 24))
}

/// Returns the characters that the terminal sends for a key.
fn bytes(key: &Key) -> String {
    match key.code {
        Code::Char(c) if key.alt => format!("\u{1b}{c}"),
        Code::Char(c) => c.to_string(),
        Code::Enter => "\r".to_owned(),
        Code::Esc => "\u{1b}".to_owned(),
        other => panic!("the tour does not use the key {other:?}"),
    }
}

/// Returns the keys of the script, in order.
fn keys() -> Vec<Key> {
    let statements = parse(SCRIPT).unwrap();
    let keys = statements.into_iter().filter_map(|statement| match statement {
        Statement::Keys(keys) => Some(keys),
        Statement::Wait(_) => None,
        other => panic!("the tour contains a statement other than keys: {other:?}"),
    });
    keys.flatten().collect()
}

/// Returns the last text that was copied to the clipboard of the terminal.
fn clipboard(pty: &Pty) -> String {
    let sent = String::from_utf8_lossy(pty.sent()).into_owned();
    let (_, rest) = sent.rsplit_once("\u{1b}]52;c;").expect("something was copied");
    let end = rest.find(['\u{1b}', '\u{7}']).unwrap();
    String::from_utf8(STANDARD.decode(&rest[..end]).unwrap()).unwrap()
}

#[test]
fn the_tour_works_with_fewer_than_25_keys() {
    let sandbox = Sandbox::new();
    let mut terminal = start(&sandbox, Path::new(PROGRAM), &["demo", "tug-of-war"]);
    // The loops are found beside the first frame.
    terminal.wait_for("the rows of the loop", |screen| screen.contents().contains(" L #"));
    let keys = keys();
    // Plus q at the end, and a search in the help: `?`, `loop`, Esc.
    assert!(keys.len() + 1 + 6 < 25, "{} keys", keys.len());
    let mut pressed = keys.iter();
    let mut press = |terminal: &mut Pty, count: usize| {
        let typed: String = pressed.by_ref().take(count).map(bytes).collect();
        terminal.type_keys(&typed);
    };
    press(&mut terminal, 2);
    terminal.wait_for("the start of the loop", |screen| !screen.contents().contains("#496 of 496"));
    press(&mut terminal, 2);
    terminal.wait_for("the field and both writers", |screen| {
        let text = screen.contents();
        ["spec.replicas", "hpa", "checkout"].iter().all(|word| text.contains(word))
    });
    press(&mut terminal, 3);
    terminal.wait_for_text("#496 of 496");
    press(&mut terminal, 1);
    terminal.wait_for("the last reconcile", |screen| !screen.contents().contains("#496 of 496"));
    press(&mut terminal, 2);
    terminal.wait_for("why it ran", |screen| {
        let text = screen.contents();
        text.contains("because") && text.contains("exact")
    });
    press(&mut terminal, 1);
    terminal.wait_for_text("bookmark op-");
    press(&mut terminal, 2);
    terminal.wait_for_text("which may copy it");
    let link = clipboard(&terminal);
    let at = link.split("'#").nth(1).and_then(|rest| rest.split('\'').next()).expect("the link contains the moment").to_owned();
    assert!(at.parse::<u64>().unwrap() > 480, "the link leads to the last reconcile: {link}");
    assert!(link.starts_with("kuberewind ") && link.contains(" --pane why --id "), "{link}");
    terminal.type_keys("q");
    assert_eq!(terminal.end(), 0);
    // Run the link in a shell.
    let mut again = start(&sandbox, Path::new("/bin/sh"), &["-c", &link]);
    again.wait_for("the same view", |screen| {
        let text = screen.contents();
        text.contains(&format!("#{at} of 496")) && text.contains("because") && text.contains('◆')
    });
    again.type_keys("q");
    assert_eq!(again.end(), 0);
}
