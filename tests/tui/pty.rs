//! A pseudo terminal with an emulator that interprets the program's output. There are no sleeps:
//! every wait is for something on the screen, with a deadline that only a failure reaches.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// The deadline of each wait.
const DEADLINE: Duration = Duration::from_secs(30);

/// A terminal with a program.
pub(crate) struct Pty {
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    emulator: vt100::Parser,
    /// The whole output.
    sent: Vec<u8>,
    /// The end of the output that was searched for queries.
    asked: usize,
    /// The background that the terminal reports, if it does.
    background: Option<&'static str>,
    child: Box<dyn Child + Send + Sync>,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn whole(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

impl Pty {
    /// Starts a program (an absolute path) on a terminal with this size.
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
        let background = Some("1616/1919/1f1f");
        Pty { master: pair.master, keyboard, output, emulator, sent: Vec::new(), asked: 0, background, child }
    }

    /// The same terminal with a light background.
    #[allow(dead_code)] // this file serves two test programs
    pub(crate) fn light(mut self) -> Pty {
        self.background = Some("fbfb/fbfb/f9f9");
        self
    }

    /// The same terminal without a reply to the query for the background.
    #[allow(dead_code)] // this file serves two test programs
    pub(crate) fn silent(mut self) -> Pty {
        self.background = None;
        self
    }

    /// The output so far.
    #[allow(dead_code)] // this file serves two test programs
    pub(crate) fn sent(&self) -> &[u8] {
        &self.sent
    }

    /// Interprets the output and answers the query for the background.
    fn take(&mut self, bytes: &[u8]) {
        self.emulator.process(bytes);
        self.sent.extend_from_slice(bytes);
        const QUERY: &[u8] = b"\x1b]11;?\x1b\\";
        while let Some(at) = self.sent[self.asked..].windows(QUERY.len()).position(|of| of == QUERY) {
            self.asked += at + QUERY.len();
            if let Some(background) = self.background {
                self.type_keys(&format!("\x1b]11;rgb:{background}\x1b\\"));
            }
        }
    }

    /// The screen of the emulator.
    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.emulator.screen()
    }

    /// Sends bytes as keyboard input.
    pub(crate) fn type_keys(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Resizes the terminal.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.emulator.screen_mut().set_size(whole(rows), whole(columns));
        self.master.resize(size(columns, rows)).unwrap();
    }

    /// The program's process.
    pub(crate) fn process(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Reads until the screen satisfies `wanted`.
    pub(crate) fn wait_for(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        let begin = Instant::now();
        while !wanted(self.screen()) {
            let left = DEADLINE.saturating_sub(begin.elapsed());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.take(&bytes),
                Err(_) => panic!("never came: {what}; the screen:\n{}", self.screen().contents()),
            }
        }
    }

    /// Reads until these bytes appear after a position in the output.
    #[allow(dead_code)] // this file serves two test programs
    pub(crate) fn wait_for_sent(&mut self, since: usize, wanted: &[u8]) {
        let begin = Instant::now();
        while !self.sent[since..].windows(wanted.len()).any(|of| of == wanted) {
            let left = DEADLINE.saturating_sub(begin.elapsed());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.take(&bytes),
                Err(_) => {
                    panic!("never came: {:?}; the screen:\n{}", wanted.escape_ascii().to_string(), self.screen().contents())
                }
            }
        }
    }

    /// Reads until a text is on the screen.
    pub(crate) fn wait_for_text(&mut self, text: &str) {
        self.wait_for(text, |screen| screen.contents().contains(text));
    }

    /// Closes the terminal window and returns the exit code of the program, which must end because
    /// of that.
    #[allow(dead_code)] // this file serves two test programs
    pub(crate) fn close(mut self, last_key: &str) -> u32 {
        drop(self.output);
        // The output for this key wakes the reader thread, which finds that the receiver is gone and ends.
        let _gone = self.keyboard.write_all(last_key.as_bytes());
        drop((self.keyboard, self.master));
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            if begin.elapsed() > DEADLINE {
                self.child.kill().unwrap();
                panic!("it goes on without a terminal");
            }
            std::thread::yield_now();
        }
    }

    /// Waits for the program's end, reads the rest of its output, and returns its exit code.
    pub(crate) fn end(&mut self) -> u32 {
        let status = self.child.wait().unwrap();
        while let Ok(bytes) = self.output.recv_timeout(DEADLINE) {
            self.take(&bytes);
        }
        status.exit_code()
    }
}
