//! What the detectors find: of a session that has ended as it is kept, of a growing one as far as it goes.

use std::ops::ControlFlow;
use std::sync::Arc;

use kuberewind_analysis::Live;
use kuberewind_analysis::finding::Finding;
use kuberewind_analysis::settings::Settings;
use kuberewind_model::{Error, ErrorKind, Result, Seq, SessionNo, SessionState};

use super::{Answer, Worker};

/// Of so many findings, the worst first, the operations are told.
const MAX_TOLD: usize = 200;

/// A finding with its evidence in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The finding.
    pub finding: Finding,
    /// Its operations, each in a line without its number.
    pub evidence: Vec<(Seq, String)>,
}

/// The detectors over a session that grows.
pub(super) type Watching = Option<(SessionNo, Live)>;

impl Worker {
    pub(super) fn findings(&mut self) -> Result<Answer> {
        let (session, end) = (self.recording.session().no, self.recording.lineage().last());
        let findings = if self.recording.session().state == SessionState::Open { self.watch()? } else { self.kept()? };
        let mut found = Vec::with_capacity(findings.len());
        for (at, finding) in findings.into_iter().enumerate() {
            let told = if at < MAX_TOLD { finding.operations.as_slice() } else { &[] };
            let evidence = told.iter().map(|seq| Ok((Seq(*seq), self.told(Seq(*seq))?))).collect::<Result<_>>()?;
            found.push(Found { finding, evidence });
        }
        Ok(Answer::Findings { session, end, found: Arc::from(found) })
    }

    fn told(&mut self, seq: Seq) -> Result<String> {
        let Some(operation) = self.operation(seq)? else { return Ok("not in the recording any more".to_owned()) };
        let said = self.said(&operation)?;
        Ok(said.split_once(' ').map_or_else(String::new, |(_, words)| words.to_owned()))
    }

    fn kept(&mut self) -> Result<Vec<Finding>> {
        let over = self.over.clone();
        let mut go_on = |_| if over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let (source, recording) = (self.recording.source(), &self.recording);
        let whole = (recording.session(), recording.lineage());
        Ok(kuberewind_analysis::findings(source, source, whole, &Settings::default(), &mut go_on)?.findings)
    }

    fn watch(&mut self) -> Result<Vec<Finding>> {
        let session = self.recording.session();
        if self.watching.as_ref().is_none_or(|(watched, _)| *watched != session.no) {
            self.watching = Some((session.no, Live::new(&Settings::default())));
        }
        let Some((_, live)) = &mut self.watching else { return Ok(Vec::new()) };
        while live.read(self.recording.source(), self.recording.lineage())? {
            if (self.over)() {
                return Err(Error::new(ErrorKind::Interrupted, "the analysis was broken off"));
            }
        }
        Ok(live.analysis(&session.session_id).findings)
    }
}
