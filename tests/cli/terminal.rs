//! The program in a real terminal: opened at a bookmark, scrubbed, resized, left; a recording followed while it grows.

use std::path::Path;

use super::program::Place;
use super::pty::Pty;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kuberewind");

/// Starts the program on a terminal, with a home of its own.
fn start(place: &Place, arguments: &[&str], size: (u16, u16)) -> Pty {
    let home = place.path("").display().to_string();
    let state = place.path("state").display().to_string();
    let cache = place.path("cache").display().to_string();
    let environment =
        [("HOME", home.as_str()), ("XDG_STATE_HOME", &state), ("XDG_CACHE_HOME", &cache), ("LANG", "C.UTF-8"), ("LC_ALL", "")];
    Pty::start(Path::new(PROGRAM), arguments, &environment, size)
}

#[test]
fn a_bookmark_is_opened_scrubbed_resized_and_left() {
    let place = Place::new();
    let file = place.demo("tug-of-war");
    place.run(&["bookmark", "add", "first-fight", &file, "--at", "12"]).ok();
    let at_bookmark = format!("{}#first-fight", place.path(&file).display());
    let mut terminal = start(&place, &[&at_bookmark], (80, 24));
    terminal.wait_for_text("#12 of ");
    terminal.wait_for_text("replicas: 5 → 3");
    terminal.type_keys("...");
    terminal.wait_for_text("#15 of ");
    terminal.type_keys(",");
    terminal.wait_for_text("#14 of ");
    terminal.wait_for_text("replicas: 3 → 5");
    terminal.resize(120, 40);
    // At the very moment of the resize: neither is lost.
    terminal.type_keys("gg");
    terminal.wait_for_text("3[Why]");
    terminal.wait_for_text("#1 of ");
    terminal.type_keys("q");
    assert_eq!(terminal.end(), 0);
    assert!(!terminal.screen().alternate_screen(), "the terminal is as it was");
}

#[test]
fn a_window_that_is_closed_ends_the_program() {
    let place = Place::new();
    let file = place.path(&place.demo("tug-of-war")).display().to_string();
    let mut terminal = start(&place, &[&file], (80, 24));
    terminal.wait_for_text("#496 of ");
    assert_eq!(terminal.close(","), 128 + 1, "as SIGHUP ends it");
}

#[test]
fn a_session_is_followed_while_it_is_recorded() {
    let place = Place::new();
    let mut recording = place.live("tug-of-war").until_there(&place);
    let file = place.path("t.db").display().to_string();
    let mut terminal = start(&place, &["tail", &file], (120, 40));
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
    // A step back leaves following; what comes is counted.
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
fn a_signal_gives_the_terminal_back() {
    let place = Place::new();
    let file = place.path(&place.demo("hot-loop")).display().to_string();
    let mut terminal = start(&place, &[&file], (80, 24));
    terminal.wait_for_text("Timeline");
    let killed = std::process::Command::new("kill").args(["-TERM", &terminal.process().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(terminal.end(), 143);
    assert!(!terminal.screen().alternate_screen() && !terminal.screen().hide_cursor());
}

#[test]
fn without_a_keyboard_it_says_so() {
    let place = Place::new();
    let file = place.path(&place.demo("hot-loop")).display().to_string();
    let home = place.path("").display().to_string();
    let command = format!("'{PROGRAM}' '{file}' </dev/null");
    let mut terminal = Pty::start(Path::new("/bin/sh"), &["-c", &command], &[("HOME", &home)], (120, 24));
    terminal.wait_for_text("the debugger needs a terminal, and this is none");
    assert_eq!(terminal.end(), 2);
}

#[test]
fn a_script_is_carried_out_before_the_first_frame() {
    let place = Place::new();
    let file = place.path(&place.demo("tug-of-war")).display().to_string();
    let script = ":goto 12; :filter verb==get or verb==update; set-mark q; keys V w";
    let mut terminal = start(&place, &[&file, "--no-restore", "--exec", script], (120, 40));
    terminal.wait_for_text("#12 of ");
    terminal.wait_for_text("filter: verb==get or verb==update (");
    terminal.wait_for_text("because");
    // It is as if it had been typed.
    terminal.type_keys("gg'q");
    terminal.wait_for_text("#12 of ");
    terminal.type_keys("Q");
    assert_eq!(terminal.end(), 0);
    // The same out of a file, with what is only for those who read it.
    let tour = place.path("tour.txt");
    std::fs::write(
        &tour,
        "-- to the first fight\n:goto 12\n\nkeys a\ntype \"here; it begins\"\nkeys Enter\nview-findings\nmaximise\n",
    )
    .unwrap();
    let from_file = format!("@{}", tour.display());
    let mut terminal = start(&place, &[&file, "--no-restore", "--exec", &from_file], (120, 40));
    terminal.wait_for_text("#12 of ");
    terminal.wait_for_text("op-12");
    terminal.type_keys("Q");
    assert_eq!(terminal.end(), 0);
    assert!(place.run(&["bookmark", "list", &file]).ok().out.contains("here; it begins"));
    // What cannot be read is said before anything is opened.
    let wrong = place.run(&["open", &file, "--exec", ":goto 12\nnext-wriet"]).code(2).err;
    assert!(wrong.contains("line 2") && wrong.contains("did you mean next-write?"), "{wrong}");
    let nowhere = place.run(&["open", &file, "--exec", "@nowhere.txt"]).code(2).err;
    assert!(nowhere.contains("cannot read the script nowhere.txt"), "{nowhere}");
}

#[test]
fn a_copied_link_opens_what_was_zoomed_to() {
    let place = Place::new();
    let file = place.path(&place.demo("tug-of-war")).display().to_string();
    let mut terminal = start(&place, &[&file, "--at", "#40", "--zoom", "#11..#40"], (120, 40));
    terminal.wait_for_text("#40 of ");
    terminal.wait_for_text("1:17");
    terminal.type_keys("Q");
    assert_eq!(terminal.end(), 0);
    for wrong in ["11", "#40..#11", "a..b", "..", "1..2..3"] {
        let err = place.run(&["open", &file, "--zoom", wrong]).code(2).err;
        assert!(err.contains("write the first and the last"), "{wrong}: {err}");
    }
}

#[test]
fn a_query_in_sql_holds_nobody_up() {
    let place = Place::new();
    let file = place.path(&place.demo("hot-loop")).display().to_string();
    let mut terminal = start(&place, &[&file], (120, 40));
    terminal.wait_for_text("REPLAY");
    let endless = ";WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n\r";
    terminal.type_keys(endless);
    terminal.wait_for_text("asking");
    terminal.type_keys("\u{3}");
    terminal.wait_for_text("the query was stopped");
    // A newer one does not wait for the one before.
    terminal.type_keys(endless);
    terminal.wait_for_text("asking");
    terminal.type_keys(";SELECT 41 + 1 AS answer\r");
    terminal.wait_for_text("1 row");
    terminal.wait_for_text("42");
    // Nor does leaving.
    terminal.type_keys(endless);
    terminal.wait_for_text("asking");
    terminal.type_keys("Q");
    assert_eq!(terminal.end(), 0);
}

/// The colour of the header's first character.
fn ink(screen: &vt100::Screen) -> vt100::Color {
    screen.cell(0, 1).map_or(vt100::Color::Default, vt100::Cell::fgcolor)
}

#[test]
fn the_theme_fits_the_terminal_s_background() {
    let place = Place::new();
    let file = place.path(&place.demo("hot-loop")).display().to_string();
    let mut dark = start(&place, &[&file], (80, 24));
    dark.wait_for("the dark theme's heading", |screen| ink(screen) == vt100::Color::Rgb(0xe6, 0xed, 0xf3));
    dark.type_keys("Q");
    assert_eq!(dark.end(), 0);
    let mut light = start(&place, &[&file], (80, 24)).light();
    light.wait_for("the light theme's heading", |screen| ink(screen) == vt100::Color::Rgb(0x1f, 0x23, 0x28));
    light.type_keys("Q");
    assert_eq!(light.end(), 0);
    // A theme that is named goes before what the terminal says, and without colours there are none.
    let mut named = start(&place, &[&file, "--theme", "dark"], (80, 24)).light();
    named.wait_for("the dark theme's heading", |screen| ink(screen) == vt100::Color::Rgb(0xe6, 0xed, 0xf3));
    named.type_keys("Q");
    assert_eq!(named.end(), 0);
    let mut plain = start(&place, &[&file, "--color", "never"], (80, 24));
    plain.wait_for_text("REPLAY");
    assert_eq!(ink(plain.screen()), vt100::Color::Default);
    assert!(plain.screen().cell(0, 1).is_some_and(vt100::Cell::bold), "the heading is bold all the same");
    plain.type_keys("Q");
    assert_eq!(plain.end(), 0);
}

#[test]
fn a_theme_that_is_changed_while_it_is_open_is_read_anew() {
    let place = Place::new();
    let file = place.path(&place.demo("hot-loop")).display().to_string();
    let theme = place.path("mine.toml");
    let write = |color: &str| {
        std::fs::write(&theme, format!("inherits = 'dark'\n[roles]\nheading = {{ fg = '{color}' }}\n")).unwrap();
    };
    write("#112233");
    let mut terminal = start(&place, &[&file, "--theme", theme.to_str().unwrap()], (80, 24));
    terminal.wait_for("the first colour", |screen| ink(screen) == vt100::Color::Rgb(0x11, 0x22, 0x33));
    write("#44556677");
    terminal.wait_for_text("is not a colour");
    assert_eq!(ink(terminal.screen()), vt100::Color::Rgb(0x11, 0x22, 0x33), "a mistake changes nothing");
    write("#445566");
    terminal.wait_for("the second colour", |screen| ink(screen) == vt100::Color::Rgb(0x44, 0x55, 0x66));
    terminal.type_keys("Q");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn a_recording_opens_where_it_was_left_unless_told_otherwise() {
    let place = Place::new();
    let file = place.path(&place.demo("tug-of-war")).display().to_string();
    let mut terminal = start(&place, &[&file], (80, 24));
    terminal.wait_for_text("REPLAY");
    terminal.type_keys("gg11.");
    terminal.wait_for_text("#12 of ");
    terminal.type_keys("Q");
    assert_eq!(terminal.end(), 0);
    for (arguments, wanted) in [(&[][..], "#12 of "), (&["--no-restore"], "END"), (&["--at", "#5"], "#5 of ")] {
        let mut all = vec![file.as_str()];
        all.extend(arguments);
        let mut terminal = start(&place, &all, (80, 24));
        terminal.wait_for_text(" of ");
        if wanted == "END" {
            assert!(!terminal.screen().contents().contains("#12 of "), "{}", terminal.screen().contents());
        } else {
            terminal.wait_for_text(wanted);
        }
        // What is looked at in passing is not where it was left.
        terminal.type_keys("gg11.");
        terminal.wait_for_text("#12 of ");
        terminal.type_keys("Q");
        assert_eq!(terminal.end(), 0);
    }
}

#[test]
fn somebody_elses_log_is_opened_as_it_is() {
    let place = Place::new();
    let event = |id: u32| {
        serde_json::json!({"auditID": id.to_string(), "stage": "ResponseComplete", "verb": "get", "user": {"username": "admin"},
            "requestURI": format!("/api/v1/namespaces/shop/pods/pod-{id}"), "stageTimestamp": format!("2026-03-01T10:00:0{id}Z")})
    };
    std::fs::write(place.path("audit.log"), format!("{}\n{}\n", event(2), event(1))).unwrap();
    let mut terminal = start(&place, &[&place.path("audit.log").display().to_string()], (100, 30));
    terminal.wait_for_text("#2 of 2");
    terminal.wait_for_text("pod-1");
    terminal.type_keys("gg");
    terminal.wait_for_text("#1 of 2");
    // The desks beside the loop find the recording that was made of it, too.
    terminal.type_keys("f");
    terminal.type_keys("name=pod-2\r");
    terminal.wait_for_text("1 of 2");
    // While it was converted ctrl-c would have ended the program at once. Now there is a terminal to give back first.
    let killed = std::process::Command::new("kill").args(["-INT", &terminal.process().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(terminal.end(), 130);
    assert!(!terminal.screen().alternate_screen() && !terminal.screen().hide_cursor());
}
