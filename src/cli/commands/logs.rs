//! `kuberewind logs`

use crate::cli::args::{Format, LogsArgs};
use crate::cli::part::Part;
use crate::cli::{Exit, Target, opening, output};
use crate::report::{LogText, log_json};
use kuberewind_model::{LogLine, Result};

/// Prints what the recorded process printed.
pub fn run(args: &LogsArgs) -> Result<Exit> {
    let target = Target::resolve(&args.recording)?;
    let mut recording = opening::one_session(&target, Some(&args.part.from))?;
    let part = Part::find(&mut recording, &args.part, target.moment.as_deref())?;
    let start = recording.session().start;
    let mut list = output::List::new(args.format.format);
    let needle = args.grep.as_ref().map(|text| text.to_lowercase());
    let wanted = |line: &LogLine| {
        needle.as_ref().is_none_or(|needle| line.text.to_lowercase().contains(needle))
            && args.level.as_ref().is_none_or(|level| line.level.eq_ignore_ascii_case(level))
    };
    let mut left = part.limit;
    for line in part.lines(&recording) {
        let line = line?;
        if !wanted(&line) {
            continue;
        }
        if left == 0 {
            break;
        }
        left -= 1;
        match args.format.format {
            Format::Text => list.text(&LogText { start }.line(&line))?,
            Format::Json => list.item(&log_json(&line))?,
        }
    }
    list.end()?;
    Ok(Exit::Done)
}
