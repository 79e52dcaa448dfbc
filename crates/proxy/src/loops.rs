//! `--save-on loop`: runs the loop detectors while the recording is written.
//!
//! They read the file on their own thread, so that neither the traffic nor the writer waits for them.

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

/// Time between two runs of the detectors.
const INTERVAL: Duration = Duration::from_secs(1);

/// The thread that runs the detectors.
#[derive(Debug)]
pub struct LoopWatch {
    stop: Sender<()>,
    thread: JoinHandle<Result<()>>,
}

impl LoopWatch {
    /// Watches the session that is being written to `file`. A loop makes `decision` keep it.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(file: &Path, session: SessionNo, decision: Arc<Decision>) -> Result<LoopWatch> {
        let (stop, stopped) = channel();
        let file = file.to_owned();
        let thread = std::thread::Builder::new()
            .name("kuberewind-loops".into())
            .spawn(move || watch(&file, session, &decision, &stopped))
            .map_err(|error| Error::new(ErrorKind::Io, "cannot start the detectors' thread").because(error))?;
        Ok(LoopWatch { stop, thread })
    }

    /// Runs the detectors once more after the session has ended, and closes the file.
    ///
    /// # Errors
    /// The recording cannot be read.
    pub fn end(self) -> Result<()> {
        // The thread may have ended already.
        self.stop.send(()).ok();
        self.thread.join().unwrap_or_else(|_| Err(Error::new(ErrorKind::Damaged, "a detector panicked on this recording")))
    }
}

fn watch(file: &Path, session: SessionNo, decision: &Decision, stopped: &Receiver<()>) -> Result<()> {
    let recording = Recording::open(file, &OpenOptions::default())?;
    let settings = Settings { classes: vec![Class::Loops], ..Settings::default() };
    let mut live = Live::new(&settings);
    loop {
        let last = !matches!(stopped.recv_timeout(INTERVAL), Err(RecvTimeoutError::Timeout));
        let lineage = recording.lineage(session)?;
        let mut found = live.feed(&recording, &lineage)?;
        if last {
            // Some loops are reported only at the end of the session.
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

/// Regular traffic such as lease renewals (severity info) is no reason to keep a recording.
fn is_loop(finding: &Finding) -> bool {
    finding.class == Class::Loops && finding.severity >= Severity::Warning
}
