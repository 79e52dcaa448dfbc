//! `kuberewind record`

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::capture::Limits;
use crate::cli::args::RecordArgs;
use crate::cli::{Exit, keep, output, random};
use crate::model::{Clock, Error, ErrorKind, Result, SystemClock};
use crate::proxy::child::program::kept_words;
use crate::proxy::child::signals::Signals;
use crate::proxy::console::Awaited;
use crate::proxy::keeping::{SaveOn, Watchful, log_words};
use crate::proxy::kubeconfig::Which;
use crate::proxy::notices::Notices;
use crate::proxy::reconciles::Reconciles;
use crate::proxy::{self, Outcome, Prepared, RecordOptions};
use crate::recorder::Recorder;
use crate::redact::PathRule;
use crate::store::{NewSession, SessionWriter};

/// Records. The exit code is the program's; where the recorder itself fails, its error is printed and the code is 125, 126 or 127.
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

type Failed = (u8, Error);

fn own(error: Error) -> Failed {
    (proxy::OWN_FAILURE, error)
}

fn record(args: &RecordArgs) -> Result<u8, Failed> {
    let save_on = args.save_on.as_deref().map(SaveOn::parse).transpose().map_err(own)?;
    let rules: Vec<PathRule> = args.redact.iter().map(|rule| PathRule::parse(rule)).collect::<Result<_>>().map_err(own)?;
    let options = options(args, save_on.as_ref()).map_err(own)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| own(Error::new(ErrorKind::Io, "the recorder's runtime could not be started").because(error)))?;
    // On this thread: the child is tied to the thread that starts it.
    let code = runtime.block_on(async {
        let prepared = proxy::prepare(options).await.map_err(|error| (code_of(&error, args), error))?;
        recorded(args, prepared, rules, save_on).await.map_err(own)
    });
    runtime.shutdown_background();
    code
}

/// 127 and 126 are of the program alone; a kubeconfig that is missing is our own failure.
fn code_of(error: &Error, args: &RecordArgs) -> u8 {
    let found = args
        .command
        .first()
        .map(|name| proxy::child::program::find(name, std::env::var_os("PATH").as_deref()).map_err(|error| error.kind()));
    match (found, error.kind()) {
        (Some(Err(ErrorKind::NotFound)), ErrorKind::NotFound) => proxy::NOT_FOUND,
        (Some(Err(ErrorKind::ReadOnly)), ErrorKind::ReadOnly) => proxy::NOT_EXECUTABLE,
        _ => proxy::OWN_FAILURE,
    }
}

fn options(args: &RecordArgs, save_on: Option<&SaveOn>) -> Result<RecordOptions> {
    let start = args.start_on.as_deref().map(log_words).transpose()?;
    let save = match save_on {
        Some(SaveOn::Log(words)) => Some(words.clone()),
        _ => None,
    };
    let launcher = std::env::current_exe()
        .map_err(|error| Error::new(ErrorKind::Io, "cannot find this program's own file").because(error))?;
    Ok(RecordOptions {
        which: Which { file: args.kubeconfig.clone(), context: args.context.clone() },
        listen: args.listen,
        allow_remote: args.allow_remote,
        plain: args.plain,
        actor: args.actor.clone(),
        command: args.command.clone(),
        search_path: std::env::var_os("PATH"),
        launcher: Some(launcher),
        kubeconfig_out: args.kubeconfig_out.clone(),
        private_folder: private_folder(),
        body_limit: Limits::default().object,
        awaited: Awaited { start, save },
    })
}

/// The user's own folder of this boot where there is one; else that of temporary files.
fn private_folder() -> PathBuf {
    let own = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_absolute() && folder.is_dir());
    own.unwrap_or_else(std::env::temp_dir)
}

async fn recorded(args: &RecordArgs, prepared: Prepared, rules: Vec<PathRule>, save_on: Option<SaveOn>) -> Result<u8> {
    let clock = Arc::new(SystemClock::start());
    let place = place(&args.output, save_on.is_some())?;
    let mut session = NewSession::new(session_name(args, &prepared, &*clock), clock.now(), random::id()?);
    session.cluster = prepared.cluster().to_owned();
    session.limits.max_operations = args.max_operations;
    if let Some(amount) = &args.keep {
        session.limits.keep = keep::parse(amount)?;
    }
    let writer = SessionWriter::begin(&place, session)?;
    let failed = Arc::new(AtomicBool::new(false));
    let sink = Reconciles::before(Watchful::before(writer, failed.clone()));
    let process = prepared.process();
    let mut builder = Recorder::to_sink(Box::new(sink)).process(&*process).clock(clock);
    for rule in rules {
        builder = builder.redact(rule);
    }
    let recorder = builder.enabled(args.start_on.is_none()).start()?;
    let ended = prepared.run(recorder.port(), Signals::of_process()?, Notices::on_stderr()).await;
    let written = recorder.finish().await;
    let outcome = ended?;
    // The program did its work, so that its exit code stands; what is missing is a gap in the recording.
    match &written {
        Ok(stats) if stats.lost > 0 => {
            output::note(&format!("not recorded for lack of room: {}; the recording shows where", stats.lost));
        }
        Ok(_) => {}
        Err(error) => output::note(&error.chain()),
    }
    keep(args, &place, save_on.as_ref(), outcome, failed.load(Ordering::Relaxed))?;
    Ok(outcome.code)
}

fn session_name(args: &RecordArgs, prepared: &Prepared, clock: &dyn Clock) -> String {
    let words = kept_words(&args.command);
    let named = words.first().cloned().unwrap_or_else(|| prepared.process().to_string());
    args.session.clone().unwrap_or_else(|| format!("{named}-{}", clock.now().rfc3339(3)))
}

/// Where it is written meanwhile: with `--save-on` beside the place where it goes, if it is kept.
fn place(output: &Path, undecided: bool) -> Result<PathBuf> {
    if !undecided {
        return Ok(output.to_owned());
    }
    let mut beside = output.as_os_str().to_owned();
    beside.push(".unsaved");
    let beside = PathBuf::from(beside);
    for taken in [output, beside.as_path()] {
        if taken.exists() {
            return Err(Error::new(ErrorKind::Invalid, format!("{} is there already", taken.display()))
                .hint("--save-on makes a new file, or none: name another with -o"));
        }
    }
    Ok(beside)
}

fn keep(args: &RecordArgs, place: &Path, save_on: Option<&SaveOn>, outcome: Outcome, failed: bool) -> Result<()> {
    let wanted = match save_on {
        None => return Ok(()),
        Some(SaveOn::Error) => failed,
        Some(SaveOn::Exit) => outcome.code != 0,
        Some(SaveOn::Log(_)) => outcome.asked_to_save,
    };
    let (done, step) = if wanted {
        (std::fs::rename(place, &args.output), "keep the recording")
    } else {
        (std::fs::remove_file(place), "remove the recording that nothing asked to keep")
    };
    done.map_err(|error| Error::new(ErrorKind::Io, format!("cannot {step}, {}", place.display())).because(error))
}
