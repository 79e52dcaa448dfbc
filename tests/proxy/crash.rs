//! A recorder that is killed under load leaves a file that opens.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use kuberewind::model::{History, SessionState};
use kuberewind::store::{OpenOptions, Recording};

use super::server::{Server, config_map, json};
use super::world::kubeconfig_for;

/// How often.
const KILLS: u64 = 30;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_thirty_times_under_load_the_file_opens() {
    let server = Server::start(|_| async { json(200, config_map("a", 1)) }).await;
    let address = server.address.to_string();
    tokio::task::spawn_blocking(move || (0..KILLS).for_each(|round| killed_once(round, &address))).await.expect("no panic");
}

fn killed_once(round: u64, server: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, out) = (folder.path().join("r.db"), folder.path().join("kubeconfig"));
    let mut recorder = Command::new(env!("CARGO_BIN_EXE_kuberewind"))
        .args(["record", "--plain", "-o"]).arg(&file).arg("--kubeconfig-out").arg(&out)
        .arg("--kubeconfig").arg(kubeconfig_for(folder.path(), &format!("http://{server}")))
        .env("XDG_RUNTIME_DIR", folder.path()).stdin(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
    let begin = Instant::now();
    let (address, token) = loop {
        assert!(begin.elapsed().as_secs() < 60, "it never listened");
        let read: serde_json::Value = std::fs::read_to_string(&out).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        if let (Some(server), Some(token)) = (read["clusters"][0]["cluster"]["server"].as_str(), read["users"][0]["user"]["token"].as_str()) {
            break (server.trim_start_matches("http://").to_owned(), token.to_owned());
        }
        std::thread::yield_now();
    };
    let load = std::thread::spawn(move || calls_until_it_breaks(&address, &token));
    let until = Instant::now() + Duration::from_millis(60 + round * 7);
    while Instant::now() < until {
        std::thread::yield_now();
    }
    recorder.kill().expect("killed");
    recorder.wait().expect("gone");
    // Each answered call with the time of its answer: what was answered 50 ms and more before the end is in the file.
    let answered = load.join().expect("no panic");
    let last = answered.last().copied().unwrap_or(begin);
    let due = answered.iter().filter(|at| last.duration_since(**at) > Duration::from_millis(50)).count();
    let recording = Recording::open(&file, &OpenOptions::default()).expect("it opens");
    let session = recording.sessions().expect("sessions").pop().expect("a session");
    assert_eq!(session.state, SessionState::Crashed, "round {round}");
    let recorded = usize::try_from(session.operations).expect("fits");
    assert!(recorded >= due, "round {round}: {recorded} of {due} due, {} answered", answered.len());
}

fn calls_until_it_breaks(address: &str, token: &str) -> Vec<Instant> {
    use std::io::{Read, Write};
    let mut answered = Vec::new();
    let Ok(mut stream) = std::net::TcpStream::connect(address) else { return answered };
    let request = format!("GET /api/v1/namespaces/shop/configmaps/a HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
    let end = config_map("a", 1);
    let (mut got, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    while stream.write_all(request.as_bytes()).is_ok() {
        while memchr::memmem::find(&got, end.as_bytes()).is_none() {
            match stream.read(&mut buffer) {
                Ok(count @ 1..) => got.extend_from_slice(&buffer[..count]),
                _ => return answered,
            }
        }
        got.clear();
        answered.push(Instant::now());
    }
    answered
}
