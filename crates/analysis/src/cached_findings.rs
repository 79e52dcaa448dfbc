//! Findings, computed once per closed session and then read from the cache.
//!
//! A result depends on the end of the lineage, the version of the detectors and the settings. If one of them changes, the
//! result is computed again and replaces the stored one. Results of a session that is still recorded are not stored; use
//! [`Live`](super::live::Live).

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::detectors::DETECTORS_VERSION;
use super::results::Analysis;
use super::run::{Progress, run, run_deriving};
use super::settings::Settings;
use kuberewind_model::{Derived, Error, ErrorKind, FindingsCache, FindingsKey, History, Lineage, Result, Session, SessionState};

/// Derived rows that are buffered before they are written, in bytes. Each write syncs the file and invalidates every reader's
/// cache, so a recording of usual size is written once.
const MAX_WAITING_BYTES: usize = 32 << 20;
/// Stored in place of settings: the derived rows up to this end are stored.
const DERIVED_MARKER: &str = "derived";

/// Returns the stored findings of a session, or computes and stores them. `progress` is called for every window of operations
/// and may cancel; it is not called for stored findings.
///
/// Computing takes seconds for a large recording, reading milliseconds. If the result cannot be stored, it is computed again
/// next time.
///
/// # Errors
/// The history cannot be read, or `progress` cancelled ([`ErrorKind::Interrupted`]).
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
    if let Some(stored) = cache.findings(&key)?.and_then(|json| StoredAnalysis::read(&json)) {
        return Ok(stored);
    }
    let found = analyse_and_store(history, cache, (session, lineage), settings, progress)?;
    if let Err(error) = cache.keep_findings(&key, &StoredAnalysis::write(&found)?) {
        tracing::debug!(error = error.chain(), "cannot store the findings");
    }
    Ok(found)
}

/// Runs the detectors and stores their result. The first run over a session also stores its derived rows, with which queries
/// skip versions.
fn analyse_and_store(
    history: &dyn History,
    cache: &dyn FindingsCache,
    (session, lineage): (&Session, &Lineage),
    settings: &Settings,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Analysis> {
    let derived_key = FindingsKey {
        session: session.no,
        end: lineage.last(),
        detectors_version: Derived::SCHEME,
        settings: DERIVED_MARKER.to_owned(),
    };
    if cache.findings(&derived_key)?.is_some() {
        return run(history, lineage, &session.session_id, settings, progress);
    }
    let mut writer = DerivedWriter { cache, waiting: Vec::new(), bytes: 0, is_working: true };
    let found = run_deriving(history, lineage, &session.session_id, settings, &mut |progress_at, rows| {
        writer.take(rows);
        progress(progress_at)
    })?;
    writer.write();
    if writer.is_working
        && let Err(error) = cache.keep_findings(&derived_key, "")
    {
        tracing::debug!(error = error.chain(), "cannot store the marker of derived rows");
    }
    Ok(found)
}

/// Buffers derived rows and writes them in large batches.
struct DerivedWriter<'a> {
    cache: &'a dyn FindingsCache,
    waiting: Vec<Derived>,
    bytes: usize,
    /// False after the first failed write.
    is_working: bool,
}

impl DerivedWriter<'_> {
    fn take(&mut self, rows: Vec<Derived>) {
        if !self.is_working {
            return;
        }
        self.bytes += rows.iter().map(bytes).sum::<usize>();
        self.waiting.extend(rows);
        if self.bytes >= MAX_WAITING_BYTES {
            self.write();
        }
    }

    fn write(&mut self) {
        if let Err(error) = self.cache.keep_derived(&self.waiting) {
            tracing::debug!(error = error.chain(), "cannot store derived rows");
            self.is_working = false;
        }
        (self.waiting, self.bytes) = (Vec::new(), 0);
    }
}

fn bytes(row: &Derived) -> usize {
    size_of::<Derived>() + row.changed.as_ref().map_or(0, |paths| size_of_val(&**paths))
}

/// An analysis with the fields that its public JSON omits.
#[derive(Serialize, Deserialize)]
struct StoredAnalysis<A> {
    analysis: A,
    /// [`Finding::rounds`](super::finding::Finding::rounds) of each finding.
    rounds: Vec<u64>,
    /// [`Finding::others`](super::finding::Finding::others) of each finding.
    others: Vec<Vec<String>>,
}

impl StoredAnalysis<Analysis> {
    /// Returns `None` for JSON that this version did not write.
    fn read(json: &str) -> Option<Analysis> {
        let StoredAnalysis { mut analysis, rounds, others } = serde_json::from_str::<StoredAnalysis<Analysis>>(json).ok()?;
        if rounds.len() != analysis.findings.len() || others.len() != analysis.findings.len() {
            return None;
        }
        for (finding, (rounds, others)) in analysis.findings.iter_mut().zip(rounds.into_iter().zip(others)) {
            (finding.rounds, finding.others) = (rounds, others);
        }
        Some(analysis)
    }

    fn write(analysis: &Analysis) -> Result<String> {
        let rounds = analysis.findings.iter().map(|finding| finding.rounds).collect();
        let others = analysis.findings.iter().map(|finding| finding.others.clone()).collect();
        serde_json::to_string(&StoredAnalysis { analysis, rounds, others })
            .map_err(|error| Error::new(ErrorKind::Io, "cannot serialise the findings").because(error))
    }
}
