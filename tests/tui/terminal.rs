//! The debugger on a real terminal in a separate process: this test program starts itself.

use std::sync::Arc;

use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::{Clock, SystemClock, Timestamp};
use kuberewind_tui::worker::RecordingLocation;
use kuberewind_tui::{Exit, Options, run};

use crate::pty::Pty;
use crate::recording::fight;

const FILE: &str = "KUBEREWIND_TEST_FILE";
const PANIC: &str = "KUBEREWIND_TEST_PANIC";
const THEME: &str = "KUBEREWIND_TEST_THEME";

/// A clock that panics as soon as a file exists.
struct Broken {
    panics_with: std::path::PathBuf,
    clock: SystemClock,
}

impl Clock for Broken {
    fn now(&self) -> Timestamp {
        assert!(!self.panics_with.exists(), "something went very wrong");
        self.clock.now()
    }
}

/// The program for the terminal, not a test. Without a file it does nothing.
#[test]
fn the_program_in_the_terminal() {
    let Some(file) = std::env::var_os(FILE) else { return };
    let source = Recording::open(std::path::Path::new(&file), &OpenOptions::default()).unwrap();
    let clock = Broken { panics_with: std::env::var_os(PANIC).unwrap_or_default().into(), clock: SystemClock::start() };
    let mut options = Options::new("run.db", Arc::new(clock));
    let path = std::path::PathBuf::from(&file);
    options.location = Some(RecordingLocation { path, options: OpenOptions::default() });
    if let Ok(theme) = std::env::var(THEME) {
        options.theme = theme;
    }
    match run(options, Box::new(source)).unwrap() {
        Exit::Quit { at, .. } => println!("left at {at}"),
        Exit::Signal(signal) => println!("ended by signal {signal}"),
    }
}

fn start(file: &std::path::Path, size: (u16, u16)) -> Pty {
    start_with(file, "dark", size)
}

fn start_with(file: &std::path::Path, theme: &str, size: (u16, u16)) -> Pty {
    let program = std::env::current_exe().unwrap();
    let arguments = ["--exact", "terminal::the_program_in_the_terminal", "--nocapture", "--test-threads=1"];
    Pty::start(
        &program,
        &arguments,
        &[(FILE, file.to_str().unwrap()), (PANIC, &format!("{}.panic", file.display())), (THEME, theme), ("RUST_BACKTRACE", "0")],
        size,
    )
}

#[test]
fn it_starts_scrubs_is_resized_and_leaves_the_terminal_as_it_was() {
    let (_folder, file) = fight(6);
    let mut pty = start(&file, (80, 24));
    pty.wait_for_text("#41 of 41");
    assert!(pty.screen().alternate_screen() && pty.screen().bracketed_paste() && pty.screen().hide_cursor());
    pty.type_keys("gg11.");
    pty.wait_for_text("#12 of 41");
    pty.wait_for_text("replicas: 3 → 5");
    pty.resize(120, 40);
    pty.wait_for("two columns", |screen| screen.contents().contains("╭ 3[Why]"));
    // The detectors run on a thread with its own connection.
    pty.wait_for_text("keep undoing");
    pty.resize(30, 8);
    pty.wait_for_text("too small");
    pty.resize(80, 24);
    pty.wait_for_text("replicas: 3 → 5");
    pty.type_keys("q");
    assert_eq!(pty.end(), 0);
    let screen = pty.screen();
    assert!(!screen.alternate_screen() && !screen.bracketed_paste() && !screen.hide_cursor());
    assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    assert!(screen.contents().contains("left at #12"), "{}", screen.contents());
}

#[test]
fn keys_typed_while_the_terminal_is_resized_are_taken_and_so_is_its_size() {
    let (_folder, file) = fight(6);
    let mut pty = start(&file, (80, 24));
    pty.wait_for_text("#41 of 41");
    for round in 0..40 {
        let (keys, place) = if round % 2 == 0 { ("gg", "#1 of 41") } else { ("G", "#41 of 41") };
        let (columns, wide) = if round % 2 == 0 { (120, true) } else { (80, false) };
        if round % 4 < 2 {
            pty.type_keys(keys);
            pty.resize(columns, 40);
        } else {
            pty.resize(columns, 40);
            pty.type_keys(keys);
        }
        pty.wait_for(&format!("{place} on {columns} columns in round {round}"), |screen| {
            screen.contents().contains(place) && screen.contents().contains("╭ 3") == wide
        });
    }
    pty.type_keys("Q");
    assert_eq!(pty.end(), 0);
}

fn signal(pty: &Pty, name: &str) {
    let sent = std::process::Command::new("kill").args([name, &pty.process().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Waits until the process is stopped.
fn stopped(pty: &Pty) {
    let status = format!("/proc/{}/stat", pty.process());
    while !std::fs::read_to_string(&status).unwrap().contains(") T ") {
        std::thread::yield_now();
    }
}

#[test]
fn a_signal_gives_the_terminal_back() {
    for (name, number) in [("-TERM", 15), ("-INT", 2), ("-HUP", 1)] {
        let (_folder, file) = fight(2);
        let mut pty = start(&file, (80, 24));
        pty.wait_for_text(" of 15");
        signal(&pty, name);
        assert_eq!(pty.end(), 0);
        let words = format!("ended by signal {number}");
        assert!(!pty.screen().alternate_screen() && pty.screen().contents().contains(&words), "{}", pty.screen().contents());
        assert!(pty.sent().windows(4).any(|of| of == b"\x1b[<1"), "the keyboard's protocol is taken back");
    }
}

#[test]
fn pasted_text_and_terminal_replies_are_not_keys() {
    let (_folder, file) = fight(6);
    let mut pty = start(&file, (80, 24));
    pty.wait_for_text("#41 of 41");
    // Pasted onto the panes, text does nothing: q would quit.
    pty.type_keys("\x1b[200~qqq\x1b[201~");
    pty.wait_for_text("no prompt is open to paste into");
    pty.type_keys("\x1b[O\x1b[Igt\x1b[200~#1\r\n2\x1b[201~");
    pty.wait_for_text("go to #12");
    pty.type_keys("\r");
    pty.wait_for_text("#12 of 41");
    // With kitty's protocol, ctrl-i is forward in the list of jumps, not Tab.
    pty.type_keys("\x0f");
    pty.wait_for_text("#41 of 41");
    pty.type_keys("\x1b[105;5u");
    pty.wait_for_text("#12 of 41");
    pty.type_keys("Q");
    assert_eq!(pty.end(), 0);
}

#[test]
fn the_first_frame_does_not_wait_for_the_background_and_adopts_it_later() {
    let (_folder, file) = fight(6);
    let mut pty = start_with(&file, "auto", (80, 24)).silent();
    // The terminal has not replied, and the recording is on the screen and takes keys.
    pty.wait_for_text("#41 of 41");
    pty.type_keys("gg");
    pty.wait_for_text("#1 of 41");
    let palette = |screen: &vt100::Screen| {
        let cells = (0..24).flat_map(|row| (0..80).map(move |column| (row, column)));
        let colors = cells.filter_map(|(row, column)| screen.cell(row, column)).flat_map(|cell| [cell.fgcolor(), cell.bgcolor()]);
        colors.filter(|color| matches!(color, vt100::Color::Rgb(..))).count() == 0
    };
    assert!(palette(pty.screen()), "the colours of the terminal's own palette");
    // A reply in two parts, between keys.
    pty.type_keys("\x1b]11;rgb:fbfb/");
    pty.type_keys("fbfb/f9f9\x1b\\.");
    pty.wait_for("the light theme", |screen| !palette(screen));
    pty.wait_for_text("#2 of 41");
    pty.type_keys("Q");
    assert_eq!(pty.end(), 0);
    same_colors(start_with(&file, "light", (80, 24)), &file);
}

/// The theme that is chosen and the theme for the terminal's background have the same first screen.
fn same_colors(mut chosen: Pty, file: &std::path::Path) {
    let mut found = start_with(file, "auto", (80, 24)).light();
    chosen.wait_for_text("#41 of 41");
    let color = |screen: &vt100::Screen| screen.cell(0, 0).map(vt100::Cell::bgcolor);
    let wanted = color(chosen.screen());
    found.wait_for("the same colours", |screen| screen.contents().contains("#41 of 41") && color(screen) == wanted);
    for mut pty in [chosen, found] {
        pty.type_keys("Q");
        assert_eq!(pty.end(), 0);
    }
}

#[test]
fn a_step_costs_little_on_a_slow_link_and_doing_nothing_costs_nothing() {
    const BEGIN: &[u8] = b"\x1b[?2026h";
    const END: &[u8] = b"\x1b[?2026l";
    let (_folder, file) = fight(6);
    let mut pty = start(&file, (80, 24));
    pty.wait_for_text("#41 of 41");
    pty.type_keys("gg");
    pty.wait_for_text("#1 of 41");
    pty.wait_for_text("complete: an object that is");
    for step in 2..30 {
        let before = pty.sent().len();
        pty.type_keys(".");
        pty.wait_for_text(&format!("#{step} of 41"));
        let bytes = pty.sent().len() - before;
        assert!(bytes < 6_000, "{bytes} bytes for one step: more than a second at 56 kbit/s");
    }
    pty.type_keys("Q");
    assert_eq!(pty.end(), 0);
    // Only now is the output whole: the end of a frame may come after the text that was waited for.
    let bounds: Vec<&[u8]> = pty.sent().windows(8).filter(|of| [BEGIN, END].contains(of)).collect();
    assert!(bounds.len() > 2 * 28, "{} begins and ends of frames", bounds.len());
    assert!(bounds.chunks(2).all(|of| of == [BEGIN, END]), "every frame appears at once");
}

#[test]
fn a_command_gets_the_terminal_and_gives_it_back() {
    let (_folder, file) = fight(6);
    let mut pty = start(&file, (80, 24));
    pty.wait_for_text("#41 of 41");
    pty.type_keys("gg11.Vy");
    pty.wait_for_text("apiVersion: apps/v1");
    pty.type_keys("|grep replicas: | tr r R\r");
    pty.wait_for("the command's words on the shell's screen", |screen| {
        !screen.alternate_screen() && screen.contents().contains("Replicas: 5") && screen.contents().contains("Enter goes back")
    });
    pty.type_keys("\r");
    pty.wait_for_text("#12 of 41");
    assert!(pty.screen().alternate_screen());
    pty.type_keys(".");
    pty.wait_for_text("#13 of 41");
    // ctrl-c ends the command, not the debugger.
    pty.type_keys("Vt|echo ready; sleep 60; echo never\r");
    pty.wait_for("the command", |screen| !screen.alternate_screen() && screen.contents().contains("ready"));
    pty.type_keys("\x03");
    pty.wait_for_text("Enter goes back");
    assert!(!pty.screen().contents().contains("never\n"), "{}", pty.screen().contents());
    pty.type_keys("\r");
    pty.wait_for("the debugger", |screen| screen.alternate_screen() && screen.contents().contains("#13 of 41"));
    pty.type_keys("Q");
    assert_eq!(pty.end(), 0);
}

#[test]
fn a_replaced_or_removed_recording_is_reported_and_stays_readable() {
    let (folder, file) = fight(6);
    let (_other_folder, other) = fight(2);
    let mut pty = start(&file, (80, 24));
    pty.wait_for_text("#41 of 41");
    std::fs::remove_file(&file).unwrap();
    pty.wait_for_text("the recording's file is gone");
    pty.type_keys("gg11.");
    pty.wait_for_text("replicas: 3 → 5");
    std::fs::copy(&other, folder.path().join("new.db")).unwrap();
    std::fs::rename(folder.path().join("new.db"), &file).unwrap();
    pty.wait_for_text("the recording's file is back");
    pty.type_keys("r");
    pty.wait_for_text("#12 of 15");
    pty.type_keys("Q");
    assert_eq!(pty.end(), 0);
}

#[test]
fn a_file_that_is_cut_short_while_it_is_open_is_no_crash() {
    let (_folder, file) = fight(6);
    let mut pty = start(&file, (80, 24));
    pty.wait_for_text("#41 of 41");
    pty.wait_for_text("PATCH");
    std::fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(4096).unwrap();
    pty.type_keys("gg");
    // Either the length or a missing page is noticed first.
    pty.wait_for("a word about it", |screen| {
        ["has become shorter", "malformed", "disk"].iter().any(|word| screen.contents().contains(word))
    });
    pty.type_keys("r");
    pty.type_keys("gg....,,GQ");
    assert_eq!(pty.end(), 0);
}

#[test]
fn a_panic_gives_the_terminal_back_and_can_be_read() {
    let (_folder, file) = fight(2);
    let mut pty = start(&file, (80, 24));
    pty.wait_for_text(" of 15");
    std::fs::write(format!("{}.panic", file.display()), "").unwrap();
    pty.type_keys(",");
    assert_eq!(pty.end(), 101);
    assert!(!pty.screen().alternate_screen() && !pty.screen().hide_cursor());
    assert!(pty.screen().contents().contains("something went very wrong"), "{}", pty.screen().contents());
}

#[test]
fn suspended_and_continued_it_goes_on_where_it_was() {
    let (_folder, file) = fight(2);
    let mut pty = start(&file, (80, 24));
    pty.wait_for_text(" of 15");
    pty.type_keys("gg\u{1a}");
    pty.wait_for("the shell's screen", |screen| !screen.alternate_screen() && !screen.hide_cursor());
    stopped(&pty);
    signal(&pty, "-CONT");
    pty.wait_for("the debugger", |screen| screen.alternate_screen() && screen.contents().contains("#1 of 15"));
    // The signal is sent from outside, like a shell's `kill -TSTP %1`.
    signal(&pty, "-TSTP");
    pty.wait_for("the shell's screen", |screen| !screen.alternate_screen() && !screen.hide_cursor());
    stopped(&pty);
    signal(&pty, "-CONT");
    pty.wait_for("the debugger", |screen| screen.alternate_screen() && screen.contents().contains("#1 of 15"));
    pty.type_keys(".");
    pty.wait_for_text("#2 of 15");
    // SIGSTOP cannot be caught: afterwards the terminal is taken over again.
    signal(&pty, "-STOP");
    stopped(&pty);
    let before = pty.sent().len();
    signal(&pty, "-CONT");
    // It enters the alternate screen again and redraws everything.
    pty.wait_for_sent(before, b"\x1b[?1049h");
    pty.wait_for("all of it drawn anew", |screen| screen.alternate_screen() && screen.contents().contains("#2 of 15"));
    pty.type_keys(".");
    pty.wait_for_text("#3 of 15");
    pty.type_keys("Q");
    assert_eq!(pty.end(), 0);
    assert!(pty.screen().contents().contains("left at #3"), "{}", pty.screen().contents());
}
