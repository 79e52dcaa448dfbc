//! `kuberewind operation`

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::moment::find_moment;
use crate::cli::target::DatabaseArgs;
use crate::cli::{output, session};
use kuberewind_analysis::queries::refusal::{is_refused_write, refused_write};
use kuberewind_model::Result;
use kuberewind_report::{Names, json_text, operation_facts, operation_text, refused_write_text};

#[derive(Debug, Args)]
pub struct OperationArgs {
    /// Number of the operation, or another moment: then the last operation before it. A recording may precede it: run.db 412
    #[arg(value_name = "[FILE] MOMENT", required = true, num_args = 1..=2)]
    words: Vec<String>,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    format: FormatArgs,
}

/// Exits with 1 if the moment is before the first operation.
pub fn run(args: &OperationArgs) -> Result<Exit> {
    let (file, moment) = args.database.split(&args.words);
    let target = args.database.target_of(file)?;
    let moment = moment.first().map_or("end", String::as_str);
    let mut recording = session::open_only(&target, Some(moment))?;
    let at = find_moment(&mut recording, moment)?;
    let Some(operation) = recording.source().operation(recording.lineage(), at)? else {
        output::note(&format!("there is no operation at {at}"));
        return Ok(Exit::Negative);
    };
    let names = Names::read(recording.source())?;
    let facts = operation_facts(recording.source(), recording.lineage(), &names, &operation)?;
    output::print(&match args.format.format {
        Format::Text => {
            let mut text = operation_text(&facts);
            if is_refused_write(&operation) {
                let refused = refused_write(recording.source(), recording.lineage(), operation.seq)?;
                text.push_str(&format!("\n{}", refused_write_text(&refused)));
            }
            text
        }
        Format::Json => json_text(&facts),
    })?;
    Ok(Exit::Done)
}
