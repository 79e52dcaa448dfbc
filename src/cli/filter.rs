//! `--filter`: the debugger's language over the operations of a recording, piece by piece.

use std::ops::ControlFlow;

use crate::cli::part::Part;
use crate::cli::progress::Progress;
use crate::session::{OpenRecording, Ordinals};
use kuberewind_analysis::finding::{Class, Finding};
use kuberewind_analysis::settings::Settings;
use kuberewind_file::filter::{Plan, SearchProgress};
use kuberewind_model::{Error, ErrorKind, Operation, Result, Seq};
use kuberewind_query::filter::{Filter, Property};

/// Places that are filtered at a time; a multiple of 64.
const PIECE: u64 = 65_536;

/// A filter, and what it has searched so far: of a recording that grows only what came since is searched again.
pub struct Sieve {
    plan: Plan,
    searched: SearchProgress,
}

impl Sieve {
    /// Reads a filter, and looks for the findings that it asks for.
    ///
    /// # Errors
    /// Where it does not parse: the place of the mistake under the filter. When the recording cannot be read.
    pub fn read(text: &str, recording: &OpenRecording) -> Result<Sieve> {
        let mut plan = Plan::new(&Filter::parse(text)?)?;
        know_findings(&mut plan, recording)?;
        Ok(Sieve { plan, searched: SearchProgress::default() })
    }

    /// Whether it asks for findings: on which operations they rest is known only when all are there.
    pub fn asks_findings(text: &str) -> Result<bool> {
        Ok(Plan::new(&Filter::parse(text)?)?.findings().next().is_some())
    }
}

/// The operations of a part that pass.
pub struct Passing<'a> {
    recording: &'a OpenRecording,
    plan: &'a mut Plan,
    progress: &'a mut Progress,
    /// The place that comes next, and the end.
    next: u64,
    end: u64,
    /// Those that pass in the piece that was filtered last, the next one last.
    found: Vec<Seq>,
}

impl<'a> Passing<'a> {
    /// Searches the texts that a filter asks for.
    ///
    /// # Errors
    /// When the recording cannot be read, or ctrl-c breaks it off.
    pub fn of(
        sieve: &'a mut Sieve,
        part: &Part,
        recording: &'a OpenRecording,
        progress: &'a mut Progress,
    ) -> Result<Passing<'a>> {
        let Sieve { plan, searched } = sieve;
        searched.done = plan.searches() == (false, false);
        while !searched.done {
            *searched = recording.source().search_texts(recording.lineage(), plan, *searched)?;
            go_on(progress.tell(u64::from(searched.percent), 100))?;
        }
        let lineage = recording.lineage();
        let end = if part.to < lineage.first() { 0 } else { (lineage.ordinal(part.to) + 1).min(lineage.len()) };
        let next = if part.from < lineage.first() { 0 } else { lineage.ordinal(part.from.next()) };
        Ok(Passing { recording, plan, progress, next, end, found: Vec::new() })
    }

    fn piece(&mut self) -> Result<()> {
        let lineage = self.recording.lineage();
        // A piece begins at a whole word; what lies before the part is masked out.
        let start = self.next / 64 * 64;
        let places = start..(start + PIECE).min(lineage.len());
        let matches = self.recording.source().scan(lineage, self.plan, places.clone())?;
        let wanted = self.next..self.end.min(places.end);
        self.found = wanted
            .rev()
            .filter(|place| {
                let bit = place.saturating_sub(matches.places.start);
                let word = usize::try_from(bit / 64).ok().and_then(|word| matches.all.get(word));
                word.is_some_and(|word| word >> (bit % 64) & 1 == 1)
            })
            .map(|place| lineage.nth(place))
            .collect();
        self.next = places.end.max(self.next + 1);
        go_on(self.progress.tell(self.next, self.end))
    }
}

impl Iterator for Passing<'_> {
    type Item = Result<Operation>;

    fn next(&mut self) -> Option<Result<Operation>> {
        while self.found.is_empty() && self.next < self.end {
            if let Err(error) = self.piece() {
                self.next = self.end;
                return Some(Err(error));
            }
        }
        let seq = self.found.pop()?;
        self.recording.source().operation(self.recording.lineage(), seq).transpose()
    }
}

fn go_on(flow: ControlFlow<()>) -> Result<()> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::new(ErrorKind::Interrupted, "the filter was stopped")),
    }
}

/// Tells a plan that asks for findings on which operations they rest.
fn know_findings(plan: &mut Plan, recording: &OpenRecording) -> Result<()> {
    let things: Vec<Property> = plan.findings().collect();
    if things.is_empty() {
        return Ok(());
    }
    let (source, settings) = (recording.source(), Settings::default());
    let which = (recording.session(), recording.lineage());
    let analysis = kuberewind_analysis::findings(source, source, which, &settings, &mut |_| ControlFlow::Continue(()))?;
    for thing in things {
        let class = match thing {
            Property::Loop => Some(Class::Loops),
            Property::Race => Some(Class::Races),
            _ => None,
        };
        let of_class = |finding: &&Finding| !finding.is_info() && class.is_none_or(|class| finding.class == class);
        plan.set_findings(
            thing,
            analysis.findings.iter().filter(of_class).flat_map(|finding| finding.operations.iter().copied()).collect(),
        );
    }
    Ok(())
}
