//! `kuberewind blame`

use crate::cli::args::{BlameArgs, Format};
use crate::cli::{Exit, Target, object, opening, output};
use crate::report::{blame_text, json_of};
use kuberewind_analysis::queries::blame::{BlameOptions, blame};
use kuberewind_model::Result;

/// Tells for each field which write last set it. An object of which nothing is known gives 1.
pub fn run(args: &BlameArgs) -> Result<Exit> {
    let asked = &args.at;
    let target = Target::database(asked.object.database.as_deref(), asked.object.session.as_deref())?;
    let mut recording = opening::one_session(&target, Some(&asked.at))?;
    let at = object::find_moment(&mut recording, &asked.at)?;
    let id = object::find_object(&recording, &asked.object, at)?;
    let which = BlameOptions { below: args.field.clone(), managed_fields: args.all };
    let Some(found) = blame(recording.source(), recording.lineage(), id, at, &which)? else {
        output::note(&format!("nothing was known of {} at {at}", asked.object.object.join(" ")));
        return Ok(Exit::Negative);
    };
    match asked.format.format {
        Format::Text => output::print(&blame_text(&found))?,
        Format::Json => output::print(&json_of(&found.fields)?)?,
    }
    Ok(Exit::Done)
}
