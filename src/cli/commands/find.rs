//! `kuberewind find`

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use crate::cli::completion::candidates;
use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::moment::find_moment;
use crate::cli::object::ObjectArgs;
use crate::cli::progress::Progress;
use crate::cli::target::names_file;
use crate::cli::{output, session};
use kuberewind_analysis::queries::find::find;
use kuberewind_model::{Direction, ObjectId, Result};
use kuberewind_query::cel::Expression;
use kuberewind_report::{find_text, json_of};

#[derive(Debug, Clone, Args)]
pub struct FindArgs {
    /// CEL expression over `object`: 'object.spec.replicas > 3'
    #[arg(value_name = "EXPR")]
    expression: String,
    #[command(flatten)]
    object: ObjectArgs,
    /// Search from this moment [default: start; with --backward: end]
    #[arg(long, value_name = "MOMENT", add = ArgValueCompleter::new(candidates::moments))]
    from: Option<String>,
    /// Search towards the start
    #[arg(long)]
    backward: bool,
    #[command(flatten)]
    format: FormatArgs,
}

/// Exits with 1 if the expression never becomes true.
pub fn run(args: &FindArgs) -> Result<Exit> {
    let args = &args.with_file_behind();
    let expression = Expression::compile(&args.expression)?;
    let target = args.object.target()?;
    let (direction, default) = if args.backward { (Direction::Backward, "end") } else { (Direction::Forward, "start") };
    let moment = args.from.as_deref().unwrap_or(default);
    let mut recording = session::open_only(&target, Some(moment))?;
    let from = find_moment(&mut recording, moment)?;
    let objects: Vec<ObjectId> = args.object.find_incarnations(recording.source())?.iter().map(|object| object.id).collect();
    let mut progress = Progress::start("searching")?;
    let found = find(recording.source(), recording.lineage(), &objects, &expression, (from, direction), &mut |at| {
        progress.update(u64::try_from(at.done).unwrap_or(u64::MAX), u64::try_from(at.total).unwrap_or(u64::MAX))
    });
    let Some(found) = progress.unless_interrupted(found)? else { return Ok(Exit::INTERRUPTED) };
    match args.format.format {
        Format::Text => output::print(&find_text(&found))?,
        Format::Json => output::print(&json_of(&found)?)?,
    }
    Ok(if found.at.is_some() { Exit::Done } else { Exit::Negative })
}

impl FindArgs {
    /// Moves a recording before the expression behind it: `find run.db EXPR OBJECT`.
    fn with_file_behind(&self) -> FindArgs {
        let mut args = self.clone();
        if names_file(&args.expression) {
            args.object.swap_first(&mut args.expression);
        }
        args
    }
}
