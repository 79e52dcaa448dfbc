//! Findings that are kept with the recording: looked for once, read from then on.
//!
//! A result depends on how far the lineage goes, on the detectors' version and on the settings; where one of them is
//! another one, it is made anew and replaces what was kept. A session that is being recorded grows, so nothing is kept
//! of it: its findings come from [`Live`](super::run::Live).

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::analysis::Analysis;
use super::detectors::DETECTORS_VERSION;
use super::run::{Progress, run};
use super::settings::Settings;
use crate::model::{Error, ErrorKind, FindingsCache, FindingsKey, History, Lineage, Result, Session, SessionState};

/// The findings of a session: as they were kept, else looked for now and kept. `progress` is told of every window of
/// operations and may break it off; it is not called where the result was kept.
///
/// Looking for them takes seconds in a large recording, reading what was kept milliseconds. What cannot be kept (a
/// full disk, no place to write) is made anew the next time.
///
/// # Errors
/// When the history cannot be read, or `progress` broke off ([`ErrorKind::Interrupted`]).
pub fn findings(
    history: &dyn History,
    cache: &dyn FindingsCache,
    (session, lineage): (&Session, &Lineage),
    settings: &Settings,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Analysis> {
    if session.state == SessionState::Open {
        return run(history, lineage, &session.session_id, settings, progress);
    }
    let key = FindingsKey {
        session: session.no,
        end: lineage.last(),
        detectors_version: DETECTORS_VERSION,
        settings: settings.fingerprint(),
    };
    if let Some(kept) = cache.findings(&key)?.and_then(|json| Kept::read(&json)) {
        return Ok(kept);
    }
    let found = run(history, lineage, &session.session_id, settings, progress)?;
    if let Err(error) = cache.keep_findings(&key, &Kept::text(&found)?) {
        tracing::debug!(error = error.chain(), "the findings are not kept");
    }
    Ok(found)
}

/// An analysis with what its JSON for others leaves out.
#[derive(Serialize, Deserialize)]
struct Kept<A> {
    analysis: A,
    /// Of each finding, how often so far.
    rounds: Vec<u64>,
}

impl Kept<Analysis> {
    /// `None` for what this program did not write: it is made anew.
    fn read(json: &str) -> Option<Analysis> {
        let Kept { mut analysis, rounds } = serde_json::from_str::<Kept<Analysis>>(json).ok()?;
        if rounds.len() != analysis.findings.len() {
            return None;
        }
        for (finding, rounds) in analysis.findings.iter_mut().zip(rounds) {
            finding.rounds = rounds;
        }
        Some(analysis)
    }

    fn text(analysis: &Analysis) -> Result<String> {
        let rounds = analysis.findings.iter().map(|finding| finding.rounds).collect();
        serde_json::to_string(&Kept { analysis, rounds })
            .map_err(|error| Error::new(ErrorKind::Io, "the findings cannot be written as JSON").because(error))
    }
}
