//! Imports a dump: a session for each path.

use std::collections::HashMap;

use super::document::{Dump, Objects, Step};
use super::paths::Written;
use super::steps::Steps;
use crate::import_job::{ImportJob, ImportStats};
use crate::import_session::{ImportSession, NewImport};
use crate::progress::{Progress, ProgressReporter};
use kuberewind_file::Branch;
use kuberewind_model::{ClockKind, Error, ErrorKind, Result, Seq, Timestamp};

/// Larger dumps are not read.
const MAX_BYTES: u64 = 512 << 20;
/// Sessions of one dump.
const MAX_PATHS: usize = 2_000;
/// Nanoseconds between two steps.
const TICK: i64 = 1_000_000;

pub(crate) fn import(job: &ImportJob, stats: &mut ImportStats, progress: &mut ProgressReporter<'_>) -> Result<()> {
    let [source] = job.sources.as_slice() else {
        return Err(Error::new(ErrorKind::Invalid, "cannot import several dumps at once").hint("import them one by one"));
    };
    if source.length > MAX_BYTES {
        let step = format!("{} is larger than {MAX_BYTES} bytes", source.path.display());
        return Err(Error::new(ErrorKind::Invalid, step).hint("dump fewer states"));
    }
    let mut text = vec![0; usize::try_from(source.length).unwrap_or(0)];
    source.read(0, &mut text)?;
    let text = text.strip_prefix(b"\xef\xbb\xbf".as_slice()).unwrap_or(&text);
    let dump: Dump<'_> = serde_json::from_slice(text).map_err(|error| {
        Error::new(ErrorKind::Damaged, format!("cannot read the dump {}", source.path.display())).because(error)
    })?;
    let objects = dump.objects();
    let paths: Vec<(String, &[Step<'_>])> = dump
        .states
        .iter()
        .flat_map(|state| {
            let paths = state.paths.as_deref().unwrap_or_default();
            paths.iter().enumerate().map(move |(no, path)| (name(&state.id, no, state.error.is_some()), path.as_slice()))
        })
        .collect();
    let mut writing = Writing { job, objects: &objects, written: Written::default(), sessions: 0, stats };
    for (done, (name, path)) in paths.iter().enumerate() {
        progress.at(Progress::Writing { done: done as u64, total: paths.len() as u64 })?;
        if done >= MAX_PATHS {
            let why = format!("it has more than {MAX_PATHS} paths");
            writing.stats.unreadable(&source.path, 0, &why);
            break;
        }
        writing.path(name, path)?;
    }
    if writing.sessions == 0 {
        return Err(writing.stats.nothing_read(job));
    }
    Ok(())
}

/// The name of a path's session.
fn name(state: &str, no: usize, failed: bool) -> String {
    let state = if state.is_empty() { "state" } else { state };
    let failed = if failed { "-failed" } else { "" };
    format!("{}{failed}-path-{}", state.replace(char::is_control, "?"), no + 1)
}

struct Writing<'a> {
    job: &'a ImportJob,
    objects: &'a Objects<'a>,
    written: Written,
    sessions: u64,
    stats: &'a mut ImportStats,
}

impl Writing<'_> {
    fn path(&mut self, name: &str, path: &[Step<'_>]) -> Result<()> {
        let Some(first) = path.first() else { return Ok(()) };
        // The state before the first step is the step before it.
        let initial = first.state_before.map_or("", |state| state.get()).to_owned();
        let frames: Vec<String> = std::iter::once(initial).chain(path.iter().map(|step| step.frame_id.clone())).collect();
        let (common, node) = self.written.common(&frames);
        let branch = node.and_then(|node| self.written.end(node)).map(|(parent, at)| Branch { parent, at });
        self.sessions += 1;
        let import = NewImport { session: format!("{}-{name}", self.job.import.session), branch, ..self.job.import.clone() };
        let at = |step: usize| Timestamp(i64::try_from(step).unwrap_or(i64::MAX).saturating_mul(TICK));
        let mut session = ImportSession::begin(&self.job.output, import, at(common), ClockKind::Ticks, super::steps::INITIAL)?;
        let mut steps = Steps { objects: self.objects, last: HashMap::new(), missing: 0 };
        first.known_before().iter().for_each(|known| drop(steps.last.insert(known.key.clone(), known.hash.clone())));
        let before = branch.map_or(0, |branch| branch.at.0);
        let mut node = node;
        for (number, frame) in frames.iter().enumerate() {
            match number.checked_sub(1).and_then(|step| path.get(step)) {
                Some(step) if number < common => steps.follow(step),
                None if number < common => {}
                Some(step) => steps.step(step, at(number), &mut session)?,
                None => steps.initial(&first.known_before(), at(number), &mut session)?,
            }
            if number >= common {
                let end = (session.no, Seq(before + session.operations()));
                node = Some(self.written.add(node, frame, end));
                self.stats.records += 1;
            }
        }
        for _ in 0..steps.missing {
            let path = &self.job.sources[0].path;
            self.stats.unreadable(path, 0, &format!("the object of a call in {name} is not in the dump"));
        }
        self.stats.operations += session.finish()?;
        Ok(())
    }
}
