//! A recorder that is killed under load: the file opens, what is older than a moment is in it, and the child is told.

use std::time::{Duration, Instant};

use kuberewind::model::{History, SessionState};
use kuberewind::store::{OpenOptions, Recording};

use super::program::{Program, until};
use super::server::{Server, config_map, json};

/// How often.
const KILLS: u64 = 30;

/// What a crash may take along.
const MOMENT: Duration = Duration::from_millis(50);

/// The child: it writes down that it was told to end. Its own output is a file, so that it can be read after the recorder's end.
const CHILD: &str = "exec >said; trap 'echo told; exit 0' TERM; echo ready; while :; do sleep 0.05; done";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_thirty_times_under_load_the_file_opens() {
    let server = Server::start(|_| async { json(200, config_map("a", 1)) }).await;
    let address = server.address.to_string();
    let told = tokio::task::spawn_blocking(move || (0..KILLS).map(|round| killed_once(round, &address)).collect::<Vec<_>>());
    let mut missing = told.await.expect("no panic");
    missing.sort();
    println!(
        "of {KILLS} kills: the oldest answered call that is missing was {:.1} ms old in the median, {:.1} ms at most",
        missing[missing.len() / 2].as_secs_f64() * 1_000.0,
        missing[missing.len() - 1].as_secs_f64() * 1_000.0
    );
}

/// How old the oldest missing call was.
fn killed_once(round: u64, server: &str) -> Duration {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("r.db");
    let mut program = Program::start(folder.path(), server, &[], &["sh", "-c", CHILD]);
    let before = pressure();
    let mut client = program.client();
    // Each answer with the moment at which it was there. The same clock says when the recorder was killed.
    let load = std::thread::spawn(move || {
        let mut answered = Vec::new();
        while client.call("GET", "/api/v1/namespaces/shop/configmaps/a", "load/1", "").is_some() {
            answered.push(Instant::now());
        }
        answered
    });
    let wanted = 1 + round * 3;
    until("something is recorded", || seen(&file) >= wanted);
    until("the child runs", || said(folder.path()).contains("ready"));
    // Another instant of its work each time.
    let instant = Instant::now() + 2 * MOMENT + Duration::from_micros(round * 1_733);
    while Instant::now() < instant {
        std::hint::spin_loop();
    }
    let stalled = pressure().saturating_sub(before);
    let killed = Instant::now();
    program.kill();
    let answered = load.join().expect("no panic");
    until("the child is told", || said(folder.path()).contains("told"));
    let recording = Recording::open(&file, &OpenOptions::default()).expect("it opens");
    let session = recording.sessions().expect("sessions").pop().expect("a session");
    assert_eq!(session.state, SessionState::Crashed, "round {round}");
    assert!(session.operations >= wanted, "round {round}: what a reader had seen is still there");
    assert!(session.operations <= answered.len() as u64 + 1, "round {round}: nothing is there that was not");
    let lineage = recording.lineage(session.no).expect("a lineage");
    let last = recording.operation(&lineage, session.last).expect("read").expect("the last one is whole");
    assert!(last.version.is_some());
    // One connection, one call after the other: operation N is answer N.
    let first_missing = usize::try_from(session.operations).ok().and_then(|number| answered.get(number));
    let age = first_missing.map_or(Duration::ZERO, |answered| killed.saturating_duration_since(*answered));
    assert!(age <= MOMENT + stalled, "round {round}: {age:?} are missing; others kept the machine busy for {stalled:?}");
    age
}

/// For how long so far something had to wait for a processor or the disk on this machine: where it is busy with other things, the recorder
/// may be among those that wait, and cannot make up for it. Where the system does not tell, none.
fn pressure() -> Duration {
    let micros = |file: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let some = text.lines().find(|line| line.starts_with("some "));
        some.and_then(|line| line.rsplit_once("total=")?.1.trim().parse::<u64>().ok()).unwrap_or_default()
    };
    Duration::from_micros(micros("/proc/pressure/cpu") + micros("/proc/pressure/io"))
}

/// How many operations a reader sees.
fn seen(file: &std::path::Path) -> u64 {
    let recording = Recording::open(file, &OpenOptions::default());
    let sessions = recording.and_then(|recording| recording.sessions());
    sessions.ok().and_then(|sessions| sessions.last().map(|session| session.operations)).unwrap_or_default()
}

fn said(folder: &std::path::Path) -> String {
    std::fs::read_to_string(folder.join("said")).unwrap_or_default()
}
