//! Runs the program against the world of the moment, and records it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use tokio::sync::mpsc;
use tower::ServiceBuilder;

use super::super::record::private_folder;
use super::args::RerunArgs;
use super::prepared::Prepared;
use crate::cli::kubeconfig_file::KubeconfigFile;
use crate::cli::{output, random, server, signals};
use kuberewind_capture::Limits;
use kuberewind_cluster::Fidelity;
use kuberewind_cluster::controllers::Controllers;
use kuberewind_cluster::http::{Exposure, kubeconfig, serve_with};
use kuberewind_file::Branch;
use kuberewind_model::{Clock, Error, ErrorKind, Result, SystemClock};
use kuberewind_proxy::child::signals::{SignalAction, SignalOrigin, Signals};
use kuberewind_proxy::console::LogTriggers;
use kuberewind_proxy::keeping::Decision;
use kuberewind_proxy::kubeconfig::KubeconfigSource;
use kuberewind_proxy::notices::Notices;
use kuberewind_proxy::recording::{NewRecording, OptionValues, RecordingFiles, RecordingOptions};
use kuberewind_proxy::{Outcome, RecordOptions};
use kuberewind_recorder::Recorder;
use kuberewind_rerun::{Ending, Plan, Replay, Stage, StartWorld, Summary};
use rustix::process::Signal;

/// How long the program may take to end after SIGTERM.
const PATIENCE: Duration = Duration::from_secs(5);

/// A rerun that has ended.
pub struct Finished {
    pub ending: Ending,
    pub summary: Summary,
    pub seconds: f64,
    pub interrupted: bool,
}

/// Runs the program until the rerun settles.
pub fn run(args: &RerunArgs, prepared: &Prepared, world: StartWorld, plan: &Plan) -> Result<Finished> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let seed = u64::try_from(random::id()? & u128::from(u64::MAX)).unwrap_or_default();
    // The server of the demo stores objects as they are sent.
    let is_demo = prepared.parent.cluster == kuberewind_demo::CLUSTER;
    let fidelity = if is_demo { Fidelity::AsSent } else { Fidelity::Real };
    let (stage, remarks) = Stage::new(world, clock.clone(), seed, fidelity);
    for remark in remarks {
        output::note(&remark);
    }
    let runtime = server::runtime()?;
    // On this thread: the kernel ties the child to the thread that starts it.
    let finished = runtime.block_on(Run { args, prepared, plan, clock }.run(stage));
    runtime.shutdown_background();
    finished
}

struct Run<'a> {
    args: &'a RerunArgs,
    prepared: &'a Prepared,
    plan: &'a Plan,
    clock: Arc<dyn Clock>,
}

impl Run<'_> {
    async fn run(&self, mut stage: Stage) -> Result<Finished> {
        let (listener, address) = server::bind(([127, 0, 0, 1], 0).into()).await?;
        let options = server::secured(address, Exposure::Loopback)?;
        let file = KubeconfigFile::write(None, false, &kubeconfig(address, &options))?;
        let serving = tokio::spawn(serve_with(listener, stage.service(), options, std::future::pending()));
        let controllers = self.args.controllers.then(|| tokio::spawn(Controllers::new(stage.cluster()).run()));
        let proxy = kuberewind_proxy::prepare(self.record_options(file.path())?).await?;
        let recorder = self.recorder(&proxy)?;
        let (stop, signals) = Signals::manual();
        let start = self.clock.now();
        let mut replay = Replay::start(self.plan, self.args.others(), self.args.controllers, self.args.timing(), start);
        let client = {
            let (recorder, cluster) = (&recorder, stage.cluster().clone());
            move |actor: &str| {
                let actor = if actor.is_empty() { "unknown" } else { actor };
                Client::new(ServiceBuilder::new().layer(recorder.layer_of(actor)).service(cluster.service()), "default")
            }
        };
        let interrupted = signals::interrupted();
        let running = proxy.run(recorder.port(), signals, Notices::on_stderr());
        tokio::pin!(running);
        let source = self.prepared.recording.source();
        let driven = tokio::select! {
            biased;
            ended = &mut running => Err(ended_early(ended)),
            () = interrupted => Ok(None),
            ending = stage.drive(source, self.plan, &mut replay, &client) => ending.map(Some),
        };
        let seconds = std::time::Duration::from_nanos(self.clock.now().since(start).0).as_secs_f64();
        let driven = match driven {
            Ok(ending) => {
                let ended = stopped(&stop, running.as_mut()).await;
                ended.map(|_| ending)
            }
            Err(error) => Err(error),
        };
        for sentence in stage.redacted_reads().iter().chain(&stage.refused) {
            output::note(sentence);
        }
        for task in [Some(serving.abort_handle()), controllers.map(|task| task.abort_handle())].into_iter().flatten() {
            task.abort();
        }
        drop(client);
        let written = recorder.finish().await;
        let ending = driven?;
        written?;
        if ending == Some(Ending::NoCall) {
            return Err(Error::new(ErrorKind::Invalid, "the program made no call within 10 s")
                .hint("it ignores KUBECONFIG or talks to another cluster; many programs take --kubeconfig \"$KUBECONFIG\""));
        }
        Ok(Finished {
            ending: ending.unwrap_or(Ending::Limit),
            summary: replay.summary(),
            seconds,
            interrupted: ending.is_none(),
        })
    }

    fn record_options(&self, kubeconfig: &Path) -> Result<RecordOptions> {
        let launcher = std::env::current_exe()
            .map_err(|error| Error::new(ErrorKind::Io, "cannot find the file of this program").because(error))?;
        Ok(RecordOptions {
            kubeconfig: KubeconfigSource { file: Some(kubeconfig.to_owned()), context: None },
            actor: Some(self.prepared.replaced.actor().to_owned()),
            command: self.args.command.clone(),
            search_path: std::env::var_os("PATH"),
            launcher: Some(launcher),
            private_folder: private_folder(),
            body_limit: Limits::default().object,
            log_triggers: LogTriggers { start: None, save: None, decision: Arc::new(Decision::telling(|_| {})) },
            stdout_on_stderr: true,
            ..RecordOptions::default()
        })
    }

    /// Begins the new session.
    fn recorder(&self, proxy: &kuberewind_proxy::Prepared) -> Result<Recorder> {
        let options = RecordingOptions::parse(&OptionValues { runs_program: true, ..OptionValues::default() })?;
        let process = proxy.process();
        let new = NewRecording {
            output: &self.prepared.file,
            session_id: &self.prepared.session,
            cluster: &self.prepared.parent.cluster,
            program: &process,
            start: self.clock.now(),
            new_id: random::id,
            notify: output::note,
            branch: Some(Branch { parent: self.prepared.parent.no, at: self.prepared.at }),
        };
        let files = RecordingFiles::begin(new, &options, &Arc::new(Decision::telling(|_| {})))?;
        let mut builder = Recorder::to_sink(files.sink).process(&*process).clock(self.clock.clone()).redact_looks(options.looks);
        for secret in proxy.secrets() {
            builder = builder.secret(secret);
        }
        builder.on_problem(output::note).start()
    }
}

/// Ends the program.
async fn stopped(
    stop: &mpsc::Sender<SignalAction>,
    mut running: std::pin::Pin<&mut impl Future<Output = Result<Outcome>>>,
) -> Result<Outcome> {
    for signal in [Signal::TERM, Signal::KILL] {
        // The receiver is gone only after the program has ended.
        stop.send(SignalAction::PassOn(signal, SignalOrigin::Process)).await.ok();
        if let Ok(ended) = tokio::time::timeout(PATIENCE, running.as_mut()).await {
            return ended;
        }
    }
    running.await
}

fn ended_early(ended: Result<Outcome>) -> Error {
    match ended {
        Ok(outcome) => {
            Error::new(ErrorKind::Invalid, format!("the program ended with code {} before the rerun had settled", outcome.code))
                .hint("an operator runs until it gets SIGTERM; its log is above, and in the new session")
        }
        Err(error) => error,
    }
}
