//! `kuberewind blame`

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::moment::{AtArgs, find_moment};
use crate::cli::object::ObjectArgs;
use crate::cli::{output, session};
use kuberewind_analysis::queries::blame::{BlameOptions, blame};
use kuberewind_model::Result;
use kuberewind_model::json::pointer;
use kuberewind_report::{blame_text, json_of};

#[derive(Debug, Args)]
pub struct BlameArgs {
    #[command(flatten)]
    object: ObjectArgs,
    #[command(flatten)]
    moment: AtArgs,
    #[command(flatten)]
    format: FormatArgs,
    /// Print only fields at or below this one: /spec/replicas, .spec.replicas or spec.replicas [default: all]
    #[arg(long, value_name = "FIELD", default_value = "", hide_default_value = true)]
    field: String,
    /// Include metadata.managedFields, which every write changes
    #[arg(long)]
    all: bool,
}

/// Exits with 1 if no version of the object is known at the moment.
pub fn run(args: &BlameArgs) -> Result<Exit> {
    let target = args.object.target()?;
    let mut recording = session::open_only(&target, Some(&args.moment.at))?;
    let at = find_moment(&mut recording, &args.moment.at)?;
    let id = args.object.find_object(&recording, at)?;
    let which = BlameOptions { below: pointer::of_field(&args.field).to_string(), managed_fields: args.all };
    let Some(found) = blame(recording.source(), recording.lineage(), id, at, &which)? else {
        output::note(&format!("{} is unknown at {at}", args.object.text()));
        return Ok(Exit::Negative);
    };
    match args.format.format {
        Format::Text => output::print(&blame_text(&found))?,
        Format::Json => output::print(&json_of(&found.fields)?)?,
    }
    Ok(Exit::Done)
}
