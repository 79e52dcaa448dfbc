//! The arguments of `kuberewind analyze`.

use clap::{Args, Subcommand, ValueEnum};

use super::causality::CausalityArgs;
use crate::cli::storage::StorageArgs;
use crate::cli::target::RecordingArgs;
use kuberewind_analysis::finding::Class;
use kuberewind_analysis::settings::Settings;
use kuberewind_model::Duration;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct AnalyzeArgs {
    #[command(subcommand)]
    pub(super) command: Option<AnalyzeCommand>,
    #[command(flatten)]
    pub(super) recording: RecordingArgs,
    /// Report loops. Without any class flag, report all classes
    #[arg(short = 'l', long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true, overrides_with = "no_loops")]
    loops: Option<bool>,
    /// Do not report loops
    #[arg(long)]
    no_loops: bool,
    /// Report races
    #[arg(long, overrides_with = "no_races")]
    races: bool,
    /// Do not report races
    #[arg(long)]
    no_races: bool,
    /// Report slow calls
    #[arg(short = 's', long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true, overrides_with = "no_slow")]
    slow: Option<bool>,
    /// Do not report slow calls
    #[arg(long)]
    no_slow: bool,
    /// Report errors
    #[arg(short = 'e', long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true, overrides_with = "no_errors")]
    errors: Option<bool>,
    /// Do not report errors
    #[arg(long)]
    no_errors: bool,
    /// Report calls that take at least MS milliseconds as slow
    #[arg(short = 't', long, value_name = "MS", env = "REPLAY_SLOW_THRESHOLD", default_value_t = 1000)]
    threshold: u64,
    /// Search for loops with a period of at most N operations
    #[arg(short = 'w', long, value_name = "N", default_value_t = 64)]
    window: usize,
    #[command(flatten)]
    storage: StorageArgs,
    /// Check an invariant over the whole session: 'Deployment: object.spec.replicas <= 10'. Repeat for more invariants
    #[arg(long, value_name = "KIND: EXPR")]
    pub(super) invariant: Vec<String>,
    /// Print findings while the session grows, until it ends or ctrl-c
    #[arg(long)]
    pub(super) watch: bool,
    /// Exit with 1 if there are findings of these classes or detectors, separated by commas
    #[arg(long, value_name = "CLASS|DETECTOR", value_delimiter = ',')]
    pub(super) fail_on: Vec<String>,
    /// Include findings of severity info, for example regular intervals
    #[arg(long)]
    pub(super) all: bool,
    /// Print in this format
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: AnalysisFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum AnalysisFormat {
    /// For people
    #[default]
    Text,
    /// For programs; the keys are stable
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML, for CI
    Junit,
}

#[derive(Debug, Subcommand)]
pub enum AnalyzeCommand {
    /// Print the graph of causes across actors: write, delivery, reconcile, write
    Causality(CausalityArgs),
}

impl AnalyzeArgs {
    /// The settings of the detectors.
    pub(super) fn settings(&self) -> Settings {
        Settings { classes: self.classes(), slow_threshold: Duration::from_millis(self.threshold), window: self.window }
    }

    /// True if a flag selects a class.
    pub(super) fn selects_a_class(&self) -> bool {
        self.races || [self.loops, self.slow, self.errors].contains(&Some(true))
    }

    /// Returns the selected classes, or all if none is selected, without those that a `--no-` flag excludes.
    fn classes(&self) -> Vec<Class> {
        let switches = [
            (Class::Loops, self.loops == Some(true), self.no_loops || self.loops == Some(false)),
            (Class::Races, self.races, self.no_races),
            (Class::Slow, self.slow == Some(true), self.no_slow || self.slow == Some(false)),
            (Class::Errors, self.errors == Some(true), self.no_errors || self.errors == Some(false)),
        ];
        let all = !self.selects_a_class();
        let others = [Class::Access, Class::Invariants].into_iter().filter(|_| all);
        switches.iter().filter(|(_, on, off)| (*on || all) && !off).map(|(class, ..)| *class).chain(others).collect()
    }
}
