//! What the user is told while the child has the terminal: one line on standard error per occasion, never a stream of them. The recording
//! keeps these lines among those of the program, where they stood.

use std::collections::HashSet;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use kuberewind_capture::{Message, Port, PrintedLine};
use kuberewind_model::LogStream;

/// Tells the user, sparingly.
pub struct Notices {
    told: Mutex<HashSet<&'static str>>,
    out: Box<dyn Fn(&str) + Send + Sync>,
    kept: Option<Arc<dyn Port>>,
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
        Notices { told: Mutex::new(HashSet::new()), out: Box::new(out), kept: None }
    }

    /// Keeps them in the recording as well.
    #[must_use]
    pub fn kept_by(self, port: Arc<dyn Port>) -> Notices {
        Notices { kept: Some(port), ..self }
    }

    /// Tells it now.
    pub fn say(&self, line: &str) {
        let plain: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        (self.out)(&plain);
        self.note(&plain);
    }

    /// For the recording alone.
    pub fn note(&self, line: &str) {
        if let Some(port) = self.kept.as_ref().filter(|port| port.is_on()) {
            let text = format!("kuberewind: {line}");
            let bytes = text.len();
            let line = PrintedLine { at: port.now(), stream: LogStream::Stderr, level: "info".into(), span: None, text };
            port.send(Message::Log(Box::new(line)), bytes);
        }
    }

    /// Tells it the first time that this happens.
    pub fn once(&self, occasion: &'static str, line: &str) {
        if self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(occasion) {
            self.say(line);
        }
    }
}
