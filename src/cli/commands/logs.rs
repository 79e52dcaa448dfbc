//! `kuberewind logs`

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::operations::range::{OperationRange, RangeArgs};
use crate::cli::output::ListPrinter;
use crate::cli::session;
use crate::cli::target::RecordingArgs;
use kuberewind_model::{LogLine, Result};
use kuberewind_report::{LogText, log_json};

#[derive(Debug, Args)]
pub struct LogsArgs {
    #[command(flatten)]
    recording: RecordingArgs,
    /// Print only lines that contain TEXT, ignoring case
    #[arg(long, value_name = "TEXT")]
    grep: Option<String>,
    /// Print only lines of this level: error, warn, info, debug
    #[arg(long, value_name = "LEVEL")]
    level: Option<String>,
    #[command(flatten)]
    range: RangeArgs,
    #[command(flatten)]
    format: FormatArgs,
}

pub fn run(args: &LogsArgs) -> Result<Exit> {
    let target = args.recording.target()?;
    let mut recording = session::open_only(&target, Some(&args.range.bounds.from))?;
    let range = OperationRange::find(&mut recording, &args.range.bounds, target.moment.as_deref())?;
    let start = recording.session().start;
    let mut list = ListPrinter::new(args.format.format);
    let needle = args.grep.as_ref().map(|text| text.to_lowercase());
    let matches = |line: &LogLine| {
        needle.as_ref().is_none_or(|needle| line.text.to_lowercase().contains(needle))
            && args.level.as_ref().is_none_or(|level| line.level.eq_ignore_ascii_case(level))
    };
    let mut left = args.range.limit.unwrap_or(u64::MAX);
    for line in range.log_lines(&recording) {
        let line = line?;
        if !matches(&line) {
            continue;
        }
        if left == 0 {
            break;
        }
        left -= 1;
        match args.format.format {
            Format::Text => list.text(&LogText { start }.line(&line))?,
            Format::Json => list.json(&log_json(&line))?,
        }
    }
    list.finish()?;
    Ok(Exit::Done)
}
