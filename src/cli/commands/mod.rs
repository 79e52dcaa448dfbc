//! The table of commands. Each command is one file: its arguments, their help texts, and `run`.

mod analyze;
mod blame;
mod bookmark;
mod bundle;
mod cluster;
mod compare;
mod complete_plugin;
mod completions;
mod config;
mod copy;
mod demo;
mod diff;
mod exec_tied;
mod find;
mod history;
mod import;
mod info;
mod krew;
mod lanes;
mod logs;
mod man;
mod open;
mod operation;
mod record;
mod record_summary;
mod recordings;
mod replay;
mod rerun;
mod scan;
mod serve;
mod sessions;
mod show;
mod sql;
mod stale;
mod tail;
mod timeline;
mod tree;
mod verify;
mod why;

use clap::{Parser, Subcommand};

use crate::cli::exit::Exit;
use crate::cli::invocation::Invocation;
use kuberewind_model::Result;

/// A time-travel debugger for Kubernetes operators
///
/// Record the traffic between an operator and its API server into one SQLite file. Then step back and forth through it: how did
/// the object look, who set this field, why did this reconcile run.
#[derive(Debug, Parser)]
#[command(name = "kuberewind", version, args_conflicts_with_subcommands = true)]
#[command(
    after_help = "FILE may end in a moment: run.db#412, run.db#stuck-rollout.\nMoments: 412 or #412, start, end, now, 12:04:11, an RFC 3339 time, +2.5s, -10s, 50%, rv:81231, a bookmark, SESSION:MOMENT."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    open: open::OpenArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open a recording in the debugger (same as `kuberewind FILE`)
    Open(open::OpenArgs),
    /// Follow a session while it is recorded
    Tail(tail::TailArgs),
    /// Record real controllers against the built-in API server and open the recording
    Demo(demo::DemoArgs),
    /// Record an operator in any language: run it behind a proxy to the current cluster
    Record(record::RecordArgs),
    /// Run a program that ends when its recorder ends
    #[command(hide = true, name = "exec-tied")]
    ExecTied(exec_tied::ExecTiedArgs),
    /// Run the built-in API server, to try an operator without a cluster
    Cluster(cluster::ClusterArgs),
    /// Serve the recorded cluster at a moment to kubectl and other clients
    Serve(serve::ServeArgs),
    /// Run a changed operator against a recorded moment, and compare what it does
    Rerun(rerun::RerunArgs),
    /// List the sessions of a recording
    Sessions(sessions::SessionsArgs),
    /// Print the operations of a session, or step through them with -i
    Replay(replay::ReplayArgs),
    /// Print the operations of a session, filtered
    Timeline(timeline::TimelineArgs),
    /// Print the log of the recorded program
    Logs(logs::LogsArgs),
    /// Print one operation with its request and response
    Operation(operation::OperationArgs),
    /// Print the objects at a moment as a tree of owners
    Tree(tree::TreeArgs),
    /// Print the activity of each actor over time
    Lanes(lanes::LanesArgs),
    /// Print an object at a moment
    Show(show::ShowArgs),
    /// Print the changes of an object between two moments
    Diff(diff::DiffArgs),
    /// Compare two sessions: their writes, their final worlds and their findings
    Compare(compare::CompareArgs),
    /// List the versions of an object with their authors and changes
    History(history::HistoryArgs),
    /// Print which write last set each field of an object
    Blame(blame::BlameArgs),
    /// Find the next (with --backward: the last) moment at which a CEL expression over an object becomes true
    Find(find::FindArgs),
    /// List what each actor had not yet observed at a moment
    Stale(stale::StaleArgs),
    /// Print the chain of causes of an operation or of a field's value
    Why(why::WhyArgs),
    /// Find loops, races, slow calls and errors
    #[command(visible_alias = "findings")]
    Analyze(analyze::AnalyzeArgs),
    /// Add, list or remove bookmarks
    Bookmark(bookmark::BookmarkArgs),
    /// Convert files of other tools to a recording: audit logs, watch events, KubeStep databases
    Import(import::ImportArgs),
    /// Copy a recording, live or left by a crash, to one whole file
    Copy(copy::CopyArgs),
    /// Pack a recording, with its findings as text, to attach it to a bug report
    Bundle(bundle::BundleArgs),
    /// Run a read-only SQL query; body(ID) returns the text of a body
    Sql(sql::SqlArgs),
    /// Check the integrity of a recording
    Verify(verify::VerifyArgs),
    /// List what a recording may still hold of secrets
    Scan(scan::ScanArgs),
    /// Print versions, readable formats, and the folders for settings, data, state and caches
    Info(info::InfoArgs),
    /// Check config.toml, keys.toml and the themes
    Config(config::ConfigArgs),
    /// Print the completion script for a shell
    Completions(completions::CompletionsArgs),
    /// Print a man page, or write all man pages to a folder
    Man(man::ManArgs),
    /// Complete a line of the plugin for kubectl
    #[command(hide = true, name = "complete-plugin")]
    CompletePlugin(complete_plugin::CompletePluginArgs),
    /// Print the krew manifest of the plugin
    #[command(hide = true)]
    Krew(krew::KrewArgs),
}

/// Runs the command that the user typed. `command_tree` builds the table of commands for man pages and completion.
pub fn run(cli: Cli, invocation: Invocation, command_tree: fn(Invocation) -> clap::Command) -> Result<Exit> {
    match cli.command {
        None if cli.open.names_nothing() => recordings::run(command_tree(invocation)),
        None => open::run(&cli.open),
        Some(Command::Open(args)) => open::run(&args),
        Some(Command::Tail(args)) => tail::run(args),
        Some(Command::Demo(args)) => demo::run(&args),
        Some(Command::Record(args)) => record::run(&args),
        Some(Command::ExecTied(args)) => exec_tied::run(&args),
        Some(Command::Cluster(args)) => cluster::run(&args),
        Some(Command::Serve(args)) => serve::run(&args),
        Some(Command::Rerun(args)) => rerun::run(&args),
        Some(Command::Sessions(args)) => sessions::run(&args),
        Some(Command::Replay(args)) => replay::run(&args),
        Some(Command::Timeline(args)) => timeline::run(&args),
        Some(Command::Logs(args)) => logs::run(&args),
        Some(Command::Operation(args)) => operation::run(&args),
        Some(Command::Tree(args)) => tree::run(&args),
        Some(Command::Lanes(args)) => lanes::run(&args),
        Some(Command::Show(args)) => show::run(&args),
        Some(Command::Diff(args)) => diff::run(&args),
        Some(Command::Compare(args)) => compare::run(&args),
        Some(Command::History(args)) => history::run(&args),
        Some(Command::Blame(args)) => blame::run(&args),
        Some(Command::Find(args)) => find::run(&args),
        Some(Command::Stale(args)) => stale::run(&args),
        Some(Command::Why(args)) => why::run(&args),
        Some(Command::Analyze(args)) => analyze::run(&args),
        Some(Command::Bookmark(args)) => bookmark::run(&args),
        Some(Command::Import(args)) => import::run(&args),
        Some(Command::Sql(args)) => sql::run(&args),
        Some(Command::Copy(args)) => copy::run(&args),
        Some(Command::Bundle(args)) => bundle::run(&args),
        Some(Command::Verify(args)) => verify::run(&args),
        Some(Command::Scan(args)) => scan::run(&args),
        Some(Command::Info(args)) => info::run(&args),
        Some(Command::Config(args)) => config::run(args),
        Some(Command::Completions(args)) => completions::run(&args, invocation),
        Some(Command::Man(args)) => man::run(&args, command_tree(Invocation::Program)),
        Some(Command::CompletePlugin(args)) => complete_plugin::run(args, command_tree(Invocation::Plugin)),
        Some(Command::Krew(args)) => krew::run(&args),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{Cli, Command};

    #[test]
    fn a_file_alone_is_opened() {
        let cli = Cli::parse_from(["kuberewind", "run.db#stuck-rollout"]);
        assert!(cli.command.is_none());
        assert_eq!(cli.open.recording.file.as_deref(), Some("run.db#stuck-rollout"));
        assert!(matches!(Cli::parse_from(["kuberewind", "sessions", "run.db"]).command, Some(Command::Sessions(_))));
    }
}
