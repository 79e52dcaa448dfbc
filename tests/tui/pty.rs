//! A real terminal around a real program: a pseudo terminal, and an emulator that reads what comes out of it. No sleeps:
//! every wait is for something to appear on the screen, with a deadline that only a failure reaches.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long anything may take before the test fails.
const DEADLINE: Duration = Duration::from_secs(30);

/// The terminal and the program in it.
pub(crate) struct Pty {
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    emulator: vt100::Parser,
    child: Box<dyn Child + Send + Sync>,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn whole(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

impl Pty {
    /// Starts a program (an absolute path) on a terminal of that many columns and rows.
    pub(crate) fn start(program: &Path, arguments: &[&str], environment: &[(&str, &str)], (columns, rows): (u16, u16)) -> Pty {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env_remove("NO_COLOR");
        for (name, value) in environment {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let keyboard = pair.master.take_writer().unwrap();
        let emulator = vt100::Parser::new(whole(rows), whole(columns), 0);
        Pty { master: pair.master, keyboard, output, emulator, child }
    }

    /// What the emulator shows.
    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.emulator.screen()
    }

    /// Types bytes as a keyboard sends them.
    pub(crate) fn type_keys(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Makes the terminal larger or smaller.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.emulator.screen_mut().set_size(whole(rows), whole(columns));
        self.master.resize(size(columns, rows)).unwrap();
    }

    /// The program's process.
    pub(crate) fn process(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Reads until the screen is as `wanted` says.
    pub(crate) fn wait_for(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        let begin = Instant::now();
        while !wanted(self.screen()) {
            let left = DEADLINE.saturating_sub(begin.elapsed());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.emulator.process(&bytes),
                Err(_) => panic!("never came: {what}; the screen:\n{}", self.screen().contents()),
            }
        }
    }

    /// Reads until a text is on the screen.
    pub(crate) fn wait_for_text(&mut self, text: &str) {
        self.wait_for(text, |screen| screen.contents().contains(text));
    }

    /// Waits for the program's end, reads the rest of its output, and gives its exit code.
    pub(crate) fn end(&mut self) -> u32 {
        let status = self.child.wait().unwrap();
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(500)) {
            self.emulator.process(&bytes);
        }
        status.exit_code()
    }
}

/// The debugger on a real terminal, in a process of its own: this very test program, started anew.
mod alone {
    use std::sync::Arc;

    use kuberewind::model::{Clock, SystemClock, Timestamp};
    use kuberewind::store::{OpenOptions, Recording};
    use kuberewind::tui::{Exit, Options, run};

    use super::Pty;
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
        let arguments = ["--exact", "pty::alone::the_program_in_the_terminal", "--nocapture", "--test-threads=1"];
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
        pty.wait_for("two columns", |screen| screen.contents().contains("╭ Why"));
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
}
