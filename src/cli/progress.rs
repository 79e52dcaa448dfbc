//! The progress of a long command on stderr, and ctrl-c, which stops it.

use std::io;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::interrupt::InterruptGuard;
use kuberewind_model::{Error, ErrorKind, Result};

/// Progress appears after this time.
const DELAY: Duration = Duration::from_secs(1);
/// Redraws each second.
const REDRAW_RATE: u8 = 10;

/// The progress of one command. While it exists, ctrl-c sets a flag instead of ending the program. It shows only on a terminal
/// and disappears when it is dropped.
pub struct Progress {
    task: &'static str,
    interrupt: InterruptGuard,
    start: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// `task` is shown before the percentage: "searching".
    pub fn start(task: &'static str) -> Result<Progress> {
        let interrupt = InterruptGuard::new()
            .map_err(|error| Error::new(ErrorKind::Io, "cannot install the handler for ctrl-c").because(error))?;
        Ok(Progress { task, interrupt, start: Instant::now(), bar: None })
    }

    /// True once the user has pressed ctrl-c.
    pub fn is_interrupted(&self) -> bool {
        self.interrupt.is_interrupted()
    }

    /// Shows the progress. Returns `Break` if the user pressed ctrl-c.
    pub fn update(&mut self, done: u64, total: u64) -> ControlFlow<()> {
        if self.is_interrupted() {
            return ControlFlow::Break(());
        }
        if self.bar.is_none() && self.start.elapsed() >= DELAY {
            self.bar = Some(bar(self.task));
        }
        if let Some(bar) = &self.bar {
            bar.set_length(total);
            bar.set_position(done.min(total));
        }
        ControlFlow::Continue(())
    }

    /// Converts the error of an interrupted task to `None`.
    pub fn unless_interrupted<T>(&self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Err(error) if error.kind() == ErrorKind::Interrupted && self.is_interrupted() => Ok(None),
            other => other.map(Some),
        }
    }

    /// Gives the error of an interrupted task a cause for which the program exits with 130.
    pub fn mark_interrupted<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| {
            let interrupted = error.kind() == ErrorKind::Interrupted && self.is_interrupted();
            if interrupted { error.because(io::Error::from(io::ErrorKind::Interrupted)) } else { error }
        })
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// indicatif draws nothing if stderr is not a terminal.
fn bar(task: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix} {percent}%, {pos} of {len}; ctrl-c stops it");
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(REDRAW_RATE)).with_prefix(task);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
