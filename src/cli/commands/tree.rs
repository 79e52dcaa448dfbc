//! `kuberewind tree`

use crate::cli::args::{Format, TreeArgs};
use crate::cli::{Exit, Target, object, opening, output};
use crate::report::{json_text, tree, tree_json, tree_text};
use kuberewind_model::Result;

/// Prints the objects at a moment.
pub fn run(args: &TreeArgs) -> Result<Exit> {
    let target = Target::resolve(&args.recording)?;
    let moment = target.moment.clone().unwrap_or_else(|| args.at.clone());
    let mut recording = opening::one_session(&target, Some(&moment))?;
    let at = object::find_moment(&mut recording, &moment)?;
    let from = object::perspective(&recording, args.as_seen_by.as_deref(), at)?;
    let found = tree(recording.source(), recording.lineage(), at, from, args.namespace.as_deref())?;
    output::print(&match args.format.format {
        Format::Text => tree_text(&found),
        Format::Json => json_text(&tree_json(&found)),
    })?;
    Ok(Exit::Done)
}
