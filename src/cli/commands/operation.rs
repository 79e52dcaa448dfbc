//! `kuberewind operation`

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::moment::find_moment;
use crate::cli::target::DatabaseArgs;
use crate::cli::{output, session};
use crate::report::{Names, json_text, operation_facts, operation_text};
use kuberewind_model::Result;

#[derive(Debug, Args)]
pub struct OperationArgs {
    /// Number of the operation, or another moment: then the last operation before it
    #[arg(value_name = "MOMENT")]
    at: String,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    format: FormatArgs,
}

/// Exits with 1 if the moment is before the first operation.
pub fn run(args: &OperationArgs) -> Result<Exit> {
    let target = args.database.target()?;
    let mut recording = session::open_only(&target, Some(&args.at))?;
    let at = find_moment(&mut recording, &args.at)?;
    let Some(operation) = recording.source().operation(recording.lineage(), at)? else {
        output::note(&format!("there is no operation at {at}"));
        return Ok(Exit::Negative);
    };
    let names = Names::read(recording.source())?;
    let facts = operation_facts(recording.source(), recording.lineage(), &names, &operation)?;
    output::print(&match args.format.format {
        Format::Text => operation_text(&facts),
        Format::Json => json_text(&facts),
    })?;
    Ok(Exit::Done)
}
