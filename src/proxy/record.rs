//! `kuberewind record`: the proxy and the child together, from the kubeconfig to the exit code.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::actors::Naming;
use super::child::output::{AFTER_THE_END, Lines, pass};
use super::child::signals::{Asked, Signals};
use super::child::{Recorded, exit_code, program};
use super::console::{Awaited, Console};
use super::credentials;
use super::gateway::counters::Counters;
use super::gateway::exchange::Teller;
use super::gateway::forward::Shared;
use super::gateway::server;
use super::gateway::tls::Certificate;
use super::gateway::token::Token;
use super::gateway::upstream::Upstream;
use super::kubeconfig::{self, Contents, Private, Which};
use super::notices::Notices;
use super::peers::{self, Peers};
use kuberewind_capture::Port;
use kuberewind_model::{Error, ErrorKind, LogStream, Result};

/// What to record, and how.
#[derive(Debug, Default)]
pub struct RecordOptions {
    /// Which cluster, and as whom.
    pub which: Which,
    /// Where to listen; `None` for any free port of loopback.
    pub listen: Option<SocketAddr>,
    /// Whether an address beyond loopback may be listened on.
    pub allow_remote: bool,
    /// Whether clients speak plain HTTP instead of TLS. Go clients send no token over it.
    pub plain: bool,
    /// The actor of all calls; `None` for what user agents and field managers say.
    pub actor: Option<String>,
    /// The program and its arguments; empty for the proxy alone.
    pub command: Vec<OsString>,
    /// Where programs are looked for: `$PATH`.
    pub search_path: Option<OsString>,
    /// This program, to tie the child's life to ours (see [`super::child::tie`]); `None` starts it untied.
    pub launcher: Option<PathBuf>,
    /// A further place for the kubeconfig, for clients that are started by hand.
    pub kubeconfig_out: Option<PathBuf>,
    /// Where the private kubeconfig's folder is made.
    pub private_folder: PathBuf,
    /// How much of a request's body is looked at, in bytes.
    pub body_limit: usize,
    /// Words that are waited for in the log.
    pub awaited: Awaited,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The exit code: the child's, or 0 for the proxy alone.
    pub code: u8,
}

/// Everything that can fail before anything is recorded has been done: the program is there, the kubeconfig is read, the port is bound.
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
/// Where the program, the kubeconfig, the way to the server or the address cannot be used.
pub async fn prepare(options: RecordOptions) -> Result<Prepared> {
    let program = match options.command.first() {
        Some(name) => Some(program::find(name, options.search_path.as_deref())?),
        None => None,
    };
    let wanted = options.listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    if !wanted.ip().is_loopback() && !options.allow_remote {
        return Err(Error::new(ErrorKind::Invalid, format!("{wanted} can be reached from other machines: refused")).hint(
            "everybody who can reach it and has the token acts with your rights on the cluster; --allow-remote if that is meant",
        ));
    }
    let config = kubeconfig::read(&options.which).await?;
    let namespace = config.default_namespace.clone();
    let credentials = credentials::of(&config);
    let token = Token::draw()?;
    // An exec plugin may run here, and may take its time.
    let upstream = tokio::task::spawn_blocking(move || Upstream::new(&config))
        .await
        .map_err(|error| Error::new(ErrorKind::Io, "cannot prepare the way to the API server").because(error))??;
    let (listener, address) = server::bind(wanted).await?;
    Ok(Prepared { options, upstream, token, credentials, namespace, listener, address, program })
}

impl Prepared {
    /// The API server's address.
    #[must_use]
    pub fn cluster(&self) -> &str {
        self.upstream.address()
    }

    /// What must not be found in the recording: the proxy's own token, and the credentials of the user.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.token.text()).chain(self.credentials.iter().map(String::as_str))
    }

    /// Where the proxy listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The recorded process' name as an actor: what `--actor` says, or the program's.
    #[must_use]
    pub fn process(&self) -> Arc<str> {
        let named = self.program.as_ref().and_then(|program| program.file_name()).map(|name| name.to_string_lossy().into_owned());
        self.options.actor.clone().or(named).unwrap_or_else(|| "client".to_owned()).into()
    }

    /// Records until the child has ended or, without one, until a signal asks to end.
    ///
    /// # Errors
    /// Where something of ours fails; what the child does is in the [`Outcome`].
    pub async fn run(mut self, port: Arc<dyn Port>, mut signals: Signals, notices: Notices) -> Result<Outcome> {
        let process = self.process();
        let notices = notices.kept_by(port.clone());
        let certificate = if self.options.plain { None } else { Some(Certificate::for_address(self.address.ip())?) };
        let contents = Contents {
            address: self.address,
            token: self.token.text(),
            certificate: certificate.as_ref().map(|certificate| certificate.pem.as_str()),
            namespace: &self.namespace,
        };
        let private = Private::write(&self.options.private_folder, &contents)?;
        let public = self.options.kubeconfig_out.as_ref();
        let handed_out = public.map(|file| kubeconfig::HandedOut::write(file, &contents)).transpose()?;
        warn_of_others(self.address, &self.upstream, &notices);
        let naming = Naming {
            given: self.options.actor.as_deref().map(Into::into),
            child: self.program.is_some().then(|| process.clone()),
        };
        // Its calls wait at the listener until they are served.
        let child = self.start(private.path())?;
        let recorded = child
            .as_ref()
            .and_then(|(child, file)| Some(peers::Recorded { process: child.id()?, name: process.clone(), file: file.clone() }));
        let shared = Arc::new(Shared {
            upstream: self.upstream,
            token: self.token,
            teller: Arc::new(Teller::new(port.clone(), self.options.body_limit)),
            // Whom the user has named needs no other name.
            peers: Peers::below(recorded.filter(|_| naming.given.is_none())),
            naming,
            counters: Counters::default(),
            notices,
        });
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(server::serve(self.listener, shared.clone(), certificate.map(|made| made.acceptor), stopped));
        let console = Arc::new(Console::new(port.clone(), process, self.options.awaited));
        let code = match child {
            Some((child, _)) => with_child(child, &console, &port, &mut signals, &shared.notices).await,
            None => {
                shared.notices.say(&format!(
                    "recording what passes {}; KUBECONFIG={}; ctrl-c ends it",
                    self.address,
                    private.path().display()
                ));
                alone(&port, &mut signals).await;
                Ok(0)
            }
        };
        console.end();
        stop.send_replace(true);
        drop(tokio::time::timeout(Duration::from_secs(2), serving).await);
        report(&shared);
        drop((private, handed_out));
        Ok(Outcome { code: code? })
    }

    /// Starts the program, if there is one. Gives its file as well.
    fn start(&mut self, kubeconfig: &Path) -> Result<Option<(Recorded, PathBuf)>> {
        let Some(found) = self.program.take() else { return Ok(None) };
        // As found, so that the tied start needs no search of its own.
        if let Some(first) = self.options.command.first_mut() {
            *first = found.clone().into_os_string();
        }
        let child = Recorded::start(&self.options.command, kubeconfig, self.options.launcher.as_deref())?;
        Ok(Some((child, found)))
    }
}

/// Says what it means to listen beyond this machine.
fn warn_of_others(address: SocketAddr, upstream: &Upstream, notices: &Notices) {
    if !address.ip().is_loopback() {
        let rights = format!("whoever has the token acts with your rights on {}", upstream.address());
        notices.say(&format!("{address} can be reached from other machines: {rights}"));
    }
}

fn report(shared: &Shared) {
    let strangers = Counters::of(&shared.counters.strangers);
    if strangers > 0 {
        shared.notices.say(&format!("requests without the token, all refused: {strangers}"));
    }
    let unanswered = Counters::of(&shared.counters.unanswered);
    if unanswered > 0 {
        shared.notices.say(&format!("calls that {} did not answer: {unanswered}", shared.upstream.address()));
    }
    let overhead = Counters::of(&shared.counters.overhead);
    if overhead > 0 {
        shared.notices.note(&format!("calls about discovery, OpenAPI, health and metrics, counted and not stored: {overhead}"));
    }
}

/// The proxy alone, until a signal asks to end.
async fn alone(port: &Arc<dyn Port>, signals: &mut Signals) {
    loop {
        match signals.next().await {
            Asked::PassOn(..) => return,
            asked => switch(port, asked),
        }
    }
}

fn switch(port: &Arc<dyn Port>, asked: Asked) {
    match asked {
        Asked::Enable => port.switch(true),
        Asked::Disable => port.switch(false),
        Asked::PassOn(..) => {}
    }
}

async fn with_child(
    mut child: Recorded,
    console: &Arc<Console>,
    port: &Arc<dyn Port>,
    signals: &mut Signals,
    notices: &Notices,
) -> Result<u8> {
    let (stdout, stderr) = child.output();
    let out = stdout.map(|from| keep(from, tokio::io::stdout(), LogStream::Stdout, console.clone(), port.clone()));
    let err = stderr.map(|from| keep(from, tokio::io::stderr(), LogStream::Stderr, console.clone(), port.clone()));
    let status = loop {
        tokio::select! {
            status = child.ended() => break status?,
            asked = signals.next() => match asked {
                Asked::PassOn(signal, origin) => {
                    if let Err(error) = child.pass_on(signal, origin) {
                        notices.once("signal", &error.chain());
                    }
                }
                asked => switch(port, asked),
            },
        }
    };
    for mut task in [out, err].into_iter().flatten() {
        // A grandchild may hold the pipe for ever: what it prints after this is not ours to wait for.
        if tokio::time::timeout(AFTER_THE_END, &mut task).await.is_err() {
            task.abort();
        }
    }
    notices.note(&format!("the program ended: {status}"));
    Ok(exit_code(status))
}

fn keep<R, W>(from: R, to: W, stream: LogStream, console: Arc<Console>, port: Arc<dyn Port>) -> JoinHandle<()>
where
    R: tokio::io::AsyncRead + Unpin + Send + 'static,
    W: tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    tokio::spawn(async move { pass(from, to, Lines::of(stream), || port.now(), |lines| console.printed(lines)).await })
}
