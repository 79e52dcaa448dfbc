//! `kuberewind scan`

use clap::Args;
use serde_json::{Value, json};

use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::target::RecordingArgs;
use crate::cli::{output, source};
use crate::report::json_text;
use crate::report::scan::{ScanReport, scan};
use crate::text::{counted, printable};
use kuberewind_file::Recording;
use kuberewind_model::Result;

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
        Format::Text => output::print(&text(&report))?,
        Format::Json => output::print(&json_text(&to_json(&report)))?,
    }
    Ok(if report.count == 0 { Exit::Done } else { Exit::Negative })
}

fn text(report: &ScanReport) -> String {
    let mut out = String::new();
    for hit in &report.hits {
        out.push_str(&format!("{} {}\n", printable(&hit.place), printable(&hit.path)));
    }
    let listed = u64::try_from(report.hits.len()).unwrap_or(u64::MAX);
    if report.count > listed {
        out.push_str(&format!("and {} more\n", report.count - listed));
    }
    let searched = format!("searched {} texts", report.texts);
    out.push_str(&match report.count {
        0 => format!("nothing looks like a secret: {searched}\n"),
        count => format!("{} may be secrets: {searched}\n", counted(count, "value")),
    });
    out
}

fn to_json(report: &ScanReport) -> Value {
    let hits: Vec<Value> = report.hits.iter().map(|hit| json!({"place": hit.place, "path": hit.path})).collect();
    json!({"clean": report.count == 0, "count": report.count, "texts": report.texts, "hits": hits})
}
