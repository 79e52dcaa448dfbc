//! `kuberewind record`: runs the proxy and the child, from the kubeconfig to the exit code.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::actors::ActorNaming;
use super::child::output::{DRAIN_TIMEOUT, LineSplitter, forward};
use super::child::process::{ChildProcess, exit_code};
use super::child::program;
use super::child::signals::{SignalAction, Signals};
use super::client_programs::{ClientPrograms, RecordedProgram};
use super::console::{Console, LogTriggers};
use super::credentials;
use super::gateway::counters::Counters;
use super::gateway::discover::discover;
use super::gateway::recorded_call::RequestRecorder;
use super::gateway::server;
use super::gateway::shared::Shared;
use super::gateway::token::Token;
use super::gateway::upstream::Upstream;
use super::kubeconfig::{self, KubeconfigSource, PrivateKubeconfig, ProxyKubeconfig};
use super::notices::Notices;
use kuberewind_capture::{Message, Port};
use kuberewind_cluster::http::Certificate;
use kuberewind_model::{Error, ErrorKind, LogStream, Result};

/// The options of a recording.
#[derive(Debug, Default)]
pub struct RecordOptions {
    /// The cluster and the user.
    pub kubeconfig: KubeconfigSource,
    /// The address to listen on; `None` for a free port on loopback.
    pub listen: Option<SocketAddr>,
    /// Permits an address other than loopback.
    pub allow_remote: bool,
    /// Asks the API server for its kinds at the start.
    pub discover: bool,
    /// Serves plain HTTP instead of TLS. Go clients send no token over plain HTTP.
    pub plain: bool,
    /// The actor of all calls; `None` to name them by user agent, program or field manager.
    pub actor: Option<String>,
    /// The program and its arguments; empty to run only the proxy.
    pub command: Vec<OsString>,
    /// `$PATH`, to find the program.
    pub search_path: Option<OsString>,
    /// This executable, which ties the child's life to ours (see [`super::child::tie`]); `None` for an untied child.
    pub launcher: Option<PathBuf>,
    /// A second path for the kubeconfig, for clients that are started by hand.
    pub kubeconfig_out: Option<PathBuf>,
    /// The parent folder of the child's kubeconfig.
    pub private_folder: PathBuf,
    /// Recorded bytes per request body.
    pub body_limit: usize,
    /// Lines of the log that start or keep the recording.
    pub log_triggers: LogTriggers,
    /// Prints the child's stdout on stderr, for a command whose own stdout is an answer.
    pub stdout_on_stderr: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The child's exit code; 0 without a child.
    pub code: u8,
}

/// A recording that is ready to start: the program was found, the kubeconfig read and the port bound, so that nothing of this
/// can fail later.
pub struct Prepared {
    options: RecordOptions,
    upstream: Upstream,
    token: Token,
    credentials: Vec<String>,
    namespace: String,
    listener: TcpListener,
    address: SocketAddr,
    program: Option<PathBuf>,
}

/// Prepares a recording.
///
/// # Errors
/// The program, the kubeconfig, the API server's address or the listen address cannot be used.
pub async fn prepare(options: RecordOptions) -> Result<Prepared> {
    let program = match options.command.first() {
        Some(name) => Some(program::find(name, options.search_path.as_deref())?),
        None => None,
    };
    let listen = options.listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    if !listen.ip().is_loopback() && !options.allow_remote {
        return Err(Error::new(ErrorKind::Invalid, format!("other machines can reach {listen}"))
            .hint("anyone with the proxy's token gets your rights on the cluster. Pass --allow-remote to permit it."));
    }
    let config = kubeconfig::read(&options.kubeconfig).await?;
    let namespace = config.default_namespace.clone();
    let credentials = credentials::of_config(&config);
    let token = Token::generate()?;
    // This may run an exec plugin, which may block.
    let upstream = tokio::task::spawn_blocking(move || Upstream::new(&config))
        .await
        .map_err(|error| Error::new(ErrorKind::Io, "cannot prepare the connection to the API server").because(error))??;
    raise_file_limit();
    let (listener, address) = server::bind(listen).await?;
    Ok(Prepared { options, upstream, token, credentials, namespace, listener, address, program })
}

/// Raises the soft limit of open files to the hard one, as Go programs do: each connection of a client needs two.
fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    // With the lower limit, fewer connections are open at the same time.
    setrlimit(Resource::Nofile, raised).ok();
}

impl Prepared {
    /// The API server's address.
    #[must_use]
    pub fn cluster(&self) -> &str {
        self.upstream.address()
    }

    /// Values that must not appear in the recording: the proxy's token and the user's credentials.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.token.text()).chain(self.credentials.iter().map(String::as_str))
    }

    /// The proxy's address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The child's name as an actor: `--actor`, else the program's name.
    #[must_use]
    pub fn process(&self) -> Arc<str> {
        let named = self.program.as_ref().and_then(|program| program.file_name()).map(|name| name.to_string_lossy().into_owned());
        self.options.actor.clone().or(named).unwrap_or_else(|| "client".to_owned()).into()
    }

    /// Records until the child has ended or, without a child, until a signal.
    ///
    /// # Errors
    /// The recorder failed. A failure of the child is in the [`Outcome`].
    pub async fn run(mut self, port: Arc<dyn Port>, mut signals: Signals, notices: Notices) -> Result<Outcome> {
        let process = self.process();
        let notices = notices.recorded_by(port.clone());
        let certificate = if self.options.plain { None } else { Some(Certificate::for_address(self.address.ip())?) };
        let contents = ProxyKubeconfig {
            address: self.address,
            token: self.token.text(),
            certificate: certificate.as_ref().map(Certificate::pem),
            namespace: &self.namespace,
        };
        let private = PrivateKubeconfig::write(&self.options.private_folder, &contents)?;
        let public = self.options.kubeconfig_out.as_ref();
        let exported = public.map(|file| kubeconfig::ExportedKubeconfig::write(file, &contents)).transpose()?;
        warn_if_reachable(self.address, &self.upstream, &notices);
        let naming = ActorNaming {
            from_flag: self.options.actor.as_deref().map(Into::into),
            child: self.program.is_some().then(|| process.clone()),
        };
        // The child's first calls wait in the listener's backlog until they are served.
        let child = self.start(private.path())?;
        let program = child
            .as_ref()
            .and_then(|(child, file)| Some(RecordedProgram { process: child.id()?, name: process.clone(), file: file.clone() }));
        let shared = Arc::new(Shared {
            upstream: self.upstream,
            token: self.token,
            recorder: Arc::new(RequestRecorder::new(port.clone(), self.options.body_limit)),
            // With `--actor`, the program's name is not needed.
            programs: ClientPrograms::new(program.filter(|_| naming.from_flag.is_none())),
            naming,
            counters: Counters::default(),
            notices,
        });
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(server::serve(
            self.listener,
            shared.clone(),
            certificate.map(|certificate| certificate.acceptor().clone()),
            stopped,
        ));
        start_discovery(self.options.discover, &shared, &process);
        let stdout_on_stderr = self.options.stdout_on_stderr;
        let console = Arc::new(Console::new(port.clone(), process, self.options.log_triggers));
        let code = match child {
            Some((child, _)) => with_child(child, &console, &port, &mut signals, &shared.notices, stdout_on_stderr).await,
            None => {
                shared.notices.print(&format!(
                    "recording the calls to {}; KUBECONFIG={}; stop with ctrl-c",
                    self.address,
                    private.path().display()
                ));
                wait_for_signal(&port, &mut signals).await;
                Ok(0)
            }
        };
        console.end();
        stop.send_replace(true);
        drop(tokio::time::timeout(Duration::from_secs(2), serving).await);
        report(&shared);
        drop((private, exported));
        Ok(Outcome { code: code? })
    }

    /// Starts the program, if there is one, and returns its file as well.
    fn start(&mut self, kubeconfig: &Path) -> Result<Option<(ChildProcess, PathBuf)>> {
        let Some(found) = self.program.take() else { return Ok(None) };
        // The absolute path, so that the tied start does not search again.
        if let Some(first) = self.options.command.first_mut() {
            *first = found.clone().into_os_string();
        }
        let child = ChildProcess::start(&self.options.command, kubeconfig, self.options.launcher.as_deref())?;
        Ok(Some((child, found)))
    }
}

/// Asks the API server for its kinds in the background, if that is wanted.
fn start_discovery(wanted: bool, shared: &Arc<Shared>, process: &Arc<str>) {
    if wanted {
        tokio::spawn(discover(shared.clone(), process.clone()));
    }
}

/// Warns if other machines can reach the proxy.
fn warn_if_reachable(address: SocketAddr, upstream: &Upstream, notices: &Notices) {
    if !address.ip().is_loopback() {
        let rights = format!("anyone with the proxy's token gets your rights on {}", upstream.address());
        notices.print(&format!("other machines can reach {address}: {rights}"));
    }
}

fn report(shared: &Shared) {
    let unauthorized = Counters::get(&shared.counters.unauthorized);
    if unauthorized > 0 {
        shared.notices.print(&format!("refused requests without the proxy's token: {unauthorized}"));
    }
    let unanswered = Counters::get(&shared.counters.unanswered);
    if unanswered > 0 {
        shared.notices.print(&format!("calls without a response from {}: {unanswered}", shared.upstream.address()));
    }
    let overhead = Counters::get(&shared.counters.overhead);
    if overhead > 0 {
        shared.notices.record(&format!("discovery, OpenAPI, health and metrics calls, not recorded: {overhead}"));
    }
}

/// Waits until a signal ends the recording.
async fn wait_for_signal(port: &Arc<dyn Port>, signals: &mut Signals) {
    loop {
        match signals.next().await {
            SignalAction::PassOn(..) => return,
            action => switch(port, action),
        }
    }
}

fn switch(port: &Arc<dyn Port>, action: SignalAction) {
    match action {
        SignalAction::Enable => port.switch(true),
        SignalAction::Disable => port.switch(false),
        SignalAction::PassOn(..) => {}
    }
}

async fn with_child(
    mut child: ChildProcess,
    console: &Arc<Console>,
    port: &Arc<dyn Port>,
    signals: &mut Signals,
    notices: &Notices,
    stdout_on_stderr: bool,
) -> Result<u8> {
    let (stdout, stderr) = child.take_output();
    let out = stdout.map(|from| {
        let (console, port) = (console.clone(), port.clone());
        if stdout_on_stderr {
            forward_output(from, tokio::io::stderr(), LogStream::Stdout, console, port)
        } else {
            forward_output(from, tokio::io::stdout(), LogStream::Stdout, console, port)
        }
    });
    let err = stderr.map(|from| forward_output(from, tokio::io::stderr(), LogStream::Stderr, console.clone(), port.clone()));
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            action = signals.next() => match action {
                SignalAction::PassOn(signal, origin) => {
                    if ends(signal) {
                        port.send_always(Message::Stopping);
                    }
                    if let Err(error) = child.pass_on(signal, origin) {
                        notices.print_once("signal", &error.chain());
                    }
                }
                action => switch(port, action),
            },
        }
    };
    for mut task in [out, err].into_iter().flatten() {
        // A grandchild may keep the pipe open forever; its later output is not recorded.
        if tokio::time::timeout(DRAIN_TIMEOUT, &mut task).await.is_err() {
            task.abort();
        }
    }
    port.send_always(Message::Stopping);
    notices.record(&format!("the program ended: {status}"));
    Ok(exit_code(status))
}

/// True for the signals that ask a program to end.
fn ends(signal: Signal) -> bool {
    matches!(signal, Signal::TERM | Signal::INT | Signal::QUIT)
}

fn forward_output<R, W>(from: R, to: W, stream: LogStream, console: Arc<Console>, port: Arc<dyn Port>) -> JoinHandle<()>
where
    R: tokio::io::AsyncRead + Unpin + Send + 'static,
    W: tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    tokio::spawn(async move { forward(from, to, LineSplitter::new(stream), || port.now(), |lines| console.push(lines)).await })
}
