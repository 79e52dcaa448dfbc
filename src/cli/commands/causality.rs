//! `kuberewind analyze causality`

use crate::cli::args::{CausalityArgs, GraphFormat};
use crate::cli::{Exit, Target, object, opening, output};
use crate::report::{causality_text, json_of};
use kuberewind_analysis::queries::causality::{ChainLimits, Window, causality, dot, mermaid};
use kuberewind_model::Result;

/// Prints what led to what.
pub fn run(args: &CausalityArgs) -> Result<Exit> {
    let target = Target::resolve(&args.recording)?;
    let mut recording = opening::one_session(&target, Some(&args.from))?;
    let from = object::find_moment(&mut recording, &args.from)?;
    let to = object::find_moment(&mut recording, &args.to)?;
    let window = Window { from: from.next().min(to.next()), to, payloads: args.payloads, ..Window::default() };
    let graph = causality(recording.source(), recording.lineage(), &window)?;
    output::print(&match args.format {
        GraphFormat::Text => causality_text(&graph, ChainLimits { depth: args.max_depth, chains: args.max_chains }),
        GraphFormat::Json => json_of(&graph)?,
        GraphFormat::Dot => dot(&graph),
        GraphFormat::Mermaid => mermaid(&graph),
    })?;
    Ok(Exit::Done)
}
