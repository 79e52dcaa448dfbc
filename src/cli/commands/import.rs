//! `kuberewind import`

use serde_json::json;

use crate::cli::args::{Format, ImportArgs};
use crate::cli::progress::{INTERRUPTED, Progress};
use crate::cli::{Exit, output, random};
use crate::formats::{ImportOptions, Imported, import};
use crate::report::json_text;
use crate::text::{counted, printable};
use kuberewind_model::Result;
use kuberewind_model::redact::PathRule;

/// Makes a recording of other files.
pub fn run(args: &ImportArgs) -> Result<Exit> {
    let options = ImportOptions {
        output: args.output.clone(),
        session: args.session.clone(),
        recording_id: random::id()?,
        key: random::key()?,
        rules: args.redact.iter().map(|rule| PathRule::parse(rule)).collect::<Result<_>>()?,
    };
    let mut progress = Progress::of("importing")?;
    let made = import(&args.files, &options, &mut |at| {
        let (done, of) = at.share();
        progress.tell(done, of)
    });
    let Some(imported) = progress.unless_stopped(made)? else { return Ok(INTERRUPTED) };
    drop(progress);
    if let Some(first) = &imported.first_unreadable {
        output::note(&format!("{} could not be read; the first is {first}", counted(imported.unreadable, "record")));
    }
    match args.format.format {
        Format::Text => output::print(&text(args, &imported))?,
        Format::Json => output::print(&json_text(&json!({
            "output": args.output.display().to_string(),
            "read_as": imported.read_as,
            "records": imported.records,
            "operations": imported.operations,
            "unreadable": imported.unreadable,
            "first_unreadable": imported.first_unreadable,
        })))?,
    }
    Ok(Exit::Done)
}

fn text(args: &ImportArgs, imported: &Imported) -> String {
    let (operations, records) = (counted(imported.operations, "operation"), counted(imported.records, "record"));
    let place = args.output.display().to_string();
    format!("{operations} from {records} of {} are in {}\n", imported.read_as.join(" and "), printable(&place))
}
