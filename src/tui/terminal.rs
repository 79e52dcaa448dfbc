//! The terminal: taken over, and given back on every way out.

use std::io::{self, Write, stdout};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange, EnableMouseCapture,
    KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};

use kuberewind_model::{Error, ErrorKind, Result};

/// Whether the terminal is ours now. The panic hook and the guard both ask it, so that it is given back once.
static TAKEN: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// Whether the terminal has been taken away: its window closed, its connection broken. Usually SIGHUP says so as well,
/// but not to a program that its shell has let go of.
pub(super) fn is_gone() -> bool {
    matches!(rustix::termios::tcgetattr(io::stdin()), Err(rustix::io::Errno::IO))
}

/// Holds the terminal; gives it back when dropped.
pub(super) struct Guard {
    mouse: bool,
}

impl Guard {
    /// Takes the terminal over; from now on a panic gives it back before it speaks.
    pub(super) fn take(mouse: bool) -> Result<Guard> {
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                restore();
                before(info);
            }));
        });
        let guard = Guard { mouse };
        guard.enter()?;
        Ok(guard)
    }

    fn enter(&self) -> Result<()> {
        let failed = |error: io::Error| Error::new(ErrorKind::Io, "cannot take over the terminal").because(error);
        // Before the first change: half a takeover is given back as well.
        TAKEN.store(true, Ordering::SeqCst);
        enable_raw_mode().map_err(failed)?;
        execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange, cursor::Hide).map_err(failed)?;
        // Where the terminal knows kitty's protocol, ctrl-i is not Tab and Esc needs no waiting; others pass over it.
        let keys = PushKeyboardEnhancementFlags(KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES);
        execute!(stdout(), keys).map_err(failed)?;
        if self.mouse {
            execute!(stdout(), EnableMouseCapture).map_err(failed)?;
        }
        Ok(())
    }

    /// Gives the terminal back, stops the process, and takes it over again when it is continued.
    pub(super) fn suspend(&self) -> Result<()> {
        restore();
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)
            .map_err(|error| Error::new(ErrorKind::Io, "cannot suspend").because(error))?;
        self.enter()
    }

    /// Gives the terminal back for another program.
    pub(super) fn give_back(&self) {
        restore();
    }

    /// Takes it over again, whatever was done to it meanwhile.
    pub(super) fn take_again(&self) -> Result<()> {
        restore();
        self.enter()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back, if it is ours. Errors cannot be told to anyone: the terminal they would be told on is gone.
fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let _gone = execute!(stdout(), DisableMouseCapture, PopKeyboardEnhancementFlags);
    let _gone = execute!(stdout(), DisableFocusChange, DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
    let _gone = disable_raw_mode();
    let _gone = stdout().flush();
}
