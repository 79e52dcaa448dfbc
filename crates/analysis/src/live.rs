//! Runs the detectors over a session that grows.

use super::finding::Finding;
use super::results::Analysis;
use super::runner::Runner;
use super::settings::Settings;
use super::stream::Reader;
use kuberewind_model::{History, Lineage, Result, Seq};

/// The detectors over a growing session. Memory does not grow with the length of the session.
pub struct Live {
    reader: Reader,
    runner: Runner,
}

impl Live {
    /// Starts at the beginning of the lineage.
    #[must_use]
    pub fn new(settings: &Settings) -> Live {
        Live { reader: Reader::after(Seq::START), runner: Runner::new(settings) }
    }

    /// Reads everything added since the last call and returns new findings.
    ///
    /// # Errors
    /// The history cannot be read.
    pub fn feed(&mut self, history: &dyn History, lineage: &Lineage) -> Result<Vec<Finding>> {
        while self.read(history, lineage)? {}
        Ok(self.fresh())
    }

    /// Reads one window (some milliseconds of work). Returns false if there was none. For callers that do other work in
    /// between.
    ///
    /// # Errors
    /// The history cannot be read.
    pub fn read(&mut self, history: &dyn History, lineage: &Lineage) -> Result<bool> {
        let runner = &mut self.runner;
        self.reader.read(history, lineage, &mut |item| runner.take(&item))
    }

    /// Returns the findings that are new since the last call, without superseded ones.
    pub fn fresh(&mut self) -> Vec<Finding> {
        self.runner.fresh()
    }

    /// The analysis so far.
    pub fn analysis(&mut self, session_id: &str) -> Analysis {
        self.runner.analysis(session_id)
    }
}
