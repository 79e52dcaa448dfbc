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
        .args(["record", "--plain", "-o"])
        .arg(&file)
        .arg("--kubeconfig-out")
        .arg(&out)
        .arg("--kubeconfig")
        .arg(kubeconfig_for(folder.path(), &format!("http://{server}")))
        .env("XDG_RUNTIME_DIR", folder.path())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    let begin = Instant::now();
    let (address, token) = loop {
        assert!(begin.elapsed().as_secs() < 60, "it never listened");
        let read: serde_json::Value =
            std::fs::read_to_string(&out).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        if let (Some(server), Some(token)) =
            (read["clusters"][0]["cluster"]["server"].as_str(), read["users"][0]["user"]["token"].as_str())
        {
            break (server.trim_start_matches("http://").to_owned(), token.to_owned());
        }
        std::thread::yield_now();
    };
    let load = std::thread::spawn(move || calls_until_it_breaks(&address, &token));
    let wanted = 1 + round * 3;
    while seen(&file) < wanted {
        assert!(begin.elapsed().as_secs() < 60, "nothing was recorded");
        std::thread::yield_now();
    }
    // Another instant of its work each time.
    let until = Instant::now() + Duration::from_micros(round * 1_733);
    while Instant::now() < until {
        std::hint::spin_loop();
    }
    recorder.kill().expect("killed");
    recorder.wait().expect("gone");
    let answered = load.join().expect("no panic");
    let recording = Recording::open(&file, &OpenOptions::default()).expect("it opens");
    let session = recording.sessions().expect("sessions").pop().expect("a session");
    assert_eq!(session.state, SessionState::Crashed, "round {round}");
    assert!(session.operations >= wanted, "round {round}: what a reader had seen is still there");
    assert!(session.operations <= answered + 1, "round {round}: nothing is there that was not");
    let lineage = recording.lineage(session.no).expect("a lineage");
    let last = recording.operation(&lineage, session.last).expect("read").expect("the last one is whole");
    assert!(last.version.is_some());
}

/// How many operations a reader sees.
fn seen(file: &std::path::Path) -> u64 {
    let recording = Recording::open(file, &OpenOptions::default());
    let sessions = recording.and_then(|recording| recording.sessions());
    sessions.ok().and_then(|sessions| sessions.last().map(|session| session.operations)).unwrap_or_default()
}

fn calls_until_it_breaks(address: &str, token: &str) -> u64 {
    use std::io::{Read, Write};
    let mut answered = 0;
    let Ok(mut stream) = std::net::TcpStream::connect(address) else { return answered };
    let request =
        format!("GET /api/v1/namespaces/shop/configmaps/a HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
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
        answered += 1;
    }
    answered
}
