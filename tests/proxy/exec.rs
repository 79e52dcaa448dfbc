//! kubectl and kube's client run a command in a pod and forward a port of it through the recorder, over SPDY and WebSocket.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use futures::{SinkExt, StreamExt};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::Pod;
use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::{History, Operation, Seq, Verb};
use tokio::io::AsyncReadExt;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};

use super::program::kuberewind;
use super::server::{Body, Server, json, switching};
use super::spdy::{Frame, Spdy};
use super::test_proxy::TestProxy;

/// The output, the error output and the exit status of the pod's program.
const OUT: &str = "hello from the pod\n";
const ERR: &str = "and a complaint\n";
const DONE: &str = r#"{"metadata":{},"status":"Success"}"#;
const FAILED: &str =
    r#"{"metadata":{},"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"7"}]}}"#;

/// Input of the pod's program. It must appear only in the stream.
const TYPED: &str = "typed into the stream";

/// An API server with one pod.
#[derive(Clone)]
struct OnePod {
    /// The exit status of its program.
    ends: &'static str,
    /// The input of its program.
    typed: Arc<Mutex<Vec<u8>>>,
}

impl OnePod {
    fn new(ends: &'static str) -> OnePod {
        OnePod { ends, typed: Arc::default() }
    }

    /// The requests of kubectl and kube's client.
    async fn answer(self, request: Request<Incoming>) -> Response<Body> {
        const POD: &str = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","namespace":"shop","uid":"u","resourceVersion":"5"},"spec":{"containers":[{"name":"main","image":"x"}]},"status":{"phase":"Running"}}"#;
        const PODS: &str = r#"{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"pods","singularName":"pod","namespaced":true,"kind":"Pod","verbs":["get","list"],"shortNames":["po"]}]}"#;
        let path = request.uri().path().to_owned();
        let spdy = text(&request, "upgrade") == "SPDY/3.1";
        match (path.rsplit('/').next().unwrap_or_default(), spdy) {
            ("api", _) => json(200, r#"{"kind":"APIVersions","versions":["v1"]}"#),
            ("apis", _) => json(200, r#"{"kind":"APIGroupList","apiVersion":"v1","groups":[]}"#),
            ("v1", _) => json(200, PODS),
            ("exec", true) => over_streams(request, "v4.channel.k8s.io", |streams| self.execute(streams)),
            ("exec", false) => {
                let typing = request.uri().query().is_some_and(|query| query.contains("stdin=true"));
                over_channels(request, move |channels| self.execute_in_channels(channels, typing))
            }
            ("portforward", true) => over_streams(request, "portforward.k8s.io", shout),
            _ => json(200, POD),
        }
    }

    /// The older protocol: streams, which kubectl opens in this order.
    async fn execute(self, mut streams: Spdy<TokioIo<Upgraded>>) {
        let mut opened = Vec::new();
        while let Some(frame) = streams.read().await {
            match (frame, opened.as_slice()) {
                (Frame::Opened(stream), _) => {
                    streams.agree(stream).await;
                    opened.push(stream);
                }
                (Frame::Data { stream, bytes, last }, &[error, stdin, stdout, stderr]) if stream == stdin => {
                    self.typed.lock().expect("lock").extend(bytes);
                    if last {
                        streams.send(stdout, OUT.as_bytes(), true).await;
                        streams.send(stderr, ERR.as_bytes(), true).await;
                        streams.send(error, self.ends.as_bytes(), true).await;
                    }
                }
                _ => {}
            }
        }
    }

    /// The newer protocol: channels. Each frame starts with its channel's number; 255 closes one.
    async fn execute_in_channels(self, mut channels: WebSocketStream<TokioIo<Upgraded>>, mut typing: bool) {
        while typing && let Some(Ok(message)) = channels.next().await {
            match &*message.into_data() {
                [255, 0] => typing = false,
                [0, typed @ ..] => self.typed.lock().expect("lock").extend(typed),
                _ => {}
            }
        }
        let frame = |channel: u8, text: &str| Message::Binary([&[channel][..], text.as_bytes()].concat().into());
        for (channel, text) in [(1, OUT), (2, ERR), (3, self.ends)] {
            channels.send(frame(channel, text)).await.expect("sent");
        }
        channels.close(Some(CloseFrame { code: CloseCode::Normal, reason: "".into() })).await.expect("closed");
        // Until the other end has closed as well.
        while let Some(Ok(_)) = channels.next().await {}
    }
}

/// The server on the pod's port: sends everything back in capitals. kubectl opens two streams per connection, for errors and
/// bytes.
async fn shout(mut streams: Spdy<TokioIo<Upgraded>>) {
    let mut opened = Vec::new();
    while let Some(frame) = streams.read().await {
        match frame {
            Frame::Opened(stream) => {
                streams.agree(stream).await;
                opened.push(stream);
            }
            Frame::Data { stream, mut bytes, last } if opened.get(1) == Some(&stream) => {
                bytes.make_ascii_uppercase();
                streams.send(stream, &bytes, last).await;
                if last {
                    streams.send(opened[0], b"", true).await;
                }
            }
            _ => {}
        }
    }
}

/// All values of a request's header.
fn text(request: &Request<Incoming>, header: &str) -> String {
    let values = request.headers().get_all(header).iter().map(|value| value.to_str().expect("text"));
    values.collect::<Vec<_>>().join(", ")
}

fn over_streams<F>(
    request: Request<Incoming>,
    protocol: &str,
    then: impl FnOnce(Spdy<TokioIo<Upgraded>>) -> F + Send + 'static,
) -> Response<Body>
where
    F: Future<Output = ()> + Send + 'static,
{
    let offered = text(&request, "x-stream-protocol-version");
    assert!(offered.contains(protocol), "{offered}");
    switching(request, &[("upgrade", "SPDY/3.1"), ("x-stream-protocol-version", protocol)], |io| then(Spdy::over(io)))
}

fn over_channels<F>(
    request: Request<Incoming>,
    then: impl FnOnce(WebSocketStream<TokioIo<Upgraded>>) -> F + Send + 'static,
) -> Response<Body>
where
    F: Future<Output = ()> + Send + 'static,
{
    let accept = derive_accept_key(text(&request, "sec-websocket-key").as_bytes());
    let protocol = text(&request, "sec-websocket-protocol").split(',').next().unwrap_or_default().trim().to_owned();
    let headers =
        [("upgrade", "websocket"), ("sec-websocket-accept", accept.as_str()), ("sec-websocket-protocol", protocol.as_str())];
    switching(request, &headers, |io| async { then(WebSocketStream::from_raw_socket(io, Role::Server, None).await).await })
}

#[tokio::test]
async fn kubes_client_can_exec_through_the_proxy() {
    let pod = OnePod::new(DONE);
    let server = Server::start(move |request| pod.clone().answer(request)).await;
    let proxy = TestProxy::with(&format!("http://{}", server.address), |options| options.plain = false).await;
    let api: kube::Api<Pod> = kube::Api::namespaced(proxy.client().await, "shop");
    let mut attached = api.exec("a", ["ls"], &kube::api::AttachParams::default()).await.expect("it executes");
    let (mut out, mut err) = (String::new(), String::new());
    let (mut stdout, mut stderr) = (attached.stdout().expect("stdout"), attached.stderr().expect("stderr"));
    let (one, two) = tokio::join!(stdout.read_to_string(&mut out), stderr.read_to_string(&mut err));
    one.and(two).expect("read");
    assert_eq!((out.as_str(), err.as_str()), (OUT, ERR));
    assert_eq!(proxy.end().await.lines(), ["connect shop/a 101"]);
}

fn kubectl_is_there() -> bool {
    let there = Command::new("kubectl").args(["version", "--client"]).output().is_ok();
    if !there {
        eprintln!("skipped: kubectl is not installed");
    }
    there
}

/// kubectl below the recorder, with the older or the newer protocol.
fn kubectl(folder: &Path, server: &Server, way: Way, words: &[&str]) -> Command {
    let mut command = kuberewind(folder, &format!("http://{}", server.address), &[], words);
    let websockets = if way == Way::WebSocket { "true" } else { "false" };
    command.env("KUBECTL_REMOTE_COMMAND_WEBSOCKETS", websockets).env("KUBECTL_PORT_FORWARD_WEBSOCKETS", websockets);
    command
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    Spdy,
    WebSocket,
}

/// The one upgrade in a recording, and its address.
fn noted(folder: &Path) -> (Operation, String) {
    let recording = Recording::open(&folder.join("r.db"), &OpenOptions::default()).expect("it opens");
    let lineage = recording.lineage(recording.sessions().expect("sessions")[0].no).expect("a lineage");
    let operations = recording.operations(&lineage, Seq(1)..=Seq::MAX, 100).expect("operations");
    let mut connects = operations.into_iter().filter(|operation| operation.verb == Verb::Connect);
    let noted = connects.next().expect("it is noted");
    assert!(connects.next().is_none(), "once");
    let detail = recording.operation_detail(&lineage, noted.seq).expect("read").expect("there").detail;
    assert_eq!((noted.request_body, noted.response_body, detail.request_bytes), (None, None, 0), "no byte of the stream");
    (noted, detail.uri.to_string())
}

/// True if any file of a folder contains the bytes.
fn stands_somewhere(folder: &Path, bytes: &str) -> bool {
    let files = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut recordings = files.filter(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("r.db")));
    recordings.any(|file| memchr::memmem::find(&std::fs::read(file).expect("read"), bytes.as_bytes()).is_some())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_can_exec_through_the_recorder() {
    if !kubectl_is_there() {
        return;
    }
    for (way, ends, code) in
        [(Way::Spdy, DONE, 0), (Way::Spdy, FAILED, 7), (Way::WebSocket, DONE, 0), (Way::WebSocket, FAILED, 7)]
    {
        let pod = OnePod::new(ends);
        let typed = pod.typed.clone();
        let server = Server::start(move |request| pod.clone().answer(request)).await;
        let folder = tempfile::tempdir().expect("a folder");
        let words = ["kubectl", "exec", "-i", "a", "--", "cat", "-n", "hush-hush"];
        let mut record = kubectl(folder.path(), &server, way, &words);
        record.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let ran = tokio::task::spawn_blocking(move || {
            let mut running = record.spawn().expect("it runs");
            running.stdin.take().expect("piped").write_all(TYPED.as_bytes()).expect("typed");
            running.wait_with_output().expect("it ends")
        });
        let ran = ran.await.expect("no panic");
        let (out, err) = (String::from_utf8_lossy(&ran.stdout).into_owned(), String::from_utf8_lossy(&ran.stderr).into_owned());
        assert_eq!((ran.status.code(), out.as_str()), (Some(code), OUT), "{way:?}: {err}");
        assert!(err.contains("and a complaint"), "{way:?}: {err}");
        assert_eq!(*typed.lock().expect("lock"), TYPED.as_bytes(), "{way:?}");
        let upgrades: Vec<String> = server.upgrades();
        assert_eq!(upgrades, [if way == Way::Spdy { "SPDY/3.1" } else { "websocket" }], "kubectl uses the configured protocol");
        let (noted, uri) = noted(folder.path());
        assert_eq!((&*noted.subresource, noted.status, &*noted.name), ("exec", 101, "a"));
        assert!(uri.contains("command=cat") && !uri.contains("hush"), "{uri}");
        assert!(!stands_somewhere(folder.path(), TYPED), "{way:?}: the stream's bytes are in no file");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_can_forward_a_port_through_the_recorder() {
    if !kubectl_is_there() {
        return;
    }
    let pod = OnePod::new(DONE);
    let server = Server::start(move |request| pod.clone().answer(request)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut record =
        kubectl(folder.path(), &server, Way::Spdy, &["kubectl", "port-forward", "--address", "127.0.0.1", "pod/a", ":80"]);
    record.stdout(Stdio::piped()).stderr(Stdio::piped());
    let forwarded = tokio::task::spawn_blocking(move || {
        let mut running = record.spawn().expect("it runs");
        let mut output = String::new();
        BufReader::new(running.stdout.as_mut().expect("piped")).read_line(&mut output).expect("it says where");
        // `Forwarding from 127.0.0.1:41234 -> 80`
        let address = output.split_whitespace().nth(2).map(str::to_owned);
        let answer = address.map(|address| {
            let mut stream = std::net::TcpStream::connect(address).expect("a connection");
            stream.write_all(TYPED.as_bytes()).expect("sent");
            stream.shutdown(Shutdown::Write).expect("ended");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).expect("answered");
            answer
        });
        let recorder = rustix::process::Pid::from_raw(i32::try_from(running.id()).expect("a pid")).expect("a pid");
        rustix::process::kill_process(recorder, rustix::process::Signal::INT).expect("sent");
        (answer, running.wait_with_output().expect("it ends"))
    });
    let (answer, ran) = forwarded.await.expect("no panic");
    assert_eq!(answer, Some(TYPED.to_uppercase()), "{}", String::from_utf8_lossy(&ran.stderr));
    let (noted, _) = noted(folder.path());
    assert_eq!((&*noted.subresource, noted.status, &*noted.name), ("portforward", 101, "a"));
    assert_eq!(server.upgrades(), ["SPDY/3.1"]);
    assert!(!stands_somewhere(folder.path(), TYPED) && !stands_somewhere(folder.path(), &TYPED.to_uppercase()));
}
