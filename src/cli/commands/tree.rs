//! `kuberewind tree`

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::moment::{AtArgs, find_moment};
use crate::cli::perspective::PerspectiveArgs;
use crate::cli::target::RecordingArgs;
use crate::cli::{output, session};
use kuberewind_model::Result;
use kuberewind_report::{json_text, tree, tree_json, tree_text};

#[derive(Debug, Args)]
pub struct TreeArgs {
    #[command(flatten)]
    recording: RecordingArgs,
    #[command(flatten)]
    moment: AtArgs,
    #[command(flatten)]
    perspective: PerspectiveArgs,
    /// Print only objects of this namespace [default: all]
    #[arg(short = 'n', long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    #[command(flatten)]
    format: FormatArgs,
}

pub fn run(args: &TreeArgs) -> Result<Exit> {
    let target = args.recording.target()?;
    let moment = target.moment.clone().unwrap_or_else(|| args.moment.at.clone());
    let mut recording = session::open_only(&target, Some(&moment))?;
    let at = find_moment(&mut recording, &moment)?;
    let from = args.perspective.find(&recording, at)?;
    let found = tree(recording.source(), recording.lineage(), at, from, args.namespace.as_deref())?;
    output::print(&match args.format.format {
        Format::Text => tree_text(&found),
        Format::Json => json_text(&tree_json(&found)),
    })?;
    Ok(Exit::Done)
}
