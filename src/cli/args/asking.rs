//! The arguments of the questions and of the analysis.

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::engine::ArgValueCompleter;

use super::{FormatArgs, ObjectArgs, RecordingArgs};
use crate::cli::complete;

/// An object at a moment.
#[derive(Debug, Args)]
pub struct AtArgs {
    /// Which object.
    #[command(flatten)]
    pub object: ObjectArgs,
    /// At which moment.
    #[arg(long, value_name = "MOMENT", default_value = "end", add = ArgValueCompleter::new(complete::moments))]
    pub at: String,
    /// Which format.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Whose fields.
#[derive(Debug, Args)]
pub struct BlameArgs {
    /// Which object, when, in which format.
    #[command(flatten)]
    pub at: AtArgs,
    /// Only fields at or below this JSON pointer.
    #[arg(long, value_name = "POINTER", default_value = "")]
    pub field: String,
    /// metadata.managedFields as well, which every write changes.
    #[arg(long)]
    pub all: bool,
}

/// What to look for.
#[derive(Debug, Args)]
pub struct FindArgs {
    /// A CEL expression over `object`: 'object.spec.replicas > 3'.
    #[arg(value_name = "EXPR")]
    pub expression: String,
    /// Which object.
    #[command(flatten)]
    pub object: ObjectArgs,
    /// From which moment; the start, or with --backward the end, where nothing is said.
    #[arg(long, value_name = "MOMENT", add = ArgValueCompleter::new(complete::moments))]
    pub from: Option<String>,
    /// Towards the start.
    #[arg(long)]
    pub backward: bool,
    /// Which format.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Whose view.
#[derive(Debug, Args)]
pub struct StaleArgs {
    /// Which recording.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// At which moment.
    #[arg(long, value_name = "MOMENT", default_value = "end", add = ArgValueCompleter::new(complete::moments))]
    pub at: String,
    /// Only this actor.
    #[arg(long, value_name = "ACTOR", add = ArgValueCompleter::new(complete::actors))]
    pub actor: Option<String>,
    /// Which format.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Of what the causes.
#[derive(Debug, Args)]
pub struct WhyArgs {
    /// An operation (`#412`), or an object whose --field is asked about.
    #[command(flatten)]
    pub object: ObjectArgs,
    /// The field, as a JSON pointer: /spec/replicas.
    #[arg(long, value_name = "POINTER")]
    pub field: Option<String>,
    /// At which moment the field has the value.
    #[arg(long, value_name = "MOMENT", default_value = "end", add = ArgValueCompleter::new(complete::moments))]
    pub at: String,
    /// How many links at most.
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub depth: usize,
    /// What the operation led to, instead of what led to it.
    #[arg(long, conflicts_with = "field")]
    pub effects: bool,
    /// Which format.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// What to analyse.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct AnalyzeArgs {
    /// Another analysis than the findings.
    #[command(subcommand)]
    pub other: Option<AnalyzeOther>,
    /// Which recording.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// Only the classes that are named: loops.
    #[arg(long, overrides_with = "no_loops")]
    pub loops: bool,
    /// No loops.
    #[arg(long)]
    pub no_loops: bool,
    /// Only the classes that are named: races.
    #[arg(long, overrides_with = "no_races")]
    pub races: bool,
    /// No races.
    #[arg(long)]
    pub no_races: bool,
    /// Only the classes that are named: slow.
    #[arg(long, overrides_with = "no_slow")]
    pub slow: bool,
    /// Nothing about slow calls.
    #[arg(long)]
    pub no_slow: bool,
    /// Only the classes that are named: errors.
    #[arg(long, overrides_with = "no_errors")]
    pub errors: bool,
    /// No errors.
    #[arg(long)]
    pub no_errors: bool,
    /// From this many milliseconds on a call is slow.
    #[arg(long, value_name = "MS", env = "REPLAY_SLOW_THRESHOLD", default_value_t = 1000)]
    pub threshold: u64,
    /// The longest period, in operations, of a repeated window.
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub window: usize,
    /// An expression that has to hold over all time: 'Deployment: object.spec.replicas <= 10'.
    #[arg(long, value_name = "KIND: EXPR")]
    pub invariant: Vec<String>,
    /// Print findings as a session grows, until it ends or ctrl-c.
    #[arg(long)]
    pub watch: bool,
    /// Classes or detectors whose findings give exit code 1.
    #[arg(long, value_name = "CLASS|DETECTOR", value_delimiter = ',')]
    pub fail_on: Vec<String>,
    /// Remarks as well: regular beats and the like.
    #[arg(long)]
    pub all: bool,
    /// Which format.
    #[arg(long, value_enum, default_value_t)]
    pub format: AnalysisFormat,
}

/// What findings can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum AnalysisFormat {
    /// For people.
    #[default]
    Text,
    /// For programs; the keys are stable.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML, for CI.
    Junit,
}

/// Another analysis than the findings.
#[derive(Debug, Subcommand)]
pub enum AnalyzeOther {
    /// What led to what: write, delivery, reconcile, write, across actors.
    Causality(CausalityArgs),
}

/// Which part of the graph.
#[derive(Debug, Args)]
pub struct CausalityArgs {
    /// Which recording.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// From which moment.
    #[arg(long, value_name = "MOMENT", default_value = "start", add = ArgValueCompleter::new(complete::moments))]
    pub from: String,
    /// To which moment.
    #[arg(long, value_name = "MOMENT", default_value = "end", add = ArgValueCompleter::new(complete::moments))]
    pub to: String,
    /// How many nodes of a chain at most.
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub max_depth: usize,
    /// How many chains at most.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub max_chains: usize,
    /// What calls sent, as well.
    #[arg(long)]
    pub payloads: bool,
    /// Which format.
    #[arg(long, value_enum, default_value_t)]
    pub format: GraphFormat,
}

/// What a graph can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum GraphFormat {
    /// Chains, the longest first.
    #[default]
    Text,
    /// Nodes and edges.
    Json,
    /// For Graphviz.
    Dot,
    /// For Mermaid.
    Mermaid,
}

/// What to show.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Which object.
    #[command(flatten)]
    pub object: ObjectArgs,
    /// At which moment.
    #[arg(long, value_name = "MOMENT", default_value = "end", add = ArgValueCompleter::new(complete::moments))]
    pub at: String,
    /// As this actor had been shown it, not as it was.
    #[arg(long, value_name = "ACTOR", add = ArgValueCompleter::new(complete::actors))]
    pub as_seen_by: Option<String>,
    /// Which format.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// What to compare.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// Which object.
    #[command(flatten)]
    pub object: ObjectArgs,
    /// From which moment.
    #[arg(long, value_name = "MOMENT", default_value = "start", add = ArgValueCompleter::new(complete::moments))]
    pub from: String,
    /// To which moment.
    #[arg(long, value_name = "MOMENT", default_value = "end", add = ArgValueCompleter::new(complete::moments))]
    pub to: String,
    /// As this actor had been shown it, not as it was.
    #[arg(long, value_name = "ACTOR", add = ArgValueCompleter::new(complete::actors))]
    pub as_seen_by: Option<String>,
    /// Show managedFields, resourceVersion and the like as well.
    #[arg(long)]
    pub all: bool,
    /// Which format.
    #[command(flatten)]
    pub format: FormatArgs,
}
