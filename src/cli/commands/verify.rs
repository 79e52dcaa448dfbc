//! `kuberewind verify`

use std::path::Path;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::paths::Paths;
use crate::cli::source::Opened;
use crate::cli::target::RecordingArgs;
use crate::cli::{output, source};
use kuberewind_file::{self, VerifyReport};
use kuberewind_formats::{CachedRecording, ForeignReport, verify_foreign};
use kuberewind_model::Result;
use kuberewind_report::json_text;
use kuberewind_text::{counted, printable};

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

/// Exits with 1 if the recording, or a file of another format, has errors.
pub fn run(args: &VerifyArgs) -> Result<Exit> {
    let file = args.recording.target()?.path;
    let (path, foreign) = match source::opened(&file)? {
        Opened::Recording(path) => (path, None),
        Opened::Foreign(converted) => (converted.recording.clone(), Some(of_file(&file, &converted)?)),
    };
    let report = kuberewind_file::verify(&path, &source::open_options()?, args.strict)?;
    let is_fine = report.is_fine() && foreign.as_ref().is_none_or(|(_, foreign)| foreign.findings.is_empty());
    match args.format.format {
        Format::Text => output::print(&text(&report, foreign.as_ref()))?,
        Format::Json => output::print(&json_text(&to_json(&report, foreign.as_ref())))?,
    }
    Ok(if is_fine { Exit::Done } else { Exit::Negative })
}

/// The format of a file and what is known about it.
type Foreign = (&'static str, ForeignReport);

fn of_file(file: &Path, converted: &CachedRecording) -> Result<Foreign> {
    Ok((converted.importer.what, verify_foreign(file, converted, &Paths::find()?.cache)?))
}

fn text(report: &VerifyReport, foreign: Option<&Foreign>) -> String {
    let mut out = String::new();
    let mut line = |kind: &str, sentence: &str| out.push_str(&format!("{kind}{}\n", printable(sentence)));
    for remark in &report.remarks {
        line("", remark);
    }
    let mut total = report.total;
    if let Some((what, foreign)) = foreign {
        foreign.changes.iter().for_each(|change| line(&format!("converted from {what}: "), change));
        foreign.gaps.iter().for_each(|gap| line("gap: ", gap));
        foreign.findings.iter().for_each(|(check, sentence)| line(&format!("{check}: "), sentence));
        total += foreign.findings.len();
    }
    for finding in &report.findings {
        line(&format!("{}: ", finding.check), &finding.sentence);
    }
    if report.total > report.findings.len() {
        out.push_str(&format!("and {} more\n", report.total - report.findings.len()));
    }
    let checked = format!("checked {} operations and {} bodies", report.operations, report.bodies);
    let verdict = match total {
        0 => format!("sound: {checked}\n"),
        count => format!("{}: {checked}\n", counted(u64::try_from(count).unwrap_or(u64::MAX), "error")),
    };
    // The many remarks about a converted file follow the verdict.
    if foreign.is_some() { verdict + &out } else { out + &verdict }
}

fn to_json(report: &VerifyReport, foreign: Option<&Foreign>) -> Value {
    let of_file = foreign.iter().flat_map(|(_, foreign)| &foreign.findings);
    let findings: Vec<Value> = of_file
        .map(|(check, sentence)| json!({"check": check, "sentence": sentence}))
        .chain(report.findings.iter().map(|finding| json!({"check": finding.check, "sentence": finding.sentence})))
        .collect();
    let count = foreign.map_or(0, |(_, foreign)| foreign.findings.len());
    let mut out = json!({
        "sound": report.total + count == 0,
        "total": report.total + count,
        "findings": findings,
        "remarks": report.remarks,
        "operations": report.operations,
        "bodies": report.bodies,
    });
    if let Some((what, foreign)) = foreign {
        out["converted_from"] = json!(what);
        out["changes"] = json!(foreign.changes);
        out["gaps"] = json!(foreign.gaps);
    }
    out
}
