//! `kuberewind rerun`

mod args;
mod prepared;
mod report;
mod run;

pub use args::RerunArgs;

use crate::cli::exit::Exit;
use kuberewind_model::Result;
use kuberewind_rerun::{Plan, StartWorld, WorldOptions};

/// Exits with 0 if the findings are gone, 1 if one is still there or new, 2 if the operator could not run.
pub fn run(args: &RerunArgs) -> Result<Exit> {
    let prepared = prepared::prepare(args)?;
    let (source, lineage) = (prepared.recording.source(), prepared.recording.lineage());
    let set = args.values()?;
    let options = WorldOptions { at: prepared.at, replaced: &prepared.replaced, set: &set };
    let world = StartWorld::read(source, lineage, &options)?;
    let plan = Plan::read(source, lineage, prepared.at, &prepared.replaced)?;
    let finished = run::run(args, &prepared, world, &plan)?;
    report::report(args, &prepared, &finished)
}
