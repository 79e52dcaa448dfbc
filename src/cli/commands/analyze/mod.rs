//! `kuberewind analyze`

mod args;
mod causality;
mod invariants;
mod watch;

use std::path::Path;

use args::{AnalysisFormat, AnalyzeCommand};

use crate::cli::exit::Exit;
use crate::cli::progress::Progress;
use crate::cli::{output, session};
use kuberewind_analysis::Analysis;
use kuberewind_analysis::findings;
use kuberewind_analysis::queries::invariant::{Invariant, InvariantReport};
use kuberewind_model::Result;
use kuberewind_report::{findings as lines, invariant_text, json_of, json_text, junit, sarif};
use kuberewind_session::OpenRecording;

pub use args::AnalyzeArgs;

/// Exits with 1 for findings under `--fail-on` and for violated invariants.
pub fn run(args: &AnalyzeArgs) -> Result<Exit> {
    if let Some(AnalyzeCommand::Causality(args)) = &args.command {
        return causality::run(args);
    }
    let invariants = args.invariant.iter().map(|text| Invariant::parse(text)).collect::<Result<Vec<_>, _>>()?;
    Analysis::check_names(&args.fail_on)?;
    let target = args.recording.target()?;
    if args.watch {
        return watch::run(args, &target);
    }
    let recording = session::open_only(&target, None)?;
    let Some(checked) = invariants::check(&recording, &invariants)? else { return Ok(Exit::INTERRUPTED) };
    let only_invariants = !invariants.is_empty() && !args.selects_a_class() && args.fail_on.is_empty();
    let found = if only_invariants { Some(empty_analysis(&recording)) } else { detect(args, &recording)? };
    let Some(mut analysis) = found else { return Ok(Exit::INTERRUPTED) };
    analysis.add_invariants(&checked);
    print(args, &target.path, &analysis, &checked, only_invariants)?;
    let is_violated = checked.iter().any(|one| !one.violations.is_empty());
    let is_failing = !analysis.failing(&args.fail_on)?.is_empty();
    Ok(if is_failing || is_violated { Exit::Negative } else { Exit::Done })
}

/// Runs the detectors. Returns `None` after ctrl-c.
fn detect(args: &AnalyzeArgs, recording: &OpenRecording) -> Result<Option<Analysis>> {
    let mut progress = Progress::start("looking for findings")?;
    let (source, of) = (recording.source(), (recording.session(), recording.lineage()));
    let first = recording.lineage().first().0;
    let found = findings(source, source, of, &args.settings(), &mut |at| {
        let count = |number: u64| number.saturating_add(1).saturating_sub(first);
        progress.update(count(at.at.0), count(at.of.0))
    });
    progress.unless_interrupted(found)
}

fn empty_analysis(recording: &OpenRecording) -> Analysis {
    Analysis::of_nothing(&recording.session().session_id, recording.lineage().len())
}

fn print(args: &AnalyzeArgs, file: &Path, analysis: &Analysis, checked: &[InvariantReport], only_invariants: bool) -> Result<()> {
    output::print(&match args.format {
        AnalysisFormat::Text => {
            let invariants: String = checked.iter().map(invariant_text).collect();
            if only_invariants { invariants } else { invariants + &lines::text(analysis, args.all) }
        }
        AnalysisFormat::Json => json_of(analysis)?,
        AnalysisFormat::Sarif => json_text(&sarif::sarif(analysis, &file.display().to_string())),
        AnalysisFormat::Junit => junit::junit(analysis)?,
    })
}
