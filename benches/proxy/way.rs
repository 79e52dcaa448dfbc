//! A way to a server: directly, or through a recording proxy in this process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use kuberewind_model::{Sink, SystemClock};
use kuberewind_proxy::child::signals::Signals;
use kuberewind_proxy::kubeconfig::KubeconfigSource;
use kuberewind_proxy::notices::Notices;
use kuberewind_proxy::{RecordOptions, prepare};
use kuberewind_recorder::Recorder;
use tokio::net::TcpStream;

/// A way to the server.
#[derive(Clone)]
pub struct Way {
    pub name: &'static str,
    pub address: SocketAddr,
    pub token: String,
}

impl Way {
    pub async fn connect(&self) -> SendRequest<Full<Bytes>> {
        let stream = TcpStream::connect(self.address).await.expect("a connection");
        stream.set_nodelay(true).expect("an option");
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
        tokio::spawn(connection);
        sender
    }

    pub async fn get(&self, sender: &mut SendRequest<Full<Bytes>>, path: &str) -> Incoming {
        let request = Request::get(path).header("host", "localhost").header("authorization", format!("Bearer {}", self.token));
        let request = request.body(Full::default()).expect("a request");
        sender.ready().await.expect("ready");
        let response = sender.send_request(request).await.expect("an answer");
        assert_eq!(response.status(), 200, "{}", self.name);
        response.into_body()
    }
}

/// Seconds of processor time of this process and of others, if the system reports it.
pub fn processor_time(others: &[u32]) -> f64 {
    let of = |process: String| {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let fields: Vec<f64> = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|n| n.parse().ok())
            .collect();
        // In units of 10 ms.
        fields.iter().sum::<f64>() / 100.0
    };
    std::iter::once("self".to_owned()).chain(others.iter().map(u32::to_string)).map(of).sum()
}

/// The machine's load.
pub fn load() -> String {
    std::fs::read_to_string("/proc/loadavg").unwrap_or_default().split(' ').next().unwrap_or_default().to_owned()
}

/// The kubeconfig of a server without TLS and users.
pub fn plain_kubeconfig(server: SocketAddr) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters:\n- name: c\n  cluster: {{server: \"http://{server}\"}}\nusers:\n- name: u\n  user: {{}}\ncontexts:\n- name: c\n  context: {{cluster: c, user: u}}\n"
    )
}

/// The file with the kubeconfig of a proxy.
pub fn kubeconfig_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("out-{name}"))
}

/// Starts a proxy for the server of a kubeconfig that records into `sink`, with `queue` bytes of queue.
pub async fn recording_proxy(
    folder: &Path,
    (server, plain): (&str, bool),
    sink: Box<dyn Sink>,
    name: &'static str,
    queue: usize,
) -> (Way, Recorder) {
    let upstream = folder.join(format!("upstream-{name}"));
    std::fs::write(&upstream, server).expect("written");
    let out = kubeconfig_of(folder, name);
    let options = RecordOptions {
        kubeconfig: KubeconfigSource { file: Some(upstream), context: None },
        plain,
        kubeconfig_out: Some(out.clone()),
        private_folder: folder.to_owned(),
        body_limit: 8 << 20,
        ..RecordOptions::default()
    };
    let prepared = prepare(options).await.expect("prepared");
    let address = prepared.address();
    let recorder = Recorder::to_sink(sink).queue_bytes(queue).clock(Arc::new(SystemClock::start())).start().expect("a recorder");
    let (hold, signals) = Signals::manual();
    std::mem::forget(hold);
    tokio::spawn(prepared.run(recorder.port(), signals, Notices::to(|_| {})));
    let token = loop {
        let read: serde_json::Value =
            std::fs::read_to_string(&out).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        if let Some(token) = read["users"][0]["user"]["token"].as_str() {
            break token.to_owned();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    (Way { name, address, token }, recorder)
}
