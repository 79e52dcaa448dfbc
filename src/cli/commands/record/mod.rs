//! `kuberewind record`

mod wishes;
mod written;

use std::path::PathBuf;
use std::sync::Arc;

use crate::cli::args::RecordArgs;
use crate::cli::{Exit, output};
use crate::proxy::child::signals::Signals;
use crate::proxy::console::LogTriggers;
use crate::proxy::kubeconfig::KubeconfigSource;
use crate::proxy::notices::Notices;
use crate::proxy::{self, Prepared, RecordOptions};
use kuberewind_capture::Limits;
use kuberewind_model::{Error, ErrorKind, Result, SystemClock};
use kuberewind_recorder::Recorder;
use wishes::Wishes;
use written::Written;

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
    let wishes = Wishes::read(args).map_err(own)?;
    let options = options(args, &wishes).map_err(own)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| own(Error::new(ErrorKind::Io, "the recorder's runtime could not be started").because(error)))?;
    // On this thread: the child is tied to the thread that starts it.
    let code = runtime.block_on(async {
        let prepared = proxy::prepare(options).await.map_err(|error| (code_of(&error, args), error))?;
        recorded(args, prepared, wishes).await.map_err(own)
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

fn options(args: &RecordArgs, wishes: &Wishes) -> Result<RecordOptions> {
    let launcher = std::env::current_exe()
        .map_err(|error| Error::new(ErrorKind::Io, "cannot find this program's own file").because(error))?;
    Ok(RecordOptions {
        kubeconfig: KubeconfigSource { file: args.kubeconfig.clone(), context: args.context.clone() },
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
        log_triggers: LogTriggers { start: wishes.start.clone(), save: wishes.words(), decision: wishes.decision.clone() },
    })
}

/// The user's own folder of this boot where there is one; else that of temporary files.
fn private_folder() -> PathBuf {
    let own = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_absolute() && folder.is_dir());
    own.unwrap_or_else(std::env::temp_dir)
}

async fn recorded(args: &RecordArgs, prepared: Prepared, wishes: Wishes) -> Result<u8> {
    let clock = Arc::new(SystemClock::start());
    let Written { sink, file, loops } = Written::begin(args, &wishes, &prepared, &*clock)?;
    let mut builder = Recorder::to_sink(sink).process(&*prepared.process()).clock(clock);
    for rule in wishes.rules {
        builder = builder.redact(rule);
    }
    for secret in prepared.secrets() {
        builder = builder.secret(secret);
    }
    let recorder = builder.enabled(wishes.start.is_none()).start()?;
    let ended = prepared.run(recorder.port(), Signals::install()?, Notices::on_stderr()).await;
    let written = recorder.finish().await;
    let looked = loops.map_or(Ok(()), crate::proxy::loops::LoopWatch::end);
    let code = ended?.code;
    // The program did its work, so that its exit code stands; what is missing is a gap in the recording.
    match &written {
        Ok(stats) if stats.lost > 0 => {
            output::note(&format!("not recorded for lack of room: {}; the recording shows where", stats.lost));
        }
        Ok(_) => {}
        Err(error) => output::note(&error.chain()),
    }
    wishes::settle(wishes.save_on.as_ref(), &wishes.decision, code, looked, &file)?;
    Ok(code)
}
