//! A proxy that records into a file, in this process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use kube::config::Kubeconfig;
use kuberewind_capture::Port;
use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter};
use kuberewind_model::SinkStage as _;
use kuberewind_model::{History, LogLine, Operation, OperationDetail, Seq, Session, Span, SystemClock, Timestamp};
use kuberewind_proxy::child::signals::{SignalAction, SignalOrigin, Signals};
use kuberewind_proxy::kubeconfig::KubeconfigSource;
use kuberewind_proxy::notices::Notices;
use kuberewind_proxy::reconciles::ReconcileStage;
use kuberewind_proxy::{Outcome, RecordOptions, prepare};
use kuberewind_recorder::Recorder;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A running proxy.
pub struct TestProxy {
    pub folder: TempDir,
    pub address: SocketAddr,
    /// The token of its kubeconfig.
    pub token: String,
    /// The printed notices.
    pub notices: Arc<Mutex<Vec<String>>>,
    pub port: Arc<dyn Port>,
    stop: mpsc::Sender<SignalAction>,
    running: JoinHandle<kuberewind_model::Result<Outcome>>,
    recorder: Recorder,
}

/// A kubeconfig for a server, with a token.
pub fn kubeconfig_for(folder: &Path, server: &str) -> PathBuf {
    let file = folder.join("upstream");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters:\n- name: c\n  cluster: {{server: \"{server}\"}}\n\
         users:\n- name: u\n  user: {{token: upstream-token-s3cret}}\ncontexts:\n- name: c\n  context: {{cluster: c, user: u, namespace: shop}}\n"
    );
    std::fs::write(&file, text).expect("written");
    file
}

/// Waits for a condition.
pub async fn until(mut so: impl FnMut() -> bool) {
    let patience = async {
        while !so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), patience).await.expect("the condition becomes true");
}

impl TestProxy {
    /// A proxy for `server`.
    pub async fn for_server(server: &str) -> TestProxy {
        TestProxy::with(server, |_| {}).await
    }

    /// A proxy for `server` with changed options.
    pub async fn with(server: &str, change: impl FnOnce(&mut RecordOptions)) -> TestProxy {
        let folder = tempfile::tempdir().expect("a folder");
        let handed_out = folder.path().join("kubeconfig");
        let mut options = RecordOptions {
            kubeconfig: KubeconfigSource { file: Some(kubeconfig_for(folder.path(), server)), context: None },
            kubeconfig_out: Some(handed_out.clone()),
            private_folder: folder.path().to_owned(),
            body_limit: 8 * 1024 * 1024,
            plain: true,
            ..RecordOptions::default()
        };
        change(&mut options);
        let prepared = prepare(options).await.expect("prepared");
        let (address, process) = (prepared.address(), prepared.process());
        let writer = SessionWriter::begin(&folder.path().join("r.db"), NewSession::new("test", Timestamp(0), 7)).expect("a file");
        let mut builder = Recorder::to_sink(Box::new(ReconcileStage::default().before(writer))).process(&*process);
        for secret in prepared.secrets() {
            builder = builder.secret(secret);
        }
        let recorder = builder.clock(Arc::new(SystemClock::start())).start().expect("a recorder");
        let port = recorder.port();
        let notices = Arc::new(Mutex::new(Vec::new()));
        let collected = notices.clone();
        let (stop, signals) = Signals::manual();
        let to = Notices::to(move |line| collected.lock().expect("lock").push(line.to_owned()));
        let running = tokio::spawn(prepared.run(port.clone(), signals, to));
        until(|| handed_out.exists() || running.is_finished()).await;
        let token = until_token(&handed_out).await;
        TestProxy { folder, address, token, notices, port, stop, running, recorder }
    }

    /// The kubeconfig for clients.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("kubeconfig")
    }

    /// Sends a signal as a process would.
    pub async fn signal(&self, asked: SignalAction) {
        self.stop.send(asked).await.expect("it listens");
    }

    /// A request to the proxy, with its token.
    pub fn request(&self, method: &str, path: &str) -> http::request::Builder {
        let uri = format!("http://{}{path}", self.address);
        Request::builder().method(method).uri(uri).header("authorization", format!("Bearer {}", self.token))
    }

    /// Sends a request on a new connection.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, hyper_util::client::legacy::Error> {
        Client::builder(TokioExecutor::new()).build_http().request(request).await
    }

    /// GET with the token; returns status and body.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let request = self.request("GET", path).body(Full::default()).expect("a request");
        text(self.send(request).await.expect("an answer")).await
    }

    /// A kube client that uses the proxy.
    pub async fn client(&self) -> kube::Client {
        let read = Kubeconfig::read_from(self.kubeconfig()).expect("a kubeconfig");
        let config =
            kube::Config::from_custom_kubeconfig(read, &kube::config::KubeConfigOptions::default()).await.expect("a config");
        kube::Client::try_from(config).expect("a client")
    }

    /// Ends the recording as a user would, and opens it.
    pub async fn end(self) -> RecordedRun {
        if !self.running.is_finished() {
            self.signal(SignalAction::PassOn(rustix::process::Signal::TERM, SignalOrigin::Process)).await;
        }
        self.ended().await
    }

    /// Waits for the end of the recording, and opens it.
    pub async fn ended(self) -> RecordedRun {
        self.running.await.expect("no panic").expect("an outcome");
        self.recorder.finish().await.expect("written");
        let path = self.folder.path().join("r.db");
        let notices = self.notices.lock().expect("lock").clone();
        RecordedRun {
            recording: Recording::open(&path, &OpenOptions::default()).expect("it opens"),
            _folder: self.folder,
            notices,
        }
    }
}

async fn until_token(file: &Path) -> String {
    let mut token = String::new();
    until(|| {
        // The file may not be complete yet: try again.
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let read: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        token = read["users"][0]["user"]["token"].as_str().unwrap_or_default().to_owned();
        !token.is_empty()
    })
    .await;
    token
}

/// Status and body of a response.
pub async fn text(response: Response<Incoming>) -> (u16, String) {
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

/// A finished recording.
pub struct RecordedRun {
    _folder: TempDir,
    pub recording: Recording,
    pub notices: Vec<String>,
}

impl RecordedRun {
    pub fn session(&self) -> Session {
        self.recording.sessions().expect("sessions").pop().expect("a session")
    }

    pub fn operations(&self) -> Vec<Operation> {
        let lineage = self.recording.lineage(self.session().no).expect("a lineage");
        self.recording.operations(&lineage, Seq(1)..=Seq::MAX, 100_000).expect("operations")
    }

    pub fn detail(&self, seq: Seq) -> OperationDetail {
        let lineage = self.recording.lineage(self.session().no).expect("a lineage");
        self.recording.operation_detail(&lineage, seq).expect("read").expect("a detail")
    }

    pub fn log(&self) -> Vec<LogLine> {
        let lineage = self.recording.lineage(self.session().no).expect("a lineage");
        self.recording.log_lines(&lineage, Seq(0)..=Seq::MAX, 100_000).expect("lines")
    }

    pub fn spans(&self) -> Vec<Span> {
        let lineage = self.recording.lineage(self.session().no).expect("a lineage");
        self.recording.spans(&lineage, Seq(0)..=Seq::MAX, 100_000).expect("spans")
    }

    /// `VERB NAMESPACE/NAME STATUS`, in order.
    pub fn lines(&self) -> Vec<String> {
        self.operations().iter().map(|op| format!("{} {}/{} {}", op.verb, op.namespace, op.name, op.status)).collect()
    }

    pub fn actor(&self, operation: &Operation) -> String {
        let actors = self.recording.actors().expect("actors");
        actors.iter().find(|actor| actor.id == operation.actor).expect("an actor").name.to_string()
    }
}
