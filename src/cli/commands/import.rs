//! `kuberewind import`

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::progress::Progress;
use crate::cli::{output, random};
use kuberewind_formats::{ImportOptions, Imported, import};
use kuberewind_model::Result;
use kuberewind_model::redact::PathRule;
use kuberewind_report::json_text;
use kuberewind_text::{counted, printable};

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Files to convert, recognised by their content; `-` is standard input. Files of one format become one session, ordered by
    /// time
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Write the recording to this file, which must not exist
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// Name the session [default: name of the first file]
    #[arg(long, value_name = "NAME")]
    session: Option<String>,
    /// Replace the values of this field by a keyed hash: RESOURCE:JSON-POINTER, with * for any segment. Repeat for more fields
    #[arg(long, value_name = "PATH")]
    redact: Vec<String>,
    #[command(flatten)]
    format: FormatArgs,
}

pub fn run(args: &ImportArgs) -> Result<Exit> {
    let options = ImportOptions {
        output: args.output.clone(),
        session: args.session.clone(),
        recording_id: random::id()?,
        key: random::key()?,
        rules: args.redact.iter().map(|rule| PathRule::parse(rule)).collect::<Result<_>>()?,
    };
    let mut progress = Progress::start("importing")?;
    let imported = import(&args.files, &options, &mut |at| {
        let (done, total) = at.share();
        progress.update(done, total)
    });
    let Some(imported) = progress.unless_interrupted(imported)? else { return Ok(Exit::INTERRUPTED) };
    drop(progress);
    if let Some(first) = &imported.first_unreadable {
        output::note(&format!("cannot read {}; the first: {first}", counted(imported.unreadable, "record")));
    }
    match args.format.format {
        Format::Text => output::print(&text(args, &imported))?,
        Format::Json => output::print(&json_text(&json!({
            "output": args.output.display().to_string(),
            "read_as": read_as(&imported),
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
    let output = args.output.display().to_string();
    format!("imported {operations} from {records} of {} into {}\n", read_as(imported).join(" and "), printable(&output))
}

fn read_as(imported: &Imported) -> Vec<&'static str> {
    imported.importers.iter().map(|importer| importer.what).collect()
}
