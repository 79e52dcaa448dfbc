//! Runs the detectors over a whole lineage.

use std::ops::ControlFlow;
use std::sync::mpsc::channel;
use std::thread;

use super::item_channel::{ItemSender, item_channel};
use super::results::Analysis;
use super::runner::Runner;
use super::settings::Settings;
use super::stream::Reader;
use kuberewind_model::{Derived, Error, ErrorKind, History, Lineage, Result, Seq};

/// The progress of an analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The last operation that was read.
    pub at: Seq,
    /// The last operation of the lineage.
    pub of: Seq,
}

/// Analyses a lineage. `progress` is called for every window of operations and may cancel.
///
/// The caller's thread reads the history, another runs the detectors. Contents are parsed on whichever thread would otherwise
/// wait.
///
/// # Errors
/// The history cannot be read, or `progress` cancelled ([`ErrorKind::Interrupted`]).
pub fn run(
    history: &dyn History,
    lineage: &Lineage,
    session_id: &str,
    settings: &Settings,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Analysis> {
    drive(Runner::new(settings), history, lineage, session_id, &mut |at, _| progress(at))
}

/// Like [`run`]. Also passes the derived rows to `progress`.
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
        let (sender, receiver) = item_channel();
        let (derived_sender, derived_receiver) = channel::<Vec<Derived>>();
        let detecting = scope.spawn(move || {
            receiver.for_each(|batch| {
                batch.iter().for_each(|item| runner.take(item));
                let derived = runner.take_derived();
                // The receiver is gone only after a read error, which is then reported.
                derived.is_empty() || derived_sender.send(derived).is_ok()
            });
            runner.analysis(session_id)
        });
        let last = Progress { at: lineage.last(), of: lineage.last() };
        let read = read_all(history, lineage, sender, &mut |at| progress(at, derived_receiver.try_iter().flatten().collect()));
        let analysis = detecting.join().map_err(|_| Error::new(ErrorKind::Damaged, "a detector failed on this recording"))?;
        read?;
        let rest: Vec<Derived> = derived_receiver.try_iter().flatten().collect();
        if !rest.is_empty() && progress(last, rest).is_break() {
            return Err(Error::new(ErrorKind::Interrupted, "the analysis was cancelled"));
        }
        Ok(analysis)
    })
}

/// Reads the whole lineage. The detector thread finishes after it returns.
fn read_all(
    history: &dyn History,
    lineage: &Lineage,
    mut sender: ItemSender,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<()> {
    let mut reader = Reader::after(lineage.first().prev());
    // The detector thread disconnects only by a panic, which the join reports.
    let mut disconnected = false;
    loop {
        let more = reader.read(history, lineage, &mut |item| disconnected |= !sender.send(item))?;
        if !more || disconnected {
            break;
        }
        let at = Progress { at: reader.next().prev(), of: lineage.last() };
        if progress(at).is_break() {
            return Err(Error::new(ErrorKind::Interrupted, "the analysis was cancelled"));
        }
    }
    if !sender.flush() {
        return Err(Error::new(ErrorKind::Damaged, "a detector failed on this recording"));
    }
    Ok(())
}
