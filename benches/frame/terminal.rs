//! The program on a pseudo terminal. Measured times include parsing the output into a screen.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::Fallible;

/// The time limit for each wait.
const DEADLINE: Duration = Duration::from_secs(120);

/// A pseudo terminal and the program that runs in it.
pub struct Terminal {
    _master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    emulator: vt100::Parser,
    child: Box<dyn Child + Send + Sync>,
    rows: u16,
    columns: u16,
}

impl Terminal {
    /// Starts the program.
    pub fn start(arguments: &[&str], state: &Path, (columns, rows): (u16, u16)) -> Fallible<Terminal> {
        let pair = native_pty_system().openpty(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 })?;
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_kuberewind"));
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env("XDG_STATE_HOME", state);
        command.env("XDG_CACHE_HOME", state);
        command.env("XDG_CONFIG_HOME", state);
        let child = pair.slave.spawn_command(command)?;
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader()?;
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = vec![0; 1 << 16];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let keyboard = pair.master.take_writer()?;
        let whole = |number: u16| NonZeroU16::new(number).unwrap_or(NonZeroU16::MIN);
        let emulator = vt100::Parser::new(whole(rows), whole(columns), 0);
        Ok(Terminal { _master: pair.master, keyboard, output, emulator, child, rows, columns })
    }

    /// Sends keys.
    pub fn keys(&mut self, keys: &str) -> Fallible<()> {
        self.keyboard.write_all(keys.as_bytes())?;
        self.keyboard.flush()?;
        Ok(())
    }

    /// Reads output until a region shows a text. Returns the elapsed time.
    pub fn until(&mut self, region: Region, text: &str) -> Fallible<Duration> {
        let begin = Instant::now();
        loop {
            if self.shows(region, text) {
                return Ok(begin.elapsed());
            }
            let left = DEADLINE.saturating_sub(begin.elapsed());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.emulator.process(&bytes),
                Err(_) => return Err(format!("timeout: {text} is not on\n{}", self.emulator.screen().contents()).into()),
            }
        }
    }

    /// Returns true if the title counts no matches.
    pub fn shows_none(&self, total: &str) -> bool {
        self.shows(Region::Titles, &format!("(0/{total})"))
    }

    /// Reads the next output.
    pub fn more(&mut self) -> Fallible<()> {
        let bytes = self.output.recv_timeout(DEADLINE)?;
        self.emulator.process(&bytes);
        Ok(())
    }

    /// Reads output until a text is not on the screen.
    pub fn until_gone(&mut self, text: &str) -> Fallible<()> {
        while self.shows(Region::Anywhere, text) {
            self.more()?;
        }
        Ok(())
    }

    fn shows(&self, region: Region, text: &str) -> bool {
        let (from, to) = match region {
            Region::Status => (self.rows - 2, self.rows - 1),
            Region::Titles => (0, 12),
            Region::Anywhere => (0, self.rows),
        };
        self.emulator.screen().contents_between(from, 0, to, self.columns).contains(text)
    }

    /// Returns the anonymous memory of the program in KiB.
    pub fn memory(&self) -> Fallible<u64> {
        let process = self.child.process_id().ok_or("the program has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).ok_or("no RssAnon")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    /// Quits the program.
    pub fn leave(mut self) -> Fallible<()> {
        self.keys("Q")?;
        self.child.wait()?;
        Ok(())
    }
}

/// A region of the screen. Reading a few rows takes less time than reading all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    /// The status line.
    Status,
    /// The rows with the frames' titles.
    Titles,
    /// The whole screen.
    Anywhere,
}
