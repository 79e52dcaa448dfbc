//! `kuberewind analyze`

mod invariants;
mod watch;

use std::path::Path;

use crate::cli::args::{AnalysisFormat, AnalyzeArgs, AnalyzeOther};
use crate::cli::progress::{INTERRUPTED, Progress};
use crate::cli::{Exit, Target, commands, opening, output};
use crate::report::{findings as lines, invariant_text, json_of, json_text, junit, sarif};
use crate::session::OpenRecording;
use kuberewind_analysis::analysis::Analysis;
use kuberewind_analysis::finding::Class;
use kuberewind_analysis::findings;
use kuberewind_analysis::queries::invariant::{Checked, Invariant};
use kuberewind_analysis::settings::Settings;
use kuberewind_model::{Duration, Error, ErrorKind, Result};

/// Prints the findings. Findings under `--fail-on`, and invariants that do not hold, give 1.
pub fn run(args: &AnalyzeArgs) -> Result<Exit> {
    if let Some(AnalyzeOther::Causality(args)) = &args.other {
        return commands::causality::run(args);
    }
    let invariants = args.invariant.iter().map(|text| Invariant::parse(text)).collect::<Result<Vec<_>, _>>()?;
    Analysis::check_names(&args.fail_on)?;
    let target = Target::resolve(&args.recording)?;
    if args.watch {
        return watch::run(args, &target);
    }
    let recording = opening::one_session(&target, None)?;
    let Some(checked) = invariants::check(&recording, &invariants)? else { return Ok(INTERRUPTED) };
    let only_invariants = !invariants.is_empty() && !names_a_class(args) && args.fail_on.is_empty();
    let found = if only_invariants { Some(nothing_else(&recording)) } else { look(args, &recording)? };
    let Some(mut analysis) = found else { return Ok(INTERRUPTED) };
    analysis.add_invariants(&checked);
    print(args, &target.path, &analysis, &checked, only_invariants)?;
    let broken = checked.iter().any(|one| !one.violations.is_empty());
    let failing = !analysis.failing(&args.fail_on)?.is_empty();
    Ok(if failing || broken { Exit::Negative } else { Exit::Done })
}

/// The findings of the detectors; `None` where ctrl-c came first.
fn look(args: &AnalyzeArgs, recording: &OpenRecording) -> Result<Option<Analysis>> {
    let mut progress = Progress::of("looking for findings")?;
    let (source, of) = (recording.source(), (recording.session(), recording.lineage()));
    let first = recording.lineage().first().0;
    let found = findings(source, source, of, &settings(args), &mut |at| {
        let count = |number: u64| number.saturating_add(1).saturating_sub(first);
        progress.tell(count(at.at.0), count(at.of.0))
    });
    progress.unless_stopped(found)
}

fn nothing_else(recording: &OpenRecording) -> Analysis {
    Analysis::of_nothing(&recording.session().session_id, recording.lineage().len())
}

fn print(args: &AnalyzeArgs, file: &Path, analysis: &Analysis, checked: &[Checked], only_invariants: bool) -> Result<()> {
    output::print(&match args.format {
        AnalysisFormat::Text => {
            let told: String = checked.iter().map(invariant_text).collect();
            if only_invariants { told } else { told + &lines::text(analysis, args.all) }
        }
        AnalysisFormat::Json => json_of(analysis)?,
        AnalysisFormat::Sarif => json_text(&sarif::sarif(analysis, &file.display().to_string())),
        AnalysisFormat::Junit => junit::junit(analysis)?,
    })
}

/// What is looked for.
fn settings(args: &AnalyzeArgs) -> Settings {
    Settings { classes: classes(args), slow_threshold: Duration::from_millis(args.threshold), window: args.window }
}

fn names_a_class(args: &AnalyzeArgs) -> bool {
    args.loops || args.races || args.slow || args.errors
}

/// Those that are named; all where none is; never those that are switched off.
fn classes(args: &AnalyzeArgs) -> Vec<Class> {
    let switches = [
        (Class::Loops, args.loops, args.no_loops),
        (Class::Races, args.races, args.no_races),
        (Class::Slow, args.slow, args.no_slow),
        (Class::Errors, args.errors, args.no_errors),
    ];
    let none_named = !names_a_class(args);
    let rest = [Class::Access, Class::Invariants].into_iter().filter(|_| none_named);
    switches.iter().filter(|(_, on, off)| (*on || none_named) && !off).map(|(class, ..)| *class).chain(rest).collect()
}

/// What makes no sense together with `--watch`.
fn check_watch(args: &AnalyzeArgs) -> Result<()> {
    if matches!(args.format, AnalysisFormat::Sarif | AnalysisFormat::Junit) {
        return Err(Error::new(ErrorKind::Invalid, "SARIF and JUnit are written at the end, not while a session grows")
            .hint("--watch prints text or, with --format json, one finding a line"));
    }
    if !args.invariant.is_empty() {
        return Err(Error::new(ErrorKind::Invalid, "--invariant looks at all time, not at a session that grows")
            .hint("leave --watch away"));
    }
    Ok(())
}
