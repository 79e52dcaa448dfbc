//! `kuberewind analyze --watch`: prints findings while the session grows.

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

/// Prints each finding once when it appears. When the session ends or the user presses ctrl-c, prints all findings in their
/// final form. Waits for the first session of a new recording.
pub fn run(args: &AnalyzeArgs, target: &Target) -> Result<Exit> {
    check_flags(args)?;
    let progress = Progress::start("analyzing")?;
    let source = source::open(&target.path)?;
    if !follow::wait_for_session(&*source, &target.path, &|| progress.is_interrupted())? {
        return Ok(Exit::INTERRUPTED);
    }
    let mut recording = session::select_only(source, target, None)?;
    let mut live = Live::new(&args.settings());
    let interrupted = follow::follow(&mut recording, |recording| {
        while live.read(recording.source(), recording.lineage())? && !progress.is_interrupted() {
            print(args, &live.fresh())?;
        }
        print(args, &live.fresh())?;
        Ok(progress.is_interrupted().then_some(Exit::INTERRUPTED))
    })?;
    let analysis = live.analysis(&recording.session().session_id);
    if matches!(args.format, AnalysisFormat::Text) {
        output::print(&format!("\n{}", findings::text(&analysis, args.all)))?;
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

fn print(args: &AnalyzeArgs, fresh: &[Finding]) -> Result<()> {
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
        out.push_str(&line);
        out.push('\n');
    }
    if out.is_empty() { Ok(()) } else { output::print(&out) }
}
