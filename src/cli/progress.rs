//! A line on stderr that says how far something is: only for what takes over a second, and only on a terminal.

use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::exchange::Progress;
use crate::text::printable;

/// What is over sooner needs no line.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two looks of it.
const PACE: Duration = Duration::from_millis(100);

/// The line. It is gone when it is dropped.
pub struct Bar {
    what: String,
    next: Instant,
    drawn: bool,
    on: bool,
}

impl Bar {
    /// Nothing is drawn yet.
    pub fn new(what: String) -> Bar {
        Bar { what, next: Instant::now() + PATIENCE, drawn: false, on: io::stderr().is_terminal() }
    }

    /// Tells how far it is. It is never the bar that stops anything.
    pub fn at(&mut self, progress: &Progress) -> ControlFlow<()> {
        let now = Instant::now();
        if self.on && now >= self.next {
            self.next = now + PACE;
            self.draw(&format!("\r\x1b[K{}: {}", printable(&self.what), words(progress)));
            self.drawn = true;
        }
        ControlFlow::Continue(())
    }

    fn draw(&self, text: &str) {
        // Nobody is left to be told if stderr is gone.
        drop(io::stderr().write_all(text.as_bytes()));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if self.drawn {
            self.draw("\r\x1b[K");
        }
    }
}

fn words(progress: &Progress) -> String {
    let share = |done: u64, total: u64| done.saturating_mul(100).checked_div(total).unwrap_or(100).min(100);
    match *progress {
        Progress::Unpacking { bytes } => format!("unpacked {} MiB", bytes >> 20),
        Progress::Reading { done, total } => format!("read {} % of {} MiB", share(done, total), total >> 20),
        Progress::Writing { done, total } => format!("written {} %", share(done, total)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_sizes() {
        assert_eq!(words(&Progress::Reading { done: 1 << 20, total: 4 << 20 }), "read 25 % of 4 MiB");
        assert_eq!(words(&Progress::Writing { done: 0, total: 0 }), "written 100 %");
    }
}
