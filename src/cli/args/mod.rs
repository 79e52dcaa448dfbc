//! The command line as one clap tree: parser, help, completions and man page come from it.

mod asking;
mod importing;
mod installing;
mod reading;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::engine::ArgValueCompleter;

use super::complete;

use crate::text::nearest;
use crate::tui::view::{Pane, VIEWS};

pub use asking::{
    AnalysisFormat, AnalyzeArgs, AnalyzeOther, AtArgs, BlameArgs, CausalityArgs, FindArgs, GraphFormat, StaleArgs, WhyArgs,
};

pub use importing::ImportArgs;
pub use installing::{CompletePluginArgs, CompletionsArgs, KrewArgs, ManArgs, Shell};
pub use reading::{LanesArgs, LogsArgs, OperationArgs, PartArgs, TimelineArgs, TreeArgs};

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

/// What to do with the settings.
#[derive(Debug, Clone, Copy, Args)]
pub struct ConfigArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: ConfigAction,
}

/// What to do with the settings.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigAction {
    /// Read every file of them; exit 1 where one cannot be used, with its line and what is wrong there.
    Check,
}

/// Text for people or JSON for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs; the keys are stable.
    Json,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorWhen {
    /// As the terminal and `NO_COLOR`, `CLICOLOR_FORCE`, `CLICOLOR` say.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Which format.
#[derive(Debug, Clone, Copy, Args)]
pub struct FormatArgs {
    /// Text for people or JSON for programs.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Which recording, and which session of it.
#[derive(Debug, Clone, Args)]
pub struct RecordingArgs {
    /// The recording; a name that is no file is a session of the database.
    #[arg(value_name = "FILE", add = ArgValueCompleter::new(complete::recordings))]
    pub file: Option<String>,
    /// The recording, where FILE is a session's name or not given.
    #[arg(short = 'd', long, env = "REPLAY_DB_PATH", value_name = "FILE")]
    pub database: Option<PathBuf>,
    /// The session.
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(complete::sessions))]
    pub session: Option<String>,
}

/// Which recording, for commands whose argument is something else.
#[derive(Debug, Clone, Args)]
pub struct DatabaseArgs {
    /// The recording.
    #[arg(short = 'd', long, env = "REPLAY_DB_PATH", value_name = "FILE")]
    pub database: Option<PathBuf>,
    /// The session.
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(complete::sessions))]
    pub session: Option<String>,
}

/// An object as kubectl names it, and where to look.
#[derive(Debug, Clone, Args)]
pub struct ObjectArgs {
    /// `deploy/checkout`, `Deployment/shop/checkout`, or `deploy checkout`.
    #[arg(value_name = "OBJECT", required = true, num_args = 1..=2, add = ArgValueCompleter::new(complete::objects))]
    pub object: Vec<String>,
    /// Its namespace.
    #[arg(short = 'n', long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// The recording.
    #[arg(short = 'd', long, env = "REPLAY_DB_PATH", value_name = "FILE")]
    pub database: Option<PathBuf>,
    /// The session.
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(complete::sessions))]
    pub session: Option<String>,
}

/// How to open.
#[derive(Debug, Args)]
pub struct OpenArgs {
    /// Which recording.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// Where to begin.
    #[arg(long, value_name = "MOMENT", add = ArgValueCompleter::new(complete::moments))]
    pub at: Option<String>,
    /// Show only what passes: kind=deploy and (verb==patch or code>=400). The language of the debugger's `f`.
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<String>,
    /// Follow the session as it grows.
    #[arg(long)]
    pub follow: bool,
    /// The view that has the focus: timeline, diff, state, why, …
    #[arg(long, value_name = "VIEW", value_parser = pane)]
    pub pane: Option<Pane>,
    /// The recording that it must be: the beginning of its id, as copied links have it.
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// A theme by name, `auto`, or a path to one.
    #[arg(long, value_name = "THEME")]
    pub theme: Option<String>,
    /// A preset of keys: default, vim, k9s or perfetto.
    #[arg(long, value_name = "PRESET")]
    pub keys: Option<String>,
    /// When to use colours; by default as config.toml, NO_COLOR, CLICOLOR_FORCE and CLICOLOR say.
    #[arg(long, value_enum)]
    pub color: Option<ColorWhen>,
    /// Carry out a script before the first frame: ':goto 412; :filter kind=deploy; keys ] l'; @FILE reads it from a file.
    #[arg(long, value_name = "SCRIPT")]
    pub exec: Option<String>,
    /// No screen: commands are read from standard input, a line each, and answered in words.
    #[arg(long)]
    pub plain: bool,
    /// Draw with ASCII only.
    #[arg(long)]
    pub ascii: bool,
    /// Leave the mouse to the terminal.
    #[arg(long)]
    pub no_mouse: bool,
    /// Open at the end, not where the recording was left last time.
    #[arg(long)]
    pub no_restore: bool,
}

/// A view by its name.
fn pane(word: &str) -> Result<Pane, String> {
    let words = || VIEWS.iter().map(|view| view.word);
    Pane::named(word).ok_or_else(|| match nearest(word, words()) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("the views are {}", words().collect::<Vec<_>>().join(", ")),
    })
}

/// What to record.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Which scenario; see --list.
    #[arg(value_name = "SCENARIO")]
    pub scenario: Option<String>,
    /// Where to write the recording.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Record only, open nothing.
    #[arg(long)]
    pub no_open: bool,
    /// Run at real pace until ctrl-c, as something to tail.
    #[arg(long)]
    pub live: bool,
    /// List the scenarios.
    #[arg(long)]
    pub list: bool,
}

/// What to record, and where to.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit code: the program's own (128 + the signal that ended it); 125 for a failure of the recorder, 126 where the program cannot be executed, 127 where there is none. SIGUSR1 switches recording on, SIGUSR2 off. Programs that find their cluster by KUBERNETES_SERVICE_HOST only, without looking at KUBECONFIG, have to be told of it by their own flag (--kubeconfig)."
)]
pub struct RecordArgs {
    /// Where the recording goes: a new session in it, if it is there already.
    #[arg(short, long, value_name = "FILE", default_value = "recordings.db", env = "REPLAY_DB_PATH")]
    pub output: PathBuf,
    /// The session's name; by default the program's and the time.
    #[arg(long, value_name = "NAME")]
    pub session: Option<String>,
    /// The actor of all calls; by default user agents and field managers tell.
    #[arg(long, value_name = "NAME")]
    pub actor: Option<String>,
    /// The context of the kubeconfig.
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// The kubeconfig; by default $KUBECONFIG, ~/.kube/config, or the pod's own service account.
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Where the proxy listens; by default any free port of 127.0.0.1.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Allow an address that other machines can reach: whoever has the token then acts with your rights on the cluster.
    #[arg(long)]
    pub allow_remote: bool,
    /// Speak plain HTTP with the program instead of TLS. Go clients send no token over it, and are refused.
    #[arg(long)]
    pub plain: bool,
    /// Also write the kubeconfig here (0600, removed at the end), for clients started by hand.
    #[arg(long, value_name = "FILE")]
    pub kubeconfig_out: Option<PathBuf>,
    /// Replace this field's values by a keyed hash: RESOURCE:JSON-POINTER, with * for any step. May be given several times.
    #[arg(long, value_name = "PATH")]
    pub redact: Vec<String>,
    /// Begin recording with the first line of the program like this: log:REGEX.
    #[arg(long, value_name = "log:REGEX")]
    pub start_on: Option<String>,
    /// Keep only the newest: 1h, 2GiB or 500000 operations, or several with commas between them.
    #[arg(long, value_name = "LIMIT")]
    pub keep: Option<String>,
    /// Keep the recording only if a call failed (error), the program failed (exit), a loop was found (loop), or it printed a line like
    /// this (log:REGEX). From then on --keep drops nothing more.
    #[arg(long, value_name = "WHEN")]
    pub save_on: Option<String>,
    /// A new file for each such time, 24h for example: FILE with the time of its beginning in its name, run-20261127T081500Z.db.
    #[arg(long, value_name = "TIME", conflicts_with = "save_on")]
    pub rotate: Option<String>,
    /// At most so many operations in a session; what comes after is counted. With --keep, at most so many are kept. [default: 1000000]
    #[arg(long, value_name = "COUNT", env = "REPLAY_MAX_OPS")]
    pub max_operations: Option<u64>,
    /// The program and its arguments; without one, the proxy alone until ctrl-c.
    #[arg(last = true, value_name = "CMD")]
    pub command: Vec<std::ffi::OsString>,
}

/// What to become.
#[derive(Debug, Args)]
pub struct ExecTiedArgs {
    /// The recorder's process.
    pub recorder: u32,
    /// The program and its arguments.
    #[arg(last = true, required = true)]
    pub command: Vec<std::ffi::OsString>,
}

/// Where the API server listens.
#[derive(Debug, Args)]
pub struct ClusterArgs {
    /// Where to listen; port 0 takes any free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Listen beyond this machine: everybody who can reach the address and reads the kubeconfig has the whole API.
    #[arg(long)]
    pub allow_remote: bool,
    /// Where to write the kubeconfig, with mode 0600. It holds the token that the server asks for.
    #[arg(long, value_name = "FILE")]
    pub kubeconfig_out: Option<PathBuf>,
    /// Manifests to begin with.
    #[arg(long, value_name = "FILE|DIR")]
    pub apply: Vec<PathBuf>,
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

/// What to do with bookmarks.
#[derive(Debug, Args)]
pub struct BookmarkArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: BookmarkAction,
}

/// What to do with bookmarks.
#[derive(Debug, Subcommand)]
pub enum BookmarkAction {
    /// Set one.
    Add {
        /// Its name.
        name: String,
        /// Which recording.
        #[command(flatten)]
        recording: RecordingArgs,
        /// Where.
        #[arg(long, value_name = "MOMENT", default_value = "end")]
        at: String,
        /// What to say about it.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// List them.
    List {
        /// Which recording.
        #[command(flatten)]
        recording: RecordingArgs,
        /// Which format.
        #[command(flatten)]
        format: FormatArgs,
    },
    /// Remove one.
    Remove {
        /// Its name.
        name: String,
        /// Which recording.
        #[command(flatten)]
        recording: RecordingArgs,
    },
}

/// What to ask.
#[derive(Debug, Args)]
pub struct SqlArgs {
    /// The recording, then the query; the query alone with -d.
    #[arg(value_name = "[FILE] QUERY", required = true, num_args = 1..=2)]
    pub words: Vec<String>,
    /// The recording.
    #[arg(short = 'd', long, env = "REPLAY_DB_PATH", value_name = "FILE")]
    pub database: Option<PathBuf>,
    /// Give up after this many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub timeout: u64,
    /// Which format.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// What to check.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Which recording.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// Also hold it to what KubeStep accepts.
    #[arg(long)]
    pub strict: bool,
    /// Which format.
    #[command(flatten)]
    pub format: FormatArgs,
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
