//! `kuberewind analyze causality`

use clap::{Args, ValueEnum};

use crate::cli::exit::Exit;
use crate::cli::moment::{FromToArgs, find_moment};
use crate::cli::target::RecordingArgs;
use crate::cli::{output, session};
use crate::report::{causality_text, json_of};
use kuberewind_analysis::queries::causality::{ChainLimits, Window, causality, dot, mermaid};
use kuberewind_model::Result;

#[derive(Debug, Args)]
pub struct CausalityArgs {
    #[command(flatten)]
    recording: RecordingArgs,
    #[command(flatten)]
    bounds: FromToArgs,
    /// Print at most N nodes of a chain
    #[arg(long, value_name = "N", default_value_t = 32)]
    max_depth: usize,
    /// Print at most N chains
    #[arg(long, value_name = "N", default_value_t = 10)]
    max_chains: usize,
    /// Include the request bodies
    #[arg(long)]
    payloads: bool,
    /// Print in this format
    #[arg(long, value_enum, default_value_t)]
    format: GraphFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum GraphFormat {
    /// Chains, the longest first
    #[default]
    Text,
    /// Nodes and edges
    Json,
    /// For Graphviz
    Dot,
    /// For Mermaid
    Mermaid,
}

pub fn run(args: &CausalityArgs) -> Result<Exit> {
    let target = args.recording.target()?;
    let mut recording = session::open_only(&target, Some(&args.bounds.from))?;
    let from = find_moment(&mut recording, &args.bounds.from)?;
    let to = find_moment(&mut recording, &args.bounds.to)?;
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
