//! `kuberewind analyze --watch`: findings of a session that grows, as they are made.

use crate::cli::args::{AnalysisFormat, AnalyzeArgs};
use crate::cli::progress::{INTERRUPTED, Progress};
use crate::cli::{Exit, Target, opening, output};
use crate::report::{findings, json_line};
use kuberewind_analysis::finding::Finding;
use kuberewind_analysis::run::Live;
use kuberewind_model::{Error, ErrorKind, Result};

/// Prints each finding once, when it is made, and at the end, which is the session's or ctrl-c, all as they then are.
/// A recording that was started just now is waited for until it has a session.
pub fn run(args: &AnalyzeArgs, target: &Target) -> Result<Exit> {
    super::check_watch(args)?;
    let progress = Progress::of("")?;
    let source = opening::source(&target.path)?;
    if !opening::await_a_session(&*source, &target.path, &|| progress.is_stopped())? {
        return Ok(INTERRUPTED);
    }
    let mut recording = opening::one_session_of(source, target, None)?;
    let mut live = Live::new(&super::settings(args));
    let stopped = opening::follow(&mut recording, |recording| {
        while live.read(recording.source(), recording.lineage())? && !progress.is_stopped() {
            tell(args, &live.fresh())?;
        }
        tell(args, &live.fresh())?;
        Ok(progress.is_stopped().then_some(INTERRUPTED))
    })?;
    let analysis = live.analysis(&recording.session().session_id);
    if matches!(args.format, AnalysisFormat::Text) {
        output::print(&format!("\n{}", findings::text(&analysis, args.all)))?;
    }
    if !analysis.failing(&args.fail_on)?.is_empty() {
        return Ok(Exit::Negative);
    }
    Ok(stopped.unwrap_or(Exit::Done))
}

fn tell(args: &AnalyzeArgs, fresh: &[Finding]) -> Result<()> {
    let mut out = String::new();
    for finding in fresh.iter().filter(|finding| args.all || !finding.is_remark()) {
        let line = match args.format {
            AnalysisFormat::Json => {
                let value = serde_json::to_value(finding)
                    .map_err(|error| Error::new(ErrorKind::Io, "a finding cannot be written as JSON").because(error))?;
                json_line(&value)
            }
            _ => findings::one_line(finding),
        };
        out.push_str(&line);
        out.push('\n');
    }
    if out.is_empty() { Ok(()) } else { output::print(&out) }
}
