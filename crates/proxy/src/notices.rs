//! Notices for the user while the child owns the terminal: one line on standard error per event, each also recorded as a log
//! line.

use std::collections::HashSet;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use kuberewind_capture::{Message, Port, PrintedLine};
use kuberewind_model::LogStream;

/// Prints and records notices.
pub struct Notices {
    printed: Mutex<HashSet<&'static str>>,
    out: Box<dyn Fn(&str) + Send + Sync>,
    port: Option<Arc<dyn Port>>,
}

impl Notices {
    /// Prints to standard error, prefixed with the program's name.
    #[must_use]
    pub fn on_stderr() -> Notices {
        Notices::to(|line| {
            // If standard error is closed, the notice cannot be shown.
            drop(writeln!(std::io::stderr(), "kuberewind: {line}"));
        })
    }

    /// Prints to a callback.
    pub fn to(out: impl Fn(&str) + Send + Sync + 'static) -> Notices {
        Notices { printed: Mutex::new(HashSet::new()), out: Box::new(out), port: None }
    }

    /// Records the notices as log lines too.
    #[must_use]
    pub fn recorded_by(self, port: Arc<dyn Port>) -> Notices {
        Notices { port: Some(port), ..self }
    }

    /// Prints and records a line.
    pub fn print(&self, line: &str) {
        let plain: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        (self.out)(&plain);
        self.record(&plain);
    }

    /// Records a line without printing it.
    pub fn record(&self, line: &str) {
        if let Some(port) = self.port.as_ref().filter(|port| port.is_on()) {
            let text = format!("kuberewind: {line}");
            let bytes = text.len();
            let line = PrintedLine { at: port.now(), stream: LogStream::Stderr, level: "info".into(), span: None, text };
            port.send(Message::Log(Box::new(line)), bytes);
        }
    }

    /// Prints and records a line the first time that `occasion` occurs.
    pub fn print_once(&self, occasion: &'static str, line: &str) {
        if self.printed.lock().unwrap_or_else(PoisonError::into_inner).insert(occasion) {
            self.print(line);
        }
    }
}
