//! `kuberewind record`

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;

use super::record_summary;
use crate::cli::exit::Exit;
use crate::cli::{output, random};
use kuberewind_capture::Limits;
use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::{Clock, Error, ErrorKind, Result, SystemClock, Timestamp};
use kuberewind_proxy::child::program;
use kuberewind_proxy::child::signals::Signals;
use kuberewind_proxy::console::LogTriggers;
use kuberewind_proxy::keeping::Decision;
use kuberewind_proxy::kubeconfig::KubeconfigSource;
use kuberewind_proxy::loops::LoopWatch;
use kuberewind_proxy::notices::Notices;
use kuberewind_proxy::recording::{End, NewRecording, OptionValues, RecordingFiles, RecordingOptions, discard_unless_kept};
use kuberewind_proxy::{Prepared, RecordOptions};
use kuberewind_recorder::{Recorder, RecorderBuilder};
use kuberewind_report::scan::scan;
use kuberewind_text::counted;

/// The largest recording that is scanned at its end, in bytes.
const MAX_SCANNED: u64 = 64 << 20;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit code: that of the program (128 + the signal that ended it). If the recorder fails: 125. If the program cannot be executed: 126. If it does not exist: 127.\n\nSIGUSR1 turns recording on, SIGUSR2 turns it off. A program that ignores KUBECONFIG and reads KUBERNETES_SERVICE_HOST needs its own flag for the kubeconfig (--kubeconfig)."
)]
pub struct RecordArgs {
    /// Write the recording to this file. If it exists, add a session to it
    #[arg(short, long, value_name = "FILE", default_value = "recordings.db", env = "REPLAY_DB_PATH")]
    output: PathBuf,
    /// Name the session [default: program name and time]
    #[arg(long, value_name = "NAME")]
    session: Option<String>,
    /// Attribute all calls to this actor [default: from the user agent, the process or the field manager]
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Use this context of the kubeconfig [default: the current one]
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// Read this kubeconfig [default: $KUBECONFIG, ~/.kube/config, or the service account of the pod]
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Listen on this address [default: a free port of 127.0.0.1]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Allow an address that other machines can reach. Anyone with the token then acts with your rights on the cluster
    #[arg(long)]
    allow_remote: bool,
    /// Serve plain HTTP instead of TLS. Go clients send no token over HTTP and are refused
    #[arg(long)]
    plain: bool,
    /// Also write the kubeconfig to this file (mode 0600, deleted at the end), for clients that you start yourself
    #[arg(long, value_name = "FILE")]
    kubeconfig_out: Option<PathBuf>,
    /// Replace the values of this field by a keyed hash: RESOURCE:JSON-POINTER, with * for any segment. Repeat for more fields
    #[arg(long, value_name = "PATH")]
    redact: Vec<String>,
    /// Replace what looks like a secret: all, none, or several of keys,urls,pem,tokens,shapes,archives [default: all]
    #[arg(long, value_name = "GROUPS")]
    redact_looks: Option<String>,
    /// Start recording at the first log line that matches [default: at once]
    #[arg(long, value_name = "log:REGEX")]
    start_on: Option<String>,
    /// Keep only the newest: 1h, 2GiB, 500000 (operations), or several separated by commas [default: keep all]
    #[arg(long, value_name = "LIMIT")]
    keep: Option<String>,
    /// Keep the recording only after a failed call (error), a non-zero exit code (exit), a detected loop (loop), or a matching
    /// log line (log:REGEX). From then on --keep drops nothing [default: keep it always]
    #[arg(long, value_name = "WHEN")]
    save_on: Option<String>,
    /// Start a new file every DURATION, such as 24h, with its start time in the name: run-20261127T081500Z.db [default: never]
    #[arg(long, value_name = "DURATION", conflicts_with = "save_on")]
    rotate: Option<String>,
    /// Record at most COUNT operations in a session and count the rest. With --keep: keep at most COUNT [default: 1000000]
    #[arg(long, value_name = "COUNT", env = "REPLAY_MAX_OPS")]
    max_operations: Option<u64>,
    /// Program to run, with its arguments [default: none; run the proxy until ctrl-c]
    #[arg(last = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// Exits with the code of the program. If the recorder fails, prints the error and exits with 125, 126 or 127.
pub fn run(args: &RecordArgs) -> Result<Exit> {
    match record(args) {
        Ok(code) => Ok(Exit::Code(code)),
        Err((code, error)) => {
            output::note(&error.chain());
            if let Some(hint) = error.hint_text() {
                output::note(&format!("hint: {hint}"));
            }
            Ok(Exit::Code(code))
        }
    }
}

/// An error with the exit code for it.
type Failure = (u8, Error);

fn recorder_failure(error: Error) -> Failure {
    (kuberewind_proxy::OWN_FAILURE, error)
}

fn record(args: &RecordArgs) -> Result<u8, Failure> {
    let options = recording_options(args).map_err(recorder_failure)?;
    let decision = Arc::new(Decision::telling(|why| output::note(&format!("the recording will be kept: {why}"))));
    let proxy_options = proxy_options(args, &options, &decision).map_err(recorder_failure)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        recorder_failure(Error::new(ErrorKind::Io, "cannot start the runtime of the recorder").because(error))
    })?;
    // On this thread: the kernel ties the child to the thread that starts it.
    let code = runtime.block_on(async {
        let prepared = kuberewind_proxy::prepare(proxy_options).await.map_err(|error| (exit_code(&error, args), error))?;
        record_traffic(args, prepared, options, decision).await.map_err(recorder_failure)
    });
    runtime.shutdown_background();
    code
}

fn recording_options(args: &RecordArgs) -> Result<RecordingOptions> {
    RecordingOptions::parse(&OptionValues {
        keep: args.keep.as_deref(),
        rotate: args.rotate.as_deref(),
        save_on: args.save_on.as_deref(),
        start_on: args.start_on.as_deref(),
        redact: &args.redact,
        redact_looks: args.redact_looks.as_deref(),
        max_operations: args.max_operations,
        runs_program: !args.command.is_empty(),
    })
}

/// 126 and 127 concern the program only. A missing kubeconfig is a failure of the recorder.
fn exit_code(error: &Error, args: &RecordArgs) -> u8 {
    let found =
        args.command.first().map(|name| program::find(name, std::env::var_os("PATH").as_deref()).map_err(|error| error.kind()));
    match (found, error.kind()) {
        (Some(Err(ErrorKind::NotFound)), ErrorKind::NotFound) => kuberewind_proxy::NOT_FOUND,
        (Some(Err(ErrorKind::ReadOnly)), ErrorKind::ReadOnly) => kuberewind_proxy::NOT_EXECUTABLE,
        _ => kuberewind_proxy::OWN_FAILURE,
    }
}

fn proxy_options(args: &RecordArgs, options: &RecordingOptions, decision: &Arc<Decision>) -> Result<RecordOptions> {
    let launcher = std::env::current_exe()
        .map_err(|error| Error::new(ErrorKind::Io, "cannot find the file of this program").because(error))?;
    Ok(RecordOptions {
        kubeconfig: KubeconfigSource { file: args.kubeconfig.clone(), context: args.context.clone() },
        listen: args.listen,
        discover: true,
        allow_remote: args.allow_remote,
        plain: args.plain,
        actor: args.actor.clone(),
        command: args.command.clone(),
        search_path: std::env::var_os("PATH"),
        launcher: Some(launcher),
        kubeconfig_out: args.kubeconfig_out.clone(),
        private_folder: private_folder(),
        body_limit: Limits::default().object,
        log_triggers: LogTriggers { start: options.start_on.clone(), save: options.save_on_log(), decision: decision.clone() },
        stdout_on_stderr: false,
    })
}

/// Returns the user's runtime folder, else the folder for temporary files.
pub(super) fn private_folder() -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_absolute() && folder.is_dir());
    runtime.unwrap_or_else(std::env::temp_dir)
}

async fn record_traffic(args: &RecordArgs, prepared: Prepared, options: RecordingOptions, decision: Arc<Decision>) -> Result<u8> {
    let clock = Arc::new(SystemClock::start());
    let RecordingFiles { sink, file, loops } = begin(args, &prepared, &options, &decision, clock.now())?;
    let mut builder = Recorder::to_sink(sink).process(&*prepared.process()).clock(clock).redact_looks(options.looks);
    for rule in options.redact {
        builder = builder.redact(rule);
    }
    for secret in prepared.secrets() {
        builder = builder.secret(secret);
    }
    let (builder, reported) = reporting(builder);
    let recorder = builder.enabled(options.start_on.is_none()).start()?;
    let ended = prepared.run(recorder.port(), Signals::install()?, Notices::on_stderr()).await;
    let written = recorder.finish().await;
    let loops = loops.map_or(Ok(()), LoopWatch::end);
    let mut code = ended?.code;
    // The program has done its work, so its exit code stays. The recording contains a gap for the missing events.
    match &written {
        Ok(stats) if stats.lost > 0 => {
            let were = if stats.lost == 1 { "was" } else { "were" };
            output::note(&format!("{} {were} not recorded: the queue to the writer was full", counted(stats.lost, "event")));
        }
        Ok(_) => {}
        Err(error) => {
            if !reported.load(Ordering::Relaxed) {
                output::note(&error.chain());
            }
            // The file was deleted, moved or replaced: what was recorded since is nowhere.
            if code == 0 && error.kind() == ErrorKind::NotFound {
                code = kuberewind_proxy::OWN_FAILURE;
            }
        }
    }
    discard_unless_kept(End { file: &file, code, loops }, options.save_on.as_ref(), &decision)?;
    note_secrets(&file);
    record_summary::print(&file);
    Ok(code)
}

/// Prints the recorder's problems when they happen. The flag tells whether there was one.
fn reporting(builder: RecorderBuilder) -> (RecorderBuilder, Arc<AtomicBool>) {
    let reported = Arc::new(AtomicBool::new(false));
    let problem = reported.clone();
    let builder = builder.on_problem(move |text| {
        problem.store(true, Ordering::Relaxed);
        output::note(&format!("{text}; the program goes on"));
    });
    (builder, reported)
}

/// Prints how many values of the recording may be secrets. Large files are left to `kuberewind scan`.
fn note_secrets(file: &Path) {
    let small = std::fs::metadata(file).is_ok_and(|found| found.len() <= MAX_SCANNED);
    let Ok(recording) = Recording::open(file, &OpenOptions::default()) else { return };
    // A recording that cannot be read has said so when it was written.
    let Some(report) = small.then(|| scan(&recording, 0).ok()).flatten().filter(|report| report.count > 0) else { return };
    output::note(&format!(
        "{} may be secrets; list them with: kuberewind scan {}",
        counted(report.count, "value"),
        file.display()
    ));
}

fn begin(
    args: &RecordArgs,
    prepared: &Prepared,
    options: &RecordingOptions,
    decision: &Arc<Decision>,
    start: Timestamp,
) -> Result<RecordingFiles> {
    let process = prepared.process();
    let default_session = || {
        let program = program::recorded_words(&args.command).into_iter().next().unwrap_or_else(|| process.to_string());
        format!("{program}-{}", start.rfc3339(3))
    };
    let new = NewRecording {
        output: &args.output,
        session_id: &args.session.clone().unwrap_or_else(default_session),
        cluster: prepared.cluster(),
        program: if args.command.is_empty() { "" } else { &process },
        start,
        new_id: random::id,
        notify: output::note,
        branch: None,
    };
    RecordingFiles::begin(new, options, decision)
}
