//! `kuberewind verify`

use clap::Args;
use serde_json::{Value, json};

use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::target::RecordingArgs;
use crate::cli::{output, source};
use crate::report::json_text;
use crate::text::{counted, printable};
use kuberewind_file::{self, VerifyReport};
use kuberewind_model::Result;

#[derive(Debug, Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    recording: RecordingArgs,
    /// Also check that KubeStep can read the recording
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    format: FormatArgs,
}

/// Exits with 1 if the recording has errors.
pub fn run(args: &VerifyArgs) -> Result<Exit> {
    let path = source::recording_path(&args.recording.target()?.path)?;
    let report = kuberewind_file::verify(&path, &source::open_options()?, args.strict)?;
    match args.format.format {
        Format::Text => output::print(&text(&report))?,
        Format::Json => output::print(&json_text(&to_json(&report)))?,
    }
    Ok(if report.is_fine() { Exit::Done } else { Exit::Negative })
}

fn text(report: &VerifyReport) -> String {
    let mut out = String::new();
    for remark in &report.remarks {
        out.push_str(&format!("{}\n", printable(remark)));
    }
    for finding in &report.findings {
        out.push_str(&format!("{}: {}\n", finding.check, printable(&finding.sentence)));
    }
    if report.total > report.findings.len() {
        out.push_str(&format!("and {} more\n", report.total - report.findings.len()));
    }
    let checked = format!("checked {} operations and {} bodies", report.operations, report.bodies);
    out.push_str(&match report.total {
        0 => format!("sound: {checked}\n"),
        count => format!("{}: {checked}\n", counted(u64::try_from(count).unwrap_or(u64::MAX), "error")),
    });
    out
}

fn to_json(report: &VerifyReport) -> Value {
    let findings: Vec<Value> =
        report.findings.iter().map(|finding| json!({"check": finding.check, "sentence": finding.sentence})).collect();
    json!({
        "sound": report.is_fine(),
        "total": report.total,
        "findings": findings,
        "remarks": report.remarks,
        "operations": report.operations,
        "bodies": report.bodies,
    })
}
