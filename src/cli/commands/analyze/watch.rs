//! `kuberewind analyze --watch`: prints findings while the session grows.

use std::collections::HashSet;

use super::args::{AnalysisFormat, AnalyzeArgs};
use crate::cli::exit::Exit;
use crate::cli::follow;
use crate::cli::progress::Progress;
use crate::cli::target::Target;
use crate::cli::{output, session, source};
use kuberewind_analysis::Live;
use kuberewind_analysis::finding::Finding;
use kuberewind_model::{Error, ErrorKind, Result};
use kuberewind_report::{findings, json_line};

/// Printed lines that are remembered.
const MAX_PRINTED: usize = 10_000;

/// Prints each finding once when it appears. When the session ends or the user presses ctrl-c, prints those that have changed since and
/// the totals. Waits for the first session of a new recording.
pub fn run(args: &AnalyzeArgs, target: &Target) -> Result<Exit> {
    check_flags(args)?;
    let progress = Progress::start("analyzing")?;
    let source = source::open(&target.path)?;
    if !follow::wait_for_session(&*source, &target.path, &|| progress.is_interrupted())? {
        return Ok(Exit::INTERRUPTED);
    }
    let mut recording = session::select_only(source, target, None)?;
    let mut live = Live::new(&args.settings());
    let mut printed = HashSet::new();
    let interrupted = follow::follow(&mut recording, |recording| {
        while live.read(recording.source(), recording.lineage())? && !progress.is_interrupted() {
            print(args, &live.fresh(), &mut printed)?;
        }
        print(args, &live.fresh(), &mut printed)?;
        Ok(progress.is_interrupted().then_some(Exit::INTERRUPTED))
    })?;
    let analysis = live.analysis(&recording.session().session_id);
    if matches!(args.format, AnalysisFormat::Text) {
        output::print(&format!("\n{}", findings::heading(&analysis)))?;
        print(args, &analysis.findings, &mut printed)?;
        output::print(&format!("{}\n", findings::totals(&analysis, args.all)))?;
    }
    if !analysis.failing(&args.fail_on)?.is_empty() {
        return Ok(Exit::Negative);
    }
    Ok(interrupted.unwrap_or(Exit::Done))
}

/// Refuses the flags that need the whole session.
fn check_flags(args: &AnalyzeArgs) -> Result<()> {
    if matches!(args.format, AnalysisFormat::Sarif | AnalysisFormat::Junit) {
        return Err(Error::new(
            ErrorKind::Invalid,
            "cannot use --watch with SARIF or JUnit: they are written at the end of a session",
        )
        .hint("use text, or --format json for one finding per line"));
    }
    if !args.invariant.is_empty() {
        return Err(Error::new(ErrorKind::Invalid, "cannot use --watch with --invariant: it checks the whole session")
            .hint("leave --watch out"));
    }
    Ok(())
}

/// Prints findings, except those whose line is printed already.
fn print(args: &AnalyzeArgs, fresh: &[Finding], printed: &mut HashSet<String>) -> Result<()> {
    let mut out = String::new();
    for finding in fresh.iter().filter(|finding| args.all || !finding.is_info()) {
        let line = match args.format {
            AnalysisFormat::Json => {
                let value = serde_json::to_value(finding)
                    .map_err(|error| Error::new(ErrorKind::Io, "cannot write a finding as JSON").because(error))?;
                json_line(&value)
            }
            _ => findings::one_line(finding),
        };
        if printed.len() >= MAX_PRINTED {
            printed.clear();
        }
        if printed.insert(line.clone()) {
            out.push_str(&line);
            out.push('\n');
        }
    }
    if out.is_empty() { Ok(()) } else { output::print(&out) }
}
