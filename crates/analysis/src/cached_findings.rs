//! Findings that are kept with the recording: looked for once, read from then on.
//!
//! A result depends on how far the lineage goes, on the detectors' version and on the settings; where one of them is
//! another one, it is made anew and replaces what was kept. A session that is being recorded grows, so nothing is kept
//! of it: its findings come from [`Live`](super::run::Live).

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::detectors::DETECTORS_VERSION;
use super::results::Analysis;
use super::run::{Progress, run, run_deriving};
use super::settings::Settings;
use kuberewind_model::{Derived, Error, ErrorKind, FindingsCache, FindingsKey, History, Lineage, Result, Session, SessionState};

/// Bytes of rows about versions that wait to be written in one go: what bounds the memory for them. Of a recording of
/// usual size all go at once: each time the file is written, it is made to last and every reader's cache of it is void.
const MAX_WAITING_BYTES: usize = 32 << 20;
/// In place of settings: that all versions so far were looked at.
const DERIVED_MARKER: &str = "derived";

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
    if let Some(stored) = cache.findings(&key)?.and_then(|json| StoredAnalysis::read(&json)) {
        return Ok(stored);
    }
    let found = analyse_and_store(history, cache, (session, lineage), settings, progress)?;
    if let Err(error) = cache.keep_findings(&key, &StoredAnalysis::write(&found)?) {
        tracing::debug!(error = error.chain(), "cannot store the findings");
    }
    Ok(found)
}

/// Runs the detectors. The first time over this much of the session, what they make of its versions is kept as well:
/// it tells other questions which versions they need not read.
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

/// Gathers what is made of versions, and writes it when there is much of it.
struct DerivedWriter<'a> {
    cache: &'a dyn FindingsCache,
    waiting: Vec<Derived>,
    bytes: usize,
    /// Until writing fails once.
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

/// An analysis with what its JSON for others leaves out.
#[derive(Serialize, Deserialize)]
struct StoredAnalysis<A> {
    analysis: A,
    /// Of each finding, how often so far.
    rounds: Vec<u64>,
}

impl StoredAnalysis<Analysis> {
    /// `None` for what this program did not write: it is made anew.
    fn read(json: &str) -> Option<Analysis> {
        let StoredAnalysis { mut analysis, rounds } = serde_json::from_str::<StoredAnalysis<Analysis>>(json).ok()?;
        if rounds.len() != analysis.findings.len() {
            return None;
        }
        for (finding, rounds) in analysis.findings.iter_mut().zip(rounds) {
            finding.rounds = rounds;
        }
        Some(analysis)
    }

    fn write(analysis: &Analysis) -> Result<String> {
        let rounds = analysis.findings.iter().map(|finding| finding.rounds).collect();
        serde_json::to_string(&StoredAnalysis { analysis, rounds })
            .map_err(|error| Error::new(ErrorKind::Io, "cannot serialise the findings").because(error))
    }
}
