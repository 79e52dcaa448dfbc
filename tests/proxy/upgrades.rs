//! Connections that leave HTTP: exec, attach, port-forward, over SPDY and WebSocket. They pass, and are noted.

use std::process::Command;

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::Pod;
use kuberewind::model::{History, Seq, Verb};
use kuberewind::store::{OpenOptions, Recording};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};

use super::program::kuberewind;
use super::server::{Body, Server, json, whole};
use super::world::World;

/// Agrees to whatever is asked for, and sends back in capitals what it is sent until the client has said all.
async fn shouting(mut request: Request<Incoming>) -> Response<Body> {
    let upgraded = hyper::upgrade::on(&mut request);
    let asked = request.headers()["upgrade"].clone();
    tokio::spawn(async move {
        let mut io = TokioIo::new(upgraded.await.expect("upgraded"));
        let mut buffer = vec![0; 8 * 1024];
        while let Ok(count @ 1..) = io.read(&mut buffer).await {
            buffer[..count].make_ascii_uppercase();
            io.write_all(&buffer[..count]).await.expect("written");
        }
        io.shutdown().await.expect("ended");
    });
    let mut response = Response::new(whole(""));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    response.headers_mut().insert("connection", "Upgrade".parse().expect("a value"));
    response.headers_mut().insert("upgrade", asked);
    response.headers_mut().insert("x-stream-protocol-version", "v4.channel.k8s.io".parse().expect("a value"));
    response
}

#[tokio::test]
async fn they_become_streams_both_ways_until_both_have_ended() {
    let server = Server::start(shouting).await;
    let world = World::before(&format!("http://{}", server.address)).await;
    let asked = [
        ("POST", "exec?command=ls&command=-l&command=hush-hush", "SPDY/3.1"),
        ("GET", "exec?command=ls", "websocket"),
        ("POST", "attach?stdin=true", "SPDY/3.1"),
        ("GET", "attach?stdin=true", "websocket"),
        ("POST", "portforward?ports=80", "SPDY/3.1"),
        ("GET", "portforward?ports=80", "websocket"),
    ];
    for (method, what, protocol) in asked {
        let mut stream = TcpStream::connect(world.address).await.expect("a connection");
        // The first bytes of the stream may come with the request.
        let request = format!(
            "{method} /api/v1/namespaces/shop/pods/a/{what} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nconnection: Upgrade\r\nupgrade: {protocol}\r\n\r\nping",
            world.token
        );
        stream.write_all(request.as_bytes()).await.expect("sent");
        let (mut from, mut to) = stream.into_split();
        let much = vec![b'x'; 1 << 20];
        let sending = tokio::spawn(async move {
            to.write_all(&much).await.expect("sent");
            to.shutdown().await.expect("ended");
            to
        });
        let mut raw = Vec::new();
        from.read_to_end(&mut raw).await.expect("read to the end");
        drop(sending.await.expect("no panic"));
        let end = memchr::memmem::find(&raw, b"\r\n\r\n").expect("a head") + 4;
        let head = String::from_utf8_lossy(&raw[..end]).into_owned();
        assert!(head.starts_with("HTTP/1.1 101 "), "{what} {protocol}: {head}");
        assert!(head.contains("x-stream-protocol-version: v4.channel.k8s.io"), "{head}");
        assert!(head.to_ascii_lowercase().contains(&format!("upgrade: {}", protocol.to_ascii_lowercase())), "{head}");
        assert_eq!((&raw[end..end + 4], raw.len() - end), (&b"PING"[..], 4 + (1 << 20)), "{what} {protocol}");
        assert!(raw[end + 4..].iter().all(|byte| *byte == b'X'), "{what} {protocol}");
    }
    let told = world.end().await;
    let noted: Vec<String> = told
        .operations()
        .iter()
        .map(|operation| format!("{} {} {}", operation.verb, operation.subresource, operation.status))
        .collect();
    assert_eq!(
        noted,
        [
            "connect exec 101",
            "connect exec 101",
            "connect attach 101",
            "connect attach 101",
            "connect portforward 101",
            "connect portforward 101"
        ]
    );
    let uri = told.detail(told.operations()[0].seq).detail.uri.clone();
    assert!(uri.contains("command=ls&command=-l&command=redacted:") && !uri.contains("hush"), "{uri}");
}

#[tokio::test]
async fn a_server_that_refuses_is_heard() {
    let refusal =
        r#"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","message":"no exec for you","code":403}"#;
    let server = Server::start(move |_| async move { json(403, refusal) }).await;
    let world = World::before(&format!("http://{}", server.address)).await;
    let request = world.request("POST", "/api/v1/namespaces/shop/pods/a/exec?command=ls").header("connection", "Upgrade");
    let request = request.header("upgrade", "SPDY/3.1").body(http_body_util::Full::<Bytes>::default()).expect("a request");
    assert_eq!(super::world::text(world.send(request).await.expect("an answer")).await, (403, refusal.to_owned()));
    let told = world.end().await;
    assert_eq!((told.lines(), &*told.operations()[0].error), (vec!["connect shop/a 403".to_owned()], "no exec for you"));
}

/// What kubectl and kube's client need of an API server with one pod, and `exec` in the newer way: channels over WebSocket.
async fn pods(mut request: Request<Incoming>) -> Response<Body> {
    let pods =
        r#"{"name":"pods","singularName":"pod","namespaced":true,"kind":"Pod","verbs":["get","list"],"shortNames":["po"]}"#;
    match request.uri().path() {
        "/api" => return json(200, r#"{"kind":"APIVersions","versions":["v1"]}"#),
        "/apis" => return json(200, r#"{"kind":"APIGroupList","apiVersion":"v1","groups":[]}"#),
        "/api/v1" => return json(200, format!(r#"{{"kind":"APIResourceList","groupVersion":"v1","resources":[{pods}]}}"#)),
        path if !path.ends_with("/exec") => {
            return json(
                200,
                r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","namespace":"shop","uid":"u","resourceVersion":"5"},"spec":{"containers":[{"name":"main","image":"x"}]},"status":{"phase":"Running"}}"#,
            );
        }
        _ => {}
    }
    let text = |name: &str| request.headers().get(name).map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default();
    let accept = derive_accept_key(text("sec-websocket-key").as_bytes());
    let protocol = text("sec-websocket-protocol").split(',').next().unwrap_or_default().trim().to_owned();
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let io = TokioIo::new(upgraded.await.expect("upgraded"));
        let mut channels = WebSocketStream::from_raw_socket(io, Role::Server, None).await;
        let frame = |channel: u8, text: &str| Message::Binary([&[channel][..], text.as_bytes()].concat().into());
        for (channel, text) in
            [(1, "hello from the pod\n"), (2, "and a complaint\n"), (3, r#"{"metadata":{},"status":"Success"}"#)]
        {
            channels.send(frame(channel, text)).await.expect("sent");
        }
        channels.close(Some(CloseFrame { code: CloseCode::Normal, reason: "".into() })).await.expect("closed");
        // Until the other side has closed as well.
        while let Some(Ok(_)) = channels.next().await {}
    });
    let mut response = Response::new(whole(""));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    for (name, value) in [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-accept", &accept),
        ("sec-websocket-protocol", &protocol),
    ] {
        response.headers_mut().insert(name, value.parse().expect("a value"));
    }
    response
}

#[tokio::test]
async fn kubes_client_executes_through_it() {
    let server = Server::start(pods).await;
    let world = World::with(&format!("http://{}", server.address), |options| options.plain = false).await;
    let api: kube::Api<Pod> = kube::Api::namespaced(world.client().await, "shop");
    let mut attached = api.exec("a", ["ls"], &kube::api::AttachParams::default()).await.expect("it executes");
    let (mut out, mut err) = (String::new(), String::new());
    let (mut stdout, mut stderr) = (attached.stdout().expect("stdout"), attached.stderr().expect("stderr"));
    let (one, two) = tokio::join!(stdout.read_to_string(&mut out), stderr.read_to_string(&mut err));
    one.and(two).expect("read");
    assert_eq!((out.as_str(), err.as_str()), ("hello from the pod\n", "and a complaint\n"));
    assert_eq!(world.end().await.lines(), ["connect shop/a 101"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_executes_through_it() {
    if Command::new("kubectl").args(["version", "--client"]).output().is_err() {
        eprintln!("skipped: there is no kubectl");
        return;
    }
    let server = Server::start(pods).await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut record = kuberewind(
        folder.path(),
        &format!("http://{}", server.address),
        &[],
        &["kubectl", "exec", "a", "--", "ls", "-l", "hush-hush"],
    );
    let ran = tokio::task::spawn_blocking(move || record.output().expect("it runs")).await.expect("no panic");
    let (out, err) = (String::from_utf8_lossy(&ran.stdout).into_owned(), String::from_utf8_lossy(&ran.stderr).into_owned());
    assert_eq!((ran.status.code(), out.as_str()), (Some(0), "hello from the pod\n"), "{err}");
    assert!(err.contains("and a complaint"), "{err}");
    let recording = Recording::open(&folder.path().join("r.db"), &OpenOptions::default()).expect("it opens");
    let lineage = recording.lineage(recording.sessions().expect("sessions")[0].no).expect("a lineage");
    let operations = recording.operations(&lineage, Seq(1)..=Seq::MAX, 10).expect("operations");
    let noted = operations.iter().find(|operation| operation.verb == Verb::Connect).expect("it is noted");
    assert_eq!((&*noted.subresource, noted.status, &*noted.name), ("exec", 101, "a"));
    let uri = recording.operation_detail(&lineage, noted.seq).expect("read").expect("there").detail.uri;
    assert!(uri.contains("command=ls") && !uri.contains("hush"), "{uri}");
}
