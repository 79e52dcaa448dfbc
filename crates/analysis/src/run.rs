//! Runs the detectors: over a finished recording at once, over a live one step by step.

use std::ops::ControlFlow;
use std::sync::mpsc::channel;
use std::thread;

use super::analysis::{Analysis, SlowOperation, Tally, settled};
use super::batches::{Giver, batches};
use super::detectors::{Detector, Interest, Row, Says, TABLE, by_name, is_meant_to_end, reason_of};
use super::finding::{Book, Finding};
use super::scene::{Scene, Step};
use super::settings::Settings;
use super::stream::{Item, Observed, Reader};
use kuberewind_model::{Derived, Error, ErrorKind, History, Lineage, Result, Seq};

const MAX_SLOW: usize = 10_000;
const MAX_REASONS: usize = 1_000;
/// Rounds for which a finding waits that says only that something recurs.
const PATIENCE: u64 = 4;

/// The detectors with their common memory and their findings so far.
pub struct Runner {
    scene: Scene,
    checks: Vec<(&'static Row, Box<dyn Detector>)>,
    book: Book,
    /// Reported, and not yet told.
    held: Vec<Finding>,
    tally: Tally,
    settings: Settings,
}

impl Runner {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(settings: &Settings) -> Runner {
        let checks = TABLE.iter().filter(|row| settings.wants(row.class)).map(|row| (row, (row.check)(settings))).collect();
        Runner {
            scene: Scene::default(),
            checks,
            book: Book::default(),
            held: Vec::new(),
            tally: Tally::default(),
            settings: settings.clone(),
        }
    }

    /// One that also makes what is kept of versions.
    fn deriving(settings: &Settings) -> Runner {
        Runner { scene: Scene::deriving(), ..Runner::new(settings) }
    }

    /// Takes the next item.
    pub fn take(&mut self, item: &Item) {
        if let Item::Operation(seen) = item {
            self.count(seen);
        }
        let note = self.scene.take(item);
        if matches!(item, Item::Gap(_)) {
            for (_, check) in &mut self.checks {
                check.forget(&self.scene);
            }
            return;
        }
        let step = Step::new(item, &self.scene, &note);
        let there = Interest::of(&step);
        for (row, check) in &mut self.checks {
            if row.sees.meets(there) {
                self.book.turn_of(row.name);
                check.step(&step, &mut self.book);
            }
        }
    }

    fn count(&mut self, seen: &Observed) {
        let op = &seen.op;
        self.tally.operations += 1;
        let first = *self.tally.first.get_or_insert(op.seq.0);
        let slow = self.settings.wants(super::finding::Class::Slow) && op.duration > self.settings.slow_threshold;
        if slow && is_meant_to_end(seen) && self.tally.slow.len() < MAX_SLOW {
            self.tally.slow.push(SlowOperation {
                index: op.seq.0.saturating_sub(first),
                operation_type: op.verb.operation_type().as_str().to_owned(),
                resource: seen.subject(),
                duration_ms: op.duration.as_millis(),
            });
        }
        if seen.is_failure() && self.settings.wants(super::finding::Class::Errors) {
            let errors = &mut self.tally.errors;
            errors.total += 1;
            *errors.by_type.entry(op.verb.operation_type().as_str().to_owned()).or_default() += 1;
            let mut reason = reason_of(seen);
            if errors.by_reason.len() >= MAX_REASONS && !errors.by_reason.contains_key(&reason) {
                "other".clone_into(&mut reason);
            }
            *errors.by_reason.entry(reason).or_default() += 1;
        }
    }

    /// The findings reported since the last call, but those that say less than another about the same. One that says
    /// only that something recurs waits for a few rounds more: often its cause is found by then, and told instead.
    pub fn fresh(&mut self) -> Vec<Finding> {
        self.held.extend(self.book.take_fresh());
        if self.held.is_empty() {
            return Vec::new();
        }
        let all = settled(self.book.findings());
        let same = |a: &Finding, b: &Finding| a.detector == b.detector && a.object == b.object && a.first == b.first;
        let mut told = Vec::new();
        self.held.retain(|held| {
            let Some(now) = all.iter().find(|finding| same(finding, held)) else { return false };
            let says = by_name(&held.detector).map_or(Says::Cause, |row| row.says);
            let waits = says < Says::Cause && !held.is_remark() && now.rounds < held.rounds + PATIENCE;
            if !waits {
                told.push(now.clone());
            }
            waits
        });
        told
    }

    /// All so far, with what is told of the stream as a whole. More may follow.
    #[must_use]
    pub fn analysis(&self, session_id: &str) -> Analysis {
        let mut book = self.book.clone();
        for (row, check) in &self.checks {
            book.turn_of(row.name);
            check.end(&self.scene, &mut book);
        }
        Analysis::new(session_id, &self.tally, &book)
    }
}

/// How far an analysis is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The last operation read.
    pub at: Seq,
    /// The last operation there is.
    pub of: Seq,
}

/// Looks at a whole lineage. `progress` is told of every window of operations and may end it.
///
/// The history is read on the caller's thread, detectors run on another; the contents of versions are read by whichever of
/// them would have to wait for the other.
///
/// # Errors
/// When the history cannot be read, or `progress` broke off ([`ErrorKind::Interrupted`]).
pub fn run(
    history: &dyn History,
    lineage: &Lineage,
    session_id: &str,
    settings: &Settings,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Analysis> {
    drive(Runner::new(settings), history, lineage, session_id, &mut |at, _| progress(at))
}

/// As [`run`], and what was made of versions on the way is given to `progress` to be kept.
pub(super) fn run_deriving(
    history: &dyn History,
    lineage: &Lineage,
    session_id: &str,
    settings: &Settings,
    progress: &mut dyn FnMut(Progress, Vec<Derived>) -> ControlFlow<()>,
) -> Result<Analysis> {
    drive(Runner::deriving(settings), history, lineage, session_id, progress)
}

fn drive(
    mut runner: Runner,
    history: &dyn History,
    lineage: &Lineage,
    session_id: &str,
    progress: &mut dyn FnMut(Progress, Vec<Derived>) -> ControlFlow<()>,
) -> Result<Analysis> {
    thread::scope(|scope| {
        let (giver, taker) = batches();
        let (made, makes) = channel::<Vec<Derived>>();
        let detecting = scope.spawn(move || {
            taker.for_each(|batch| {
                batch.iter().for_each(|item| runner.take(item));
                let derived = runner.scene.take_derived();
                // Nobody takes it any more where the reading failed: that is the error that is told.
                derived.is_empty() || made.send(derived).is_ok()
            });
            runner.analysis(session_id)
        });
        let last = Progress { at: lineage.last(), of: lineage.last() };
        let read = read_all(history, lineage, giver, &mut |at| progress(at, makes.try_iter().flatten().collect()));
        let analysis = detecting.join().map_err(|_| Error::new(ErrorKind::Damaged, "a detector failed on this recording"))?;
        read?;
        let rest: Vec<Derived> = makes.try_iter().flatten().collect();
        if !rest.is_empty() && progress(last, rest).is_break() {
            return Err(Error::new(ErrorKind::Interrupted, "the analysis was broken off"));
        }
        Ok(analysis)
    })
}

/// Reads everything. When it returns nothing more comes, and the other thread finishes.
fn read_all(
    history: &dyn History,
    lineage: &Lineage,
    mut giver: Giver,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<()> {
    let mut reader = Reader::after(lineage.first().prev());
    // The other end hangs up only by panicking, which the join reports.
    let mut gone = false;
    loop {
        let more = reader.read(history, lineage, &mut |item| gone |= !giver.give(item))?;
        if !more || gone {
            break;
        }
        let at = Progress { at: reader.next().prev(), of: lineage.last() };
        if progress(at).is_break() {
            return Err(Error::new(ErrorKind::Interrupted, "the analysis was broken off"));
        }
    }
    if !giver.hand_over() {
        return Err(Error::new(ErrorKind::Damaged, "a detector failed on this recording"));
    }
    Ok(())
}

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
