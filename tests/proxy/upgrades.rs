//! Upgraded connections (exec, attach, port-forward over SPDY and WebSocket) are forwarded and recorded.

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::server::{Body, Server, json, switching};
use super::test_proxy::TestProxy;

/// Accepts any upgrade, and sends everything back in capitals until the client closes its end.
async fn shouting(request: Request<Incoming>) -> Response<Body> {
    let asked = request.headers()["upgrade"].to_str().expect("text").to_owned();
    let headers = [("upgrade", asked.as_str()), ("x-stream-protocol-version", "v4.channel.k8s.io")];
    switching(request, &headers, |mut io: TokioIo<Upgraded>| async move {
        let mut buffer = vec![0; 8 * 1024];
        while let Ok(count @ 1..) = io.read(&mut buffer).await {
            buffer[..count].make_ascii_uppercase();
            io.write_all(&buffer[..count]).await.expect("written");
        }
        io.shutdown().await.expect("ended");
    })
}

#[tokio::test]
async fn upgrades_copy_bytes_both_ways_until_both_ends_close() {
    let server = Server::start(shouting).await;
    let proxy = TestProxy::for_server(&format!("http://{}", server.address)).await;
    let asked = [
        ("POST", "exec?command=ls&command=-l&command=hush-hush", "SPDY/3.1"),
        ("GET", "exec?command=ls", "websocket"),
        ("POST", "attach?stdin=true", "SPDY/3.1"),
        ("GET", "attach?stdin=true", "websocket"),
        ("POST", "portforward?ports=80", "SPDY/3.1"),
        ("GET", "portforward?ports=80", "websocket"),
    ];
    for (method, what, protocol) in asked {
        let mut stream = TcpStream::connect(proxy.address).await.expect("a connection");
        // The first bytes of the stream may come with the request.
        let request = format!(
            "{method} /api/v1/namespaces/shop/pods/a/{what} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nconnection: Upgrade\r\nupgrade: {protocol}\r\n\r\nping",
            proxy.token
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
    let run = proxy.end().await;
    let noted: Vec<String> = run
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
    let uri = run.detail(run.operations()[0].seq).detail.uri.clone();
    assert!(uri.contains("command=ls&command=-l&command=redacted:") && !uri.contains("hush"), "{uri}");
}

#[tokio::test]
async fn a_refused_upgrade_is_forwarded() {
    let refusal =
        r#"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","message":"no exec for you","code":403}"#;
    let server = Server::start(move |_| async move { json(403, refusal) }).await;
    let proxy = TestProxy::for_server(&format!("http://{}", server.address)).await;
    let request = proxy.request("POST", "/api/v1/namespaces/shop/pods/a/exec?command=ls").header("connection", "Upgrade");
    let request = request.header("upgrade", "SPDY/3.1").body(http_body_util::Full::<Bytes>::default()).expect("a request");
    assert_eq!(super::test_proxy::text(proxy.send(request).await.expect("an answer")).await, (403, refusal.to_owned()));
    let run = proxy.end().await;
    assert_eq!((run.lines(), &*run.operations()[0].error), (vec!["connect shop/a 403".to_owned()], "no exec for you"));
}
