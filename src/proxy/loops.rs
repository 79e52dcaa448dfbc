//! `--save-on loop`: the detectors look at the recording while it is written.
//!
//! They read the file as any other reader does, on a thread of their own, so that neither the traffic nor the writer waits for them.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::keeping::Decision;
use kuberewind_analysis::Live;
use kuberewind_analysis::finding::{Class, Finding, Severity};
use kuberewind_analysis::settings::Settings;
use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::{Error, ErrorKind, History, Result, SessionNo};

/// How often they look.
const LOOK: Duration = Duration::from_secs(1);

/// Detectors at work.
#[derive(Debug)]
pub struct LoopWatch {
    stop: Sender<()>,
    thread: JoinHandle<Result<()>>,
}

impl LoopWatch {
    /// Looks at the session that is being written into `file`; a loop is a reason to keep it.
    ///
    /// # Errors
    /// Where the system has no thread to give.
    pub fn start(file: &Path, session: SessionNo, decision: Arc<Decision>) -> Result<LoopWatch> {
        let (stop, stopped) = channel();
        let file = file.to_owned();
        let thread = std::thread::Builder::new()
            .name("kuberewind-loops".into())
            .spawn(move || watch(&file, session, &decision, &stopped))
            .map_err(|error| Error::new(ErrorKind::Io, "the detectors' thread could not be started").because(error))?;
        Ok(LoopWatch { stop, thread })
    }

    /// The session has ended: looks once more, and lets go of the file.
    ///
    /// # Errors
    /// Where the recording could not be looked at.
    pub fn end(self) -> Result<()> {
        // A thread that has ended already needs no telling.
        self.stop.send(()).ok();
        self.thread.join().unwrap_or_else(|_| Err(Error::new(ErrorKind::Damaged, "a detector failed on this recording")))
    }
}

fn watch(file: &Path, session: SessionNo, decision: &Decision, stopped: &Receiver<()>) -> Result<()> {
    let recording = Recording::open(file, &OpenOptions::default())?;
    let settings = Settings { classes: vec![Class::Loops], ..Settings::default() };
    let mut live = Live::new(&settings);
    loop {
        let last = !matches!(stopped.recv_timeout(LOOK), Err(RecvTimeoutError::Timeout));
        let lineage = recording.lineage(session)?;
        let mut found = live.feed(&recording, &lineage)?;
        if last {
            // Some loops are told only when nothing more can come.
            found = live.analysis("").findings;
        }
        if let Some(finding) = found.iter().find(|finding| is_loop(finding)) {
            decision.keep(&finding.sentence);
        }
        if last || decision.is_to_keep() {
            return Ok(());
        }
    }
}

/// A regular beat (a lease that is renewed) is no reason to keep anything.
fn is_loop(finding: &Finding) -> bool {
    finding.class == Class::Loops && finding.severity >= Severity::Warning
}
