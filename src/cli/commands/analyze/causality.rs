//! `kuberewind analyze causality`

use clap::{Args, ValueEnum};

use crate::cli::exit::Exit;
use crate::cli::moment::{FromToArgs, find_moment};
use crate::cli::storage::StorageArgs;
use crate::cli::target::RecordingArgs;
use crate::cli::{output, session};
use kuberewind_analysis::queries::causality::{ChainLimits, Window, causality, dot, mermaid};
use kuberewind_model::{Error, ErrorKind, Result, Timestamp};
use kuberewind_report::{causality_text, json_of};

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
    #[arg(long, alias = "include-payloads")]
    payloads: bool,
    /// Both bounds at once, as KubeStep has them: RFC 3339 or Unix seconds
    #[arg(long, hide = true, value_name = "START,END", conflicts_with_all = ["from", "to"])]
    window: Option<String>,
    #[command(flatten)]
    storage: StorageArgs,
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
    let (from, to) = bounds(args)?;
    let mut recording = session::open_only(&target, Some(&from))?;
    let from = find_moment(&mut recording, &from)?;
    let to = find_moment(&mut recording, &to)?;
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

/// The bounds as texts of moments.
fn bounds(args: &CausalityArgs) -> Result<(String, String)> {
    let Some(window) = &args.window else { return Ok((args.bounds.from.clone(), args.bounds.to.clone())) };
    let invalid = || {
        Error::new(ErrorKind::Invalid, format!("cannot read the window {window:?}"))
            .hint("write START,END, each in RFC 3339 or in Unix seconds, for example 1700000000,1700000060")
    };
    let (start, end) = window.split_once(',').ok_or_else(invalid)?;
    let moment = |text: &str, default: &str| match text.trim() {
        "" => Ok(default.to_owned()),
        text => match text.parse::<i64>() {
            Ok(seconds) => seconds.checked_mul(1_000_000_000).map(|at| Timestamp(at).rfc3339(9)).ok_or_else(invalid),
            Err(_) => Ok(text.to_owned()),
        },
    };
    Ok((moment(start, "start")?, moment(end, "end")?))
}
