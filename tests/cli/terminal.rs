//! The debugger in a real terminal.

use std::path::Path;

use super::program::Sandbox;
use super::pty::Pty;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kuberewind");

/// Starts the program on a terminal, in the sandbox.
pub fn start(sandbox: &Sandbox, arguments: &[&str], size: (u16, u16)) -> Pty {
    let home = sandbox.path("").display().to_string();
    let state = sandbox.path("state").display().to_string();
    let cache = sandbox.path("cache").display().to_string();
    let environment =
        [("HOME", home.as_str()), ("XDG_STATE_HOME", &state), ("XDG_CACHE_HOME", &cache), ("LANG", "C.UTF-8"), ("LC_ALL", "")];
    Pty::start(Path::new(PROGRAM), arguments, &environment, size)
}

#[test]
fn the_debugger_opens_at_a_bookmark_steps_and_resizes() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    sandbox.run(&["bookmark", "add", "first-fight", &file, "--at", "12"]).ok();
    let at_bookmark = format!("{}#first-fight", sandbox.path(&file).display());
    let mut terminal = start(&sandbox, &[&at_bookmark], (80, 24));
    terminal.wait_for_text("#12 of ");
    terminal.wait_for_text("replicas: 5 → 3");
    terminal.type_keys("...");
    terminal.wait_for_text("#15 of ");
    terminal.type_keys(",");
    terminal.wait_for_text("#14 of ");
    terminal.wait_for_text("replicas: 3 → 5");
    terminal.resize(120, 40);
    // Keys at the same time as the resize.
    terminal.type_keys("gg");
    terminal.wait_for_text("3[Why]");
    terminal.wait_for_text("#1 of ");
    terminal.type_keys("q");
    assert_eq!(terminal.end(), 0);
    assert!(!terminal.screen().alternate_screen(), "the terminal is restored");
}

#[test]
fn closing_the_window_ends_the_program() {
    let sandbox = Sandbox::new();
    let file = sandbox.path(&sandbox.demo("tug-of-war")).display().to_string();
    let mut terminal = start(&sandbox, &[&file], (80, 24));
    terminal.wait_for_text("#496 of ");
    assert_eq!(terminal.close(","), 128 + 1, "as after SIGHUP");
}

#[test]
fn tail_follows_a_live_session() {
    let sandbox = Sandbox::new();
    let mut recording = sandbox.live("tug-of-war").until_there(&sandbox);
    let file = sandbox.path("t.db").display().to_string();
    let mut terminal = start(&sandbox, &["tail", &file], (120, 40));
    terminal.wait_for_text("LIVE");
    let number = |screen: &vt100::Screen| {
        let text = screen.contents();
        let at = text
            .lines()
            .rev()
            .find_map(|line| line.trim_start().strip_prefix('#')?.split_whitespace().next()?.parse::<u64>().ok());
        at.unwrap_or(0)
    };
    terminal.wait_for("the first operations", |screen| number(screen) > 10);
    let before = number(terminal.screen());
    terminal.wait_for("more operations", |screen| number(screen) > before);
    // A step back pauses following and counts new operations.
    terminal.type_keys(",");
    terminal.wait_for_text("PAUSED");
    terminal.wait_for_text("new");
    terminal.type_keys("G");
    terminal.wait_for_text("LIVE");
    recording.kill();
    terminal.type_keys("q");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn a_signal_restores_the_terminal() {
    let sandbox = Sandbox::new();
    let file = sandbox.path(&sandbox.demo("hot-loop")).display().to_string();
    let mut terminal = start(&sandbox, &[&file], (80, 24));
    terminal.wait_for_text("Timeline");
    let killed = std::process::Command::new("kill").args(["-TERM", &terminal.process().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(terminal.end(), 143);
    assert!(!terminal.screen().alternate_screen() && !terminal.screen().hide_cursor());
}

#[test]
fn standard_input_must_be_a_terminal() {
    let sandbox = Sandbox::new();
    let file = sandbox.path(&sandbox.demo("hot-loop")).display().to_string();
    let home = sandbox.path("").display().to_string();
    let command = format!("'{PROGRAM}' '{file}' </dev/null");
    let mut terminal = Pty::start(Path::new("/bin/sh"), &["-c", &command], &[("HOME", &home)], (120, 24));
    terminal.wait_for_text("standard input is not a terminal");
    assert_eq!(terminal.end(), 2);
}

#[test]
fn a_script_runs_before_the_first_frame() {
    let sandbox = Sandbox::new();
    let file = sandbox.path(&sandbox.demo("tug-of-war")).display().to_string();
    let script = ":goto 12; :filter verb==get or verb==update; set-mark q; keys V w";
    let mut terminal = start(&sandbox, &[&file, "--no-restore", "--exec", script], (120, 40));
    terminal.wait_for_text("#12 of ");
    terminal.wait_for_text("filter: verb==get or verb==update (");
    terminal.wait_for_text("because");
    // The script has the effect of typed keys.
    terminal.type_keys("gg'q");
    terminal.wait_for_text("#12 of ");
    terminal.type_keys("Q");
    assert_eq!(terminal.end(), 0);
    // A script in a file, with a comment.
    let tour = sandbox.path("tour.txt");
    std::fs::write(
        &tour,
        "-- to the first fight\n:goto 12\n\nkeys a\ntype \"here; it begins\"\nkeys Enter\nview-findings\nmaximise\n",
    )
    .unwrap();
    let from_file = format!("@{}", tour.display());
    let mut terminal = start(&sandbox, &[&file, "--no-restore", "--exec", &from_file], (120, 40));
    terminal.wait_for_text("#12 of ");
    terminal.wait_for_text("op-12");
    terminal.type_keys("Q");
    assert_eq!(terminal.end(), 0);
    assert!(sandbox.run(&["bookmark", "list", &file]).ok().out.contains("here; it begins"));
    // Errors appear before the screen opens.
    let wrong = sandbox.run(&["open", &file, "--exec", ":goto 12\nnext-wriet"]).code(2).err;
    assert!(wrong.contains("line 2") && wrong.contains("did you mean next-write?"), "{wrong}");
    let nowhere = sandbox.run(&["open", &file, "--exec", "@nowhere.txt"]).code(2).err;
    assert!(nowhere.contains("cannot read the script nowhere.txt"), "{nowhere}");
}

#[test]
fn a_copied_link_restores_the_zoom() {
    let sandbox = Sandbox::new();
    let file = sandbox.path(&sandbox.demo("tug-of-war")).display().to_string();
    let mut terminal = start(&sandbox, &[&file, "--at", "#40", "--zoom", "#11..#40"], (120, 40));
    terminal.wait_for_text("#40 of ");
    terminal.wait_for_text("1:17");
    terminal.type_keys("Q");
    assert_eq!(terminal.end(), 0);
    for wrong in ["11", "#40..#11", "a..b", "..", "1..2..3"] {
        let err = sandbox.run(&["open", &file, "--zoom", wrong]).code(2).err;
        assert!(err.contains("write the first and the last"), "{wrong}: {err}");
    }
}

#[test]
fn an_endless_sql_query_does_not_block() {
    let sandbox = Sandbox::new();
    let file = sandbox.path(&sandbox.demo("hot-loop")).display().to_string();
    let mut terminal = start(&sandbox, &[&file], (120, 40));
    terminal.wait_for_text("REPLAY");
    let endless = ";WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n\r";
    terminal.type_keys(endless);
    terminal.wait_for_text("running, at most");
    terminal.type_keys("\u{3}");
    terminal.wait_for_text("the query was stopped");
    // A new query replaces the running one.
    terminal.type_keys(endless);
    terminal.wait_for_text("running, at most");
    terminal.type_keys(";SELECT 41 + 1 AS answer\r");
    terminal.wait_for_text("1 row");
    terminal.wait_for_text("42");
    // Quitting does not wait for the query.
    terminal.type_keys(endless);
    terminal.wait_for_text("running, at most");
    terminal.type_keys("Q");
    assert_eq!(terminal.end(), 0);
}

/// Returns the color of the first character of the header.
fn header_color(screen: &vt100::Screen) -> vt100::Color {
    screen.cell(0, 1).map_or(vt100::Color::Default, vt100::Cell::fgcolor)
}

#[test]
fn the_theme_follows_the_background_of_the_terminal() {
    let sandbox = Sandbox::new();
    let file = sandbox.path(&sandbox.demo("hot-loop")).display().to_string();
    let mut dark = start(&sandbox, &[&file], (80, 24));
    dark.wait_for("the dark theme's heading", |screen| header_color(screen) == vt100::Color::Rgb(0xe6, 0xed, 0xf3));
    dark.type_keys("Q");
    assert_eq!(dark.end(), 0);
    let mut light = start(&sandbox, &[&file], (80, 24)).light();
    light.wait_for("the light theme's heading", |screen| header_color(screen) == vt100::Color::Rgb(0x1f, 0x23, 0x28));
    light.type_keys("Q");
    assert_eq!(light.end(), 0);
    // --theme overrides the background of the terminal. --color never turns colors off.
    let mut named = start(&sandbox, &[&file, "--theme", "dark"], (80, 24)).light();
    named.wait_for("the dark theme's heading", |screen| header_color(screen) == vt100::Color::Rgb(0xe6, 0xed, 0xf3));
    named.type_keys("Q");
    assert_eq!(named.end(), 0);
    let mut plain = start(&sandbox, &[&file, "--color", "never"], (80, 24));
    plain.wait_for_text("REPLAY");
    assert_eq!(header_color(plain.screen()), vt100::Color::Default);
    assert!(plain.screen().cell(0, 1).is_some_and(vt100::Cell::bold), "the heading is bold without colors too");
    plain.type_keys("Q");
    assert_eq!(plain.end(), 0);
}

#[test]
fn a_changed_theme_file_is_reloaded() {
    let sandbox = Sandbox::new();
    let file = sandbox.path(&sandbox.demo("hot-loop")).display().to_string();
    let theme = sandbox.path("mine.toml");
    let write = |color: &str| {
        std::fs::write(&theme, format!("inherits = 'dark'\n[roles]\nheading = {{ fg = '{color}' }}\n")).unwrap();
    };
    write("#112233");
    let mut terminal = start(&sandbox, &[&file, "--theme", theme.to_str().unwrap()], (80, 24));
    terminal.wait_for("the first colour", |screen| header_color(screen) == vt100::Color::Rgb(0x11, 0x22, 0x33));
    write("#44556677");
    terminal.wait_for_text("is not a colour");
    assert_eq!(header_color(terminal.screen()), vt100::Color::Rgb(0x11, 0x22, 0x33), "an invalid theme changes nothing");
    write("#445566");
    terminal.wait_for("the second colour", |screen| header_color(screen) == vt100::Color::Rgb(0x44, 0x55, 0x66));
    terminal.type_keys("Q");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn a_recording_opens_at_the_last_position_unless_a_flag_overrides_it() {
    let sandbox = Sandbox::new();
    let file = sandbox.path(&sandbox.demo("tug-of-war")).display().to_string();
    let mut terminal = start(&sandbox, &[&file], (80, 24));
    terminal.wait_for_text("REPLAY");
    terminal.type_keys("gg11.");
    terminal.wait_for_text("#12 of ");
    terminal.type_keys("Q");
    assert_eq!(terminal.end(), 0);
    for (arguments, wanted) in [(&[][..], "#12 of "), (&["--no-restore"], "END"), (&["--at", "#5"], "#5 of ")] {
        let mut all = vec![file.as_str()];
        all.extend(arguments);
        let mut terminal = start(&sandbox, &all, (80, 24));
        terminal.wait_for_text(" of ");
        if wanted == "END" {
            assert!(!terminal.screen().contents().contains("#12 of "), "{}", terminal.screen().contents());
        } else {
            terminal.wait_for_text(wanted);
        }
        // Leave the recording at #12 again.
        terminal.type_keys("gg11.");
        terminal.wait_for_text("#12 of ");
        terminal.type_keys("Q");
        assert_eq!(terminal.end(), 0);
    }
}

#[test]
fn an_audit_log_opens_directly() {
    let sandbox = Sandbox::new();
    let event = |id: u32| {
        serde_json::json!({"auditID": id.to_string(), "stage": "ResponseComplete", "verb": "get", "user": {"username": "admin"},
            "requestURI": format!("/api/v1/namespaces/shop/pods/pod-{id}"), "stageTimestamp": format!("2026-03-01T10:00:0{id}Z")})
    };
    std::fs::write(sandbox.path("audit.log"), format!("{}\n{}\n", event(2), event(1))).unwrap();
    let mut terminal = start(&sandbox, &[&sandbox.path("audit.log").display().to_string()], (100, 30));
    terminal.wait_for_text("#2 of 2");
    terminal.wait_for_text("pod-1");
    terminal.type_keys("gg");
    terminal.wait_for_text("#1 of 2");
    // The worker threads open the converted recording too.
    terminal.type_keys("f");
    terminal.type_keys("name=pod-2\r");
    terminal.wait_for_text("1 of 2");
    // Ctrl-c ends the program at once during the conversion. Now the program restores the terminal first.
    let killed = std::process::Command::new("kill").args(["-INT", &terminal.process().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(terminal.end(), 130);
    assert!(!terminal.screen().alternate_screen() && !terminal.screen().hide_cursor());
}
