//! Ctrl-c during a long command: sets a flag instead of ending the program.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use signal_hook::consts::SIGINT;

/// The signal handlers. They are installed once, because signal-hook cannot restore the default action.
struct Handlers {
    /// Set by ctrl-c.
    interrupted: Arc<AtomicBool>,
    /// While set, ctrl-c ends the program.
    ends_program: Arc<AtomicBool>,
    /// The number of live guards.
    guards: usize,
}

static HANDLERS: Mutex<Option<Handlers>> = Mutex::new(None);

/// While a guard exists, ctrl-c only sets its flag.
pub struct InterruptGuard {
    interrupted: Arc<AtomicBool>,
}

impl InterruptGuard {
    pub fn new() -> io::Result<InterruptGuard> {
        let mut handlers = HANDLERS.lock().unwrap_or_else(PoisonError::into_inner);
        if handlers.is_none() {
            let (interrupted, ends_program) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
            signal_hook::flag::register_conditional_default(SIGINT, Arc::clone(&ends_program))?;
            signal_hook::flag::register(SIGINT, Arc::clone(&interrupted))?;
            *handlers = Some(Handlers { interrupted, ends_program, guards: 0 });
        }
        let Some(handlers) = handlers.as_mut() else { return Ok(InterruptGuard { interrupted: Arc::default() }) };
        if handlers.guards == 0 {
            handlers.interrupted.store(false, Ordering::Relaxed);
        }
        handlers.guards += 1;
        handlers.ends_program.store(false, Ordering::Relaxed);
        Ok(InterruptGuard { interrupted: Arc::clone(&handlers.interrupted) })
    }

    pub fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

impl Drop for InterruptGuard {
    fn drop(&mut self) {
        let mut handlers = HANDLERS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handlers) = handlers.as_mut() {
            handlers.guards = handlers.guards.saturating_sub(1);
            handlers.ends_program.store(handlers.guards == 0, Ordering::Relaxed);
        }
    }
}

/// Leaves ctrl-c to the debugger, which restores the terminal before it ends the program.
pub fn leave_to_debugger() {
    if let Some(handlers) = HANDLERS.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
        handlers.ends_program.store(false, Ordering::Relaxed);
    }
}
