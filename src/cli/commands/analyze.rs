//! `kuberewind analyze`

use std::ops::ControlFlow;

use crate::analysis::finding::Class;
use crate::analysis::questions::invariant::{Invariant, invariant};
use crate::analysis::run::run as detect;
use crate::analysis::settings::Settings;
use crate::cli::args::{AnalysisFormat, AnalyzeArgs, AnalyzeOther};
use crate::cli::{Exit, Target, commands, opening, output};
use crate::model::{Duration, Result};
use crate::report::{findings, invariant_text, json_of, junit, sarif};
use crate::session::OpenRecording;

/// Prints the findings. Findings under `--fail-on`, and invariants that do not hold, give 1.
pub fn run(args: &AnalyzeArgs) -> Result<Exit> {
    if let Some(AnalyzeOther::Causality(args)) = &args.other {
        return commands::causality::run(args);
    }
    let invariants = args.invariant.iter().map(|text| Invariant::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let target = Target::resolve(&args.recording)?;
    let recording = opening::one_session(&target, None)?;
    let mut broken = false;
    if !invariants.is_empty() {
        broken = hold(&recording, &invariants)?;
        if args.fail_on.is_empty() {
            return Ok(if broken { Exit::Negative } else { Exit::Done });
        }
    }
    let settings =
        Settings { classes: classes(args), slow_threshold: Duration::from_millis(args.threshold), window: args.window };
    let analysis = detect(recording.source(), recording.lineage(), &recording.session().session_id, &settings, &mut |_| {
        ControlFlow::Continue(())
    })?;
    let failing = !args.fail_on.is_empty() && !analysis.failing(&args.fail_on)?.is_empty();
    output::print(&match args.format {
        AnalysisFormat::Text => findings::text(&analysis, args.all),
        AnalysisFormat::Json => json_of(&analysis)?,
        AnalysisFormat::Sarif => crate::report::json_text(&sarif::sarif(&analysis, &target.path.display().to_string())),
        AnalysisFormat::Junit => junit::junit(&analysis),
    })?;
    Ok(if failing || broken { Exit::Negative } else { Exit::Done })
}

/// Those that are named; all where none is; never those that are switched off.
fn classes(args: &AnalyzeArgs) -> Vec<Class> {
    let switches = [
        (Class::Loops, args.loops, args.no_loops),
        (Class::Races, args.races, args.no_races),
        (Class::Slow, args.slow, args.no_slow),
        (Class::Errors, args.errors, args.no_errors),
    ];
    let none_named = switches.iter().all(|(_, on, _)| !on);
    let rest = [Class::Access, Class::Invariants].into_iter().filter(|_| none_named);
    switches.iter().filter(|(_, on, off)| (*on || none_named) && !off).map(|(class, ..)| *class).chain(rest).collect()
}

/// Prints where invariants do not hold; says whether that is anywhere.
fn hold(recording: &OpenRecording, invariants: &[Invariant]) -> Result<bool> {
    let mut broken = false;
    for asked in invariants {
        let checked = invariant(recording.source(), recording.lineage(), asked, &mut |_| ControlFlow::Continue(()))?;
        broken |= !checked.violations.is_empty();
        output::print(&invariant_text(&checked))?;
    }
    Ok(broken)
}
