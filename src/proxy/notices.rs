//! What the user is told while the child has the terminal: one line on standard error per occasion, never a stream of them.

use std::collections::HashSet;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

/// Tells the user, sparingly.
pub struct Notices {
    told: Mutex<HashSet<&'static str>>,
    out: Box<dyn Fn(&str) + Send + Sync>,
}

impl Notices {
    /// Notices on standard error, after the program's name.
    #[must_use]
    pub fn on_stderr() -> Notices {
        Notices::to(|line| {
            // A closed standard error is the user's choice: there is nobody left to tell.
            drop(writeln!(std::io::stderr(), "kuberewind: {line}"));
        })
    }

    /// Notices to whatever takes lines.
    pub fn to(out: impl Fn(&str) + Send + Sync + 'static) -> Notices {
        Notices { told: Mutex::new(HashSet::new()), out: Box::new(out) }
    }

    /// Tells it now.
    pub fn say(&self, line: &str) {
        let plain: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        (self.out)(&plain);
    }

    /// Tells it the first time that this happens.
    pub fn once(&self, occasion: &'static str, line: &str) {
        if self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(occasion) {
            self.say(line);
        }
    }
}
