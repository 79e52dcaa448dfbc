//! The arguments of the views in plain text.

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use super::{FormatArgs, RecordingArgs};
use crate::cli::complete;

/// Which operations.
#[derive(Debug, Args)]
pub struct TimelineArgs {
    /// Which recording.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// Only what passes: 'actor=hpa and code >= 400'. The language is the debugger's, see KEYBINDINGS.md or `:help` there.
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<String>,
    /// What the recorded process printed, in its place.
    #[arg(long)]
    pub logs: bool,
    /// Which part.
    #[command(flatten)]
    pub part: PartArgs,
    /// Which format.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Which log lines.
#[derive(Debug, Args)]
pub struct LogsArgs {
    /// Which recording.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// Only lines that hold this text, whatever the case.
    #[arg(long, value_name = "TEXT")]
    pub grep: Option<String>,
    /// Only lines of this level: error, warn, info, debug.
    #[arg(long, value_name = "LEVEL")]
    pub level: Option<String>,
    /// Which part.
    #[command(flatten)]
    pub part: PartArgs,
    /// Which format.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// A range of a session.
#[derive(Debug, Clone, Args)]
pub struct PartArgs {
    /// What comes after this moment.
    #[arg(long, value_name = "MOMENT", default_value = "start", add = ArgValueCompleter::new(complete::moments))]
    pub from: String,
    /// Up to this moment.
    #[arg(long, value_name = "MOMENT", default_value = "end", add = ArgValueCompleter::new(complete::moments))]
    pub to: String,
    /// At most so many, the first ones.
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
}

/// Which operation.
#[derive(Debug, Args)]
pub struct OperationArgs {
    /// The operation: `412`, or any other moment. Its number is that of the operation just before the moment.
    #[arg(value_name = "MOMENT")]
    pub at: String,
    /// Which recording.
    #[command(flatten)]
    pub place: super::DatabaseArgs,
    /// Which format.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Which moment.
#[derive(Debug, Args)]
pub struct TreeArgs {
    /// Which recording.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// At which moment.
    #[arg(long, value_name = "MOMENT", default_value = "end", add = ArgValueCompleter::new(complete::moments))]
    pub at: String,
    /// As this actor had been shown them, not as they were.
    #[arg(long, value_name = "ACTOR", add = ArgValueCompleter::new(complete::actors))]
    pub as_seen_by: Option<String>,
    /// Only objects of this namespace.
    #[arg(short = 'n', long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// Which format.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// How wide the lanes are.
#[derive(Debug, Args)]
pub struct LanesArgs {
    /// Which recording.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// From which moment.
    #[arg(long, value_name = "MOMENT", default_value = "start", add = ArgValueCompleter::new(complete::moments))]
    pub from: String,
    /// To which moment.
    #[arg(long, value_name = "MOMENT", default_value = "end", add = ArgValueCompleter::new(complete::moments))]
    pub to: String,
    /// Steps of time side by side.
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub width: u16,
    /// A lane an object, not an actor.
    #[arg(long)]
    pub objects: bool,
    /// Which format.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Which recording.
#[derive(Debug, Args)]
pub struct SessionsArgs {
    /// Which recording.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// Which format.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// What to replay.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Which recording.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// Step with n (next), b (back), r (to the start), s (statistics), q (quit).
    #[arg(short, long)]
    pub interactive: bool,
    /// Which format.
    #[command(flatten)]
    pub format: FormatArgs,
}
