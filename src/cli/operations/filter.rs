//! `--filter`: filters the operations of a range, chunk by chunk.

use std::ops::ControlFlow;

use super::range::OperationRange;
use crate::cli::progress::Progress;
use kuberewind_analysis::finding::{Class, Finding};
use kuberewind_analysis::settings::Settings;
use kuberewind_file::filter::{Plan, SearchProgress};
use kuberewind_model::{Error, ErrorKind, Operation, Result, Seq};
use kuberewind_query::filter::{Filter, Property};
use kuberewind_session::{OpenRecording, Ordinals};

/// Positions in a chunk; a multiple of 64.
const CHUNK: u64 = 65_536;

/// A filter, and the part of the recording that its text search has covered. In a growing recording, only the new part is
/// searched.
pub struct RecordingFilter {
    plan: Plan,
    searched: SearchProgress,
}

impl RecordingFilter {
    /// Parses a filter and computes the findings that it refers to.
    pub fn new(text: &str, recording: &OpenRecording) -> Result<RecordingFilter> {
        let mut plan = Plan::new(&Filter::parse(text)?)?;
        add_findings(&mut plan, recording)?;
        Ok(RecordingFilter { plan, searched: SearchProgress::default() })
    }

    /// True if the filter refers to findings. They are known only after the session has ended.
    pub fn uses_findings(text: &str) -> Result<bool> {
        Ok(Plan::new(&Filter::parse(text)?)?.findings().next().is_some())
    }
}

/// The operations of a range that match a filter.
pub struct Matching<'a> {
    recording: &'a OpenRecording,
    plan: &'a mut Plan,
    progress: &'a mut Progress,
    /// The next position to filter, and the end of the range.
    next: u64,
    end: u64,
    /// The matches of the last chunk, in reverse order.
    found: Vec<Seq>,
}

impl<'a> Matching<'a> {
    /// Runs the text search of the filter.
    ///
    /// # Errors
    /// Read errors, and [`ErrorKind::Interrupted`] after ctrl-c.
    pub fn new(
        filter: &'a mut RecordingFilter,
        range: OperationRange,
        recording: &'a OpenRecording,
        progress: &'a mut Progress,
    ) -> Result<Matching<'a>> {
        let RecordingFilter { plan, searched } = filter;
        searched.done = plan.searches() == (false, false);
        while !searched.done {
            *searched = recording.source().search_texts(recording.lineage(), plan, *searched)?;
            unless_interrupted(progress.update(u64::from(searched.percent), 100))?;
        }
        let lineage = recording.lineage();
        let end = if range.to < lineage.first() { 0 } else { (lineage.ordinal(range.to) + 1).min(lineage.len()) };
        let next = if range.from < lineage.first() { 0 } else { lineage.ordinal(range.from.next()) };
        Ok(Matching { recording, plan, progress, next, end, found: Vec::new() })
    }

    fn filter_chunk(&mut self) -> Result<()> {
        let lineage = self.recording.lineage();
        // Chunks start at a multiple of 64. The positions before the range are skipped below.
        let start = self.next / 64 * 64;
        let positions = start..(start + CHUNK).min(lineage.len());
        let matches = self.recording.source().scan(lineage, self.plan, positions.clone())?;
        let wanted = self.next..self.end.min(positions.end);
        self.found = wanted
            .rev()
            .filter(|position| {
                let bit = position.saturating_sub(matches.places.start);
                let word = usize::try_from(bit / 64).ok().and_then(|word| matches.all.get(word));
                word.is_some_and(|word| word >> (bit % 64) & 1 == 1)
            })
            .map(|position| lineage.nth(position))
            .collect();
        self.next = positions.end.max(self.next + 1);
        unless_interrupted(self.progress.update(self.next, self.end))
    }
}

impl Iterator for Matching<'_> {
    type Item = Result<Operation>;

    fn next(&mut self) -> Option<Result<Operation>> {
        while self.found.is_empty() && self.next < self.end {
            if let Err(error) = self.filter_chunk() {
                self.next = self.end;
                return Some(Err(error));
            }
        }
        let seq = self.found.pop()?;
        self.recording.source().operation(self.recording.lineage(), seq).transpose()
    }
}

fn unless_interrupted(flow: ControlFlow<()>) -> Result<()> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::new(ErrorKind::Interrupted, "the filter was interrupted")),
    }
}

/// Computes the findings that the plan refers to, and adds their operations to the plan.
fn add_findings(plan: &mut Plan, recording: &OpenRecording) -> Result<()> {
    let wanted: Vec<Property> = plan.findings().collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let (source, settings) = (recording.source(), Settings::default());
    let which = (recording.session(), recording.lineage());
    let analysis = kuberewind_analysis::findings(source, source, which, &settings, &mut |_| ControlFlow::Continue(()))?;
    for subject in wanted {
        let class = match subject {
            Property::Loop => Some(Class::Loops),
            Property::Race => Some(Class::Races),
            _ => None,
        };
        let of_class = |finding: &&Finding| !finding.is_info() && class.is_none_or(|class| finding.class == class);
        plan.set_findings(
            subject,
            analysis.findings.iter().filter(of_class).flat_map(|finding| finding.operations.iter().copied()).collect(),
        );
    }
    Ok(())
}
