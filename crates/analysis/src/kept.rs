//! Findings that are kept with the recording: looked for once, read from then on.
//!
//! A result depends on how far the lineage goes, on the detectors' version and on the settings; where one of them is
//! another one, it is made anew and replaces what was kept. A session that is being recorded grows, so nothing is kept
//! of it: its findings come from [`Live`](super::run::Live).

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::analysis::Analysis;
use super::detectors::DETECTORS_VERSION;
use super::run::{Progress, run, run_deriving};
use super::settings::Settings;
use kuberewind_model::{Derived, Error, ErrorKind, FindingsCache, FindingsKey, History, Lineage, Result, Session, SessionState};

/// Bytes of rows about versions that wait to be written in one go: what bounds the memory for them. Of a recording of
/// usual size all go at once: each time the file is written, it is made to last and every reader's cache of it is void.
const WAITING: usize = 32 << 20;
/// In place of settings: that all versions so far were looked at.
const DERIVED: &str = "derived";

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
    let found = look(history, cache, (session, lineage), settings, progress)?;
    if let Err(error) = cache.keep_findings(&key, &Kept::text(&found)?) {
        tracing::debug!(error = error.chain(), "the findings are not kept");
    }
    Ok(found)
}

/// Runs the detectors. The first time over this much of the session, what they make of its versions is kept as well:
/// it tells other questions which versions they need not read.
fn look(
    history: &dyn History,
    cache: &dyn FindingsCache,
    (session, lineage): (&Session, &Lineage),
    settings: &Settings,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Analysis> {
    let done = FindingsKey {
        session: session.no,
        end: lineage.last(),
        detectors_version: Derived::SCHEME,
        settings: DERIVED.to_owned(),
    };
    if cache.findings(&done)?.is_some() {
        return run(history, lineage, &session.session_id, settings, progress);
    }
    let mut keeper = Keeper { cache, waiting: Vec::new(), bytes: 0, keeps: true };
    let found = run_deriving(history, lineage, &session.session_id, settings, &mut |at, made| {
        keeper.take(made);
        progress(at)
    })?;
    keeper.write();
    if keeper.keeps
        && let Err(error) = cache.keep_findings(&done, "")
    {
        tracing::debug!(error = error.chain(), "that versions were looked at is not kept");
    }
    Ok(found)
}

/// Gathers what is made of versions, and writes it when there is much of it.
struct Keeper<'a> {
    cache: &'a dyn FindingsCache,
    waiting: Vec<Derived>,
    bytes: usize,
    /// Until writing fails once.
    keeps: bool,
}

impl Keeper<'_> {
    fn take(&mut self, made: Vec<Derived>) {
        if !self.keeps {
            return;
        }
        self.bytes += made.iter().map(bytes).sum::<usize>();
        self.waiting.extend(made);
        if self.bytes >= WAITING {
            self.write();
        }
    }

    fn write(&mut self) {
        if let Err(error) = self.cache.keep_derived(&self.waiting) {
            tracing::debug!(error = error.chain(), "what was made of versions is not kept");
            self.keeps = false;
        }
        (self.waiting, self.bytes) = (Vec::new(), 0);
    }
}

fn bytes(row: &Derived) -> usize {
    size_of::<Derived>() + row.changed.as_ref().map_or(0, |paths| size_of_val(&**paths))
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
