//! The debugger on a real terminal, in a process of its own: this very test program, started anew.

use std::sync::Arc;

use kuberewind::model::{Clock, SystemClock, Timestamp};
use kuberewind::store::{OpenOptions, Recording};
use kuberewind::tui::{Exit, Options, run};

use crate::pty::Pty;
use crate::recording::fight;

const FILE: &str = "KUBEREWIND_TEST_FILE";
const PANIC: &str = "KUBEREWIND_TEST_PANIC";

/// A clock that panics as soon as a certain file is there.
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

/// Not a test of its own: the program in the terminal. Without a file it has nothing to do.
#[test]
fn the_program_in_the_terminal() {
    let Some(file) = std::env::var_os(FILE) else { return };
    let source = Recording::open(file.as_ref(), &OpenOptions::default()).unwrap();
    let clock = Broken { panics_with: std::env::var_os(PANIC).unwrap_or_default().into(), clock: SystemClock::start() };
    let options = Options::new("run.db", Arc::new(clock));
    match run(options, Box::new(source)).unwrap() {
        Exit::Quit { at, .. } => println!("left at {at}"),
        Exit::Signal(signal) => println!("ended by signal {signal}"),
    }
}

fn start(file: &std::path::Path, size: (u16, u16)) -> Pty {
    let program = std::env::current_exe().unwrap();
    let arguments = ["--exact", "terminal::the_program_in_the_terminal", "--nocapture", "--test-threads=1"];
    Pty::start(
        &program,
        &arguments,
        &[(FILE, file.to_str().unwrap()), (PANIC, &format!("{}.panic", file.display())), ("RUST_BACKTRACE", "0")],
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
    pty.wait_for("two columns", |screen| screen.contents().contains("╭ 3 Why"));
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
fn a_signal_gives_the_terminal_back() {
    let (_folder, file) = fight(2);
    let mut pty = start(&file, (80, 24));
    pty.wait_for_text(" of 15");
    let killed = std::process::Command::new("kill").args(["-TERM", &pty.process().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(pty.end(), 0);
    assert!(!pty.screen().alternate_screen() && pty.screen().contents().contains("ended by signal 15"));
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
    let status = format!("/proc/{}/stat", pty.process());
    while !std::fs::read_to_string(&status).unwrap().contains(") T ") {
        std::thread::yield_now();
    }
    assert!(std::process::Command::new("kill").args(["-CONT", &pty.process().to_string()]).status().unwrap().success());
    pty.wait_for_text("#1 of 15");
    assert!(pty.screen().alternate_screen());
    pty.type_keys(".Q");
    assert_eq!(pty.end(), 0);
    assert!(pty.screen().contents().contains("left at #2"), "{}", pty.screen().contents());
}
