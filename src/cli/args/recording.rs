//! The arguments of what makes recordings, and of the API server to make them against.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

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
    /// The actor of all calls; by default user agents, the processes that connect and field managers tell.
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
