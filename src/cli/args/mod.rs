//! The command line as one clap tree: parser, help, completions and man page come from it.

mod asking;
mod common;
mod importing;
mod installing;
mod keeping;
mod opening;
mod reading;
mod recording;

use clap::{Parser, Subcommand};

pub use asking::{
    AnalysisFormat, AnalyzeArgs, AnalyzeOther, AtArgs, BlameArgs, CausalityArgs, DiffArgs, FindArgs, GraphFormat, ShowArgs,
    StaleArgs, WhyArgs,
};
pub use common::{DatabaseArgs, Format, FormatArgs, ObjectArgs, RecordingArgs};
pub use importing::ImportArgs;
pub use installing::{CompletePluginArgs, CompletionsArgs, KrewArgs, ManArgs, Shell};
pub use keeping::{BookmarkAction, BookmarkArgs, SqlArgs, VerifyArgs};
pub use opening::{ColorWhen, ConfigAction, ConfigArgs, OpenArgs};
pub use reading::{LanesArgs, LogsArgs, OperationArgs, PartArgs, ReplayArgs, SessionsArgs, TimelineArgs, TreeArgs};
pub use recording::{ClusterArgs, DemoArgs, ExecTiedArgs, RecordArgs};

/// A time-travel debugger for Kubernetes operators.
///
/// Record what an operator and its API server said to each other into one SQLite file, then scrub back and forth
/// through it: what the object looked like, who set this field, why this reconcile ran.
#[derive(Debug, Parser)]
#[command(name = "kuberewind", version, args_conflicts_with_subcommands = true, arg_required_else_help = true)]
#[command(
    after_help = "FILE may carry a moment: run.db#412, run.db#stuck-rollout. Moments: 412 or #412, start, end, now, 12:04:11, an RFC 3339 time, +2.5s, -10s, 50%, rv:81231, a bookmark, SESSION:MOMENT."
)]
pub struct Cli {
    /// What to do; `kuberewind FILE` opens a recording.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// As for `open`.
    #[command(flatten)]
    pub open: OpenArgs,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open a recording in the debugger (what `kuberewind FILE` does).
    Open(OpenArgs),
    /// Follow a session while it is being recorded.
    Tail(OpenArgs),
    /// Record real controllers against the built-in API server, and open the recording.
    Demo(DemoArgs),
    /// Record any operator, in any language: run it behind a proxy to the current cluster.
    Record(RecordArgs),
    /// Become a program that ends when its recorder does.
    #[command(hide = true, name = "exec-tied")]
    ExecTied(ExecTiedArgs),
    /// Start the built-in API server alone, to try an operator without any cluster.
    Cluster(ClusterArgs),
    /// List the sessions of a recording.
    Sessions(SessionsArgs),
    /// Print a session's operations line by line, or step through them with -i.
    Replay(ReplayArgs),
    /// Print a session's operations, those that pass a filter.
    Timeline(TimelineArgs),
    /// Print what the recorded process printed.
    Logs(LogsArgs),
    /// Print all that is known of one operation: what was sent, what was answered.
    Operation(OperationArgs),
    /// Print the objects at a moment, each below the one that controls it.
    Tree(TreeArgs),
    /// Print who did how much when.
    Lanes(LanesArgs),
    /// Print an object as it was at a moment.
    Show(ShowArgs),
    /// Print what changed in an object between two moments.
    Diff(DiffArgs),
    /// List an object's versions, who wrote them and what they changed.
    History(AtArgs),
    /// Tell for each field of an object which write last set it.
    Blame(BlameArgs),
    /// Find the next (or, backwards, the last) moment at which a CEL expression over an object becomes true.
    Find(FindArgs),
    /// Tell what each actor had not been shown at a moment.
    Stale(StaleArgs),
    /// Tell the chain of causes of an operation, or of a field's value.
    Why(WhyArgs),
    /// Find loops, races, slow calls and errors; with `causality`, what led to what.
    #[command(visible_alias = "findings")]
    Analyze(AnalyzeArgs),
    /// Set, list or remove bookmarks.
    Bookmark(BookmarkArgs),
    /// Make a recording of what others have written: audit logs, watch events, KubeStep's databases.
    Import(ImportArgs),
    /// Ask the recording in SQL, read-only. body(ID) gives a body's text.
    Sql(SqlArgs),
    /// Check that a recording is sound.
    Verify(VerifyArgs),
    /// Print where settings, themes, recordings, state and caches are, and versions.
    Info(FormatArgs),
    /// Check the settings: config.toml, keys.toml and the themes beside them.
    Config(ConfigArgs),
    /// Print the script that completes command lines in a shell.
    Completions(CompletionsArgs),
    /// Print a man page, or write all of them into a folder.
    Man(ManArgs),
    /// Answer kubectl, which has a line of the plugin to complete.
    #[command(hide = true, name = "complete-plugin")]
    CompletePlugin(CompletePluginArgs),
    /// Print the manifest by which krew installs the plugin.
    #[command(hide = true)]
    Krew(KrewArgs),
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Cli, Command};

    #[test]
    fn the_tree_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_file_alone_is_opened() {
        let cli = Cli::parse_from(["kuberewind", "run.db#stuck-rollout"]);
        assert!(cli.command.is_none());
        assert_eq!(cli.open.recording.file.as_deref(), Some("run.db#stuck-rollout"));
        assert!(matches!(Cli::parse_from(["kuberewind", "sessions", "run.db"]).command, Some(Command::Sessions(_))));
    }
}
