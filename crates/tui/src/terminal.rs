//! Takes over the terminal and restores it on every way out.

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

/// True while the terminal is taken over. The panic hook and the guard check it, so that the terminal is restored once.
static TAKEN: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// True if the terminal is gone: its window was closed or its connection lost. Usually SIGHUP reports this too, but not to a
/// process that its shell has disowned.
pub(super) fn is_gone() -> bool {
    matches!(rustix::termios::tcgetattr(io::stdin()), Err(rustix::io::Errno::IO))
}

/// Restores the terminal when dropped.
pub(super) struct Guard {
    mouse: bool,
}

impl Guard {
    /// Takes over the terminal. From now on a panic restores it before the message is printed.
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
        // Set before the first change, so that a partial takeover is restored too.
        TAKEN.store(true, Ordering::SeqCst);
        enable_raw_mode().map_err(failed)?;
        execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange, cursor::Hide).map_err(failed)?;
        // With kitty's keyboard protocol, ctrl-i differs from Tab, and Esc needs no timeout. Other terminals ignore it.
        let keys = PushKeyboardEnhancementFlags(KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES);
        execute!(stdout(), keys).map_err(failed)?;
        if self.mouse {
            execute!(stdout(), EnableMouseCapture).map_err(failed)?;
        }
        Ok(())
    }

    /// Restores the terminal, stops the process, and takes the terminal over again when the process continues.
    pub(super) fn suspend(&self) -> Result<()> {
        restore();
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)
            .map_err(|error| Error::new(ErrorKind::Io, "cannot suspend").because(error))?;
        self.enter()
    }

    /// Restores the terminal for another program.
    pub(super) fn give_back(&self) {
        restore();
    }

    /// Takes the terminal over again.
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

/// Restores the terminal if it is taken over. Errors are ignored: the terminal on which to report them is gone.
fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let _gone = execute!(stdout(), DisableMouseCapture, PopKeyboardEnhancementFlags);
    let _gone = execute!(stdout(), DisableFocusChange, DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
    let _gone = disable_raw_mode();
    let _gone = stdout().flush();
}
