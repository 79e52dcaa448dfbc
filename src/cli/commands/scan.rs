//! `kuberewind scan`

use clap::Args;
use serde_json::{Value, json};

use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::target::RecordingArgs;
use crate::cli::{output, source};
use kuberewind_file::Recording;
use kuberewind_model::Result;
use kuberewind_report::json_text;
use kuberewind_report::scan::{ScanReport, scan, scan_text};

/// Places that are listed by default.
const LISTED: usize = 100;

#[derive(Debug, Args)]
pub struct ScanArgs {
    #[command(flatten)]
    recording: RecordingArgs,
    /// List at most COUNT places [default: 100]
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
    #[command(flatten)]
    format: FormatArgs,
}

/// Exits with 1 if something in the recording looks like a secret.
pub fn run(args: &ScanArgs) -> Result<Exit> {
    let path = source::recording_path(&args.recording.target()?.path)?;
    let recording = Recording::open(&path, &source::open_options()?)?;
    let report = scan(&recording, args.limit.unwrap_or(LISTED))?;
    match args.format.format {
        Format::Text => output::print(&scan_text(&report))?,
        Format::Json => output::print(&json_text(&to_json(&report)))?,
    }
    Ok(if report.count == 0 { Exit::Done } else { Exit::Negative })
}

fn to_json(report: &ScanReport) -> Value {
    let hits: Vec<Value> = report.hits.iter().map(|hit| json!({"place": hit.place, "path": hit.path})).collect();
    json!({"clean": report.count == 0, "count": report.count, "texts": report.texts, "hits": hits})
}
