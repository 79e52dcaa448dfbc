//! Runs the detectors over a session that grows.

use super::finding::Finding;
use super::results::Analysis;
use super::runner::Runner;
use super::settings::Settings;
use super::stream::Reader;
use kuberewind_model::{History, Lineage, Result, Seq};

/// The detectors over a session that grows. Memory is that of the detectors, however long the session is.
pub struct Live {
    reader: Reader,
    runner: Runner,
}

impl Live {
    /// From the beginning of the lineage.
    #[must_use]
    pub fn new(settings: &Settings) -> Live {
        Live { reader: Reader::after(Seq::START), runner: Runner::new(settings) }
    }

    /// Looks at what was added since the last call; the findings that are new.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub fn feed(&mut self, history: &dyn History, lineage: &Lineage) -> Result<Vec<Finding>> {
        while self.read(history, lineage)? {}
        Ok(self.fresh())
    }

    /// Looks at one window of what was added (some milliseconds); says whether there was one. For those who have other
    /// things to do in between.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub fn read(&mut self, history: &dyn History, lineage: &Lineage) -> Result<bool> {
        let runner = &mut self.runner;
        self.reader.read(history, lineage, &mut |item| runner.take(&item))
    }

    /// The findings that are new since they were asked for last, but those that say less than another about the same.
    pub fn fresh(&mut self) -> Vec<Finding> {
        self.runner.fresh()
    }

    /// All so far.
    pub fn analysis(&mut self, session_id: &str) -> Analysis {
        self.runner.analysis(session_id)
    }
}
