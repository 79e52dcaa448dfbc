//! Findings: stored ones of a finished session, current ones of a live session.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::protocol::{FindingEvidence, Reply};
use kuberewind_analysis::finding::Finding;
use kuberewind_analysis::settings::Settings;
use kuberewind_model::{Error, ErrorKind, Result, Seq, SessionState};

use super::Worker;
use super::live::LiveDetectors;

/// The number of findings for which the cited operations are loaded.
const MAX_WITH_EVIDENCE: usize = 200;

impl Worker {
    pub(super) fn findings(&mut self) -> Result<Reply> {
        let (session, end) = (self.recording.session().no, self.recording.lineage().last());
        let findings =
            if self.recording.session().state == SessionState::Open { self.live_findings()? } else { self.stored_findings()? };
        let mut found = Vec::with_capacity(findings.len());
        for (at, finding) in findings.into_iter().enumerate() {
            let cited = if at < MAX_WITH_EVIDENCE { finding.operations.as_slice() } else { &[] };
            let evidence = cited.iter().map(|seq| Ok((Seq(*seq), self.operation_text(Seq(*seq))?))).collect::<Result<_>>()?;
            found.push(FindingEvidence { finding, evidence });
        }
        Ok(Reply::Findings { session, end, found: Arc::from(found) })
    }

    fn operation_text(&mut self, seq: Seq) -> Result<String> {
        let Some(operation) = self.operation(seq)? else { return Ok("not in the recording any more".to_owned()) };
        let line = self.operation_line(&operation)?;
        Ok(line.split_once(' ').map_or_else(String::new, |(_, words)| words.to_owned()))
    }

    fn stored_findings(&mut self) -> Result<Vec<Finding>> {
        let stopped = self.stopped.clone();
        let mut go_on = |_| if stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let (source, recording) = (self.recording.source(), &self.recording);
        let whole = (recording.session(), recording.lineage());
        Ok(kuberewind_analysis::findings(source, source, whole, &Settings::default(), &mut go_on)?.findings)
    }

    fn live_findings(&mut self) -> Result<Vec<Finding>> {
        let session = self.recording.session();
        if self.live.as_ref().is_none_or(|live| live.session != session.no) {
            self.live = Some(LiveDetectors::new(session.no));
        }
        let Some(LiveDetectors { run: live, .. }) = &mut self.live else { return Ok(Vec::new()) };
        while live.read(self.recording.source(), self.recording.lineage())? {
            if (self.stopped)() {
                return Err(Error::new(ErrorKind::Interrupted, "the analysis was cancelled"));
            }
        }
        Ok(live.analysis(&session.session_id).findings)
    }
}
