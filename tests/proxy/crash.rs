//! A recorder that is killed under load: the file opens, what is older than a moment is in it, and the child is told.
//!
//! A moment is the recorder's own: for as long as its writer was ready to work and the system gave it no processor, or the host took that
//! away, it cannot make up. Linux tells how long that was of this very thread; elsewhere it counts as none.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::{History, SessionState};

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
        "of {KILLS} kills: the oldest answered call that is missing could have been written for {:.1} ms in the median, {:.1} ms at most",
        missing[missing.len() / 2].as_secs_f64() * 1_000.0,
        missing[missing.len() - 1].as_secs_f64() * 1_000.0
    );
}

/// For how long the oldest missing call could have been written.
fn killed_once(round: u64, server: &str) -> Duration {
    let folder = folder();
    let file = folder.path().join("r.db");
    let mut program = Program::start(folder.path(), server, &[], &["sh", "-c", CHILD]);
    let mut client = program.client();
    let mut writer = Waiting::of(program.id());
    let mut watched = writer.clone();
    // Each answer with the moment at which it was there. The same clock says when the recorder was killed.
    let load = std::thread::spawn(move || {
        let mut answered = Vec::new();
        while client.call("GET", "/api/v1/namespaces/shop/configmaps/a", "load/1", "").is_some() {
            answered.push((Instant::now(), watched.ended()));
        }
        answered
    });
    let wanted = 1 + round * 3;
    until("something is recorded", || seen(&file) >= wanted);
    until("the child runs", || said(folder.path()).contains("ready"));
    // Another instant of its work each time.
    let instant = Instant::now() + 2 * MOMENT + Duration::from_micros(round * 1_733);
    while Instant::now() < instant {
        writer.ended();
    }
    // In this order: this thread may have to wait in between, and what the recorder does meanwhile can only help it.
    let killed = Instant::now();
    let waited = writer.so_far();
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
    first_missing.map_or(Duration::ZERO, |(answered, waited_before)| {
        let age = killed.saturating_duration_since(*answered);
        let waited = waited.saturating_sub(*waited_before);
        assert!(
            age <= MOMENT + waited,
            "round {round}: {age:?} are missing, for {waited:?} of which the writer was given no processor"
        );
        age.saturating_sub(waited)
    })
}

/// In memory where the system has such a place: how busy the disk is says nothing of the recorder.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder")
}

/// For how long the recorder's writer waited for a processor.
#[derive(Debug, Clone)]
struct Waiting {
    /// The thread's folder below `/proc`; `None` where there is none.
    thread: Option<PathBuf>,
    /// What was read last, and when.
    read: [u64; 3],
    at: Instant,
    /// Since when at most it is as it is.
    since: Instant,
}

impl Waiting {
    /// Of the recorder with a process id. Its writer has the program's name, as its main thread has, whose id is the process'; and so has
    /// every other one until it has given itself a name.
    fn of(process: u32) -> Waiting {
        let mut threads = Vec::new();
        if Path::new("/proc/self/schedstat").exists() {
            until("its threads have names", || {
                threads = Waiting::threads(process);
                threads.len() == 1
            });
        }
        let now = Instant::now();
        Waiting { thread: threads.pop(), read: [0; 3], at: now, since: now }
    }

    fn threads(process: u32) -> Vec<PathBuf> {
        let tasks = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten().map(|task| task.path());
        let is_writer = |task: &PathBuf| {
            let name = std::fs::read_to_string(task.join("comm")).unwrap_or_default();
            name.trim_end() == "kuberewind" && !task.ends_with(process.to_string())
        };
        tasks.filter(is_writer).collect()
    }

    /// All waits that have ended, since the thread began.
    fn ended(&mut self) -> Duration {
        let Some(thread) = &self.thread else { return Duration::ZERO };
        let text = std::fs::read_to_string(thread.join("schedstat")).unwrap_or_default();
        let mut numbers = text.split_whitespace().map(|number| number.parse().unwrap_or(0));
        // On a processor, waiting for one (both in nanoseconds), and how often it got one.
        let read = [(); 3].map(|()| numbers.next().unwrap_or(0));
        if read != self.read {
            self.since = self.at;
        }
        (self.read, self.at) = (read, Instant::now());
        Duration::from_nanos(read[1]) + stolen()
    }

    /// The same with the one that lasts: the system adds a wait when it ends.
    fn so_far(&mut self) -> Duration {
        let stat = self.thread.as_ref().and_then(|thread| std::fs::read_to_string(thread.join("stat")).ok()).unwrap_or_default();
        let ready = stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('R'));
        self.ended() + if ready { self.since.elapsed() } else { Duration::ZERO }
    }
}

/// For how long the host of this machine, where it has one, had other things to do. It is told in hundredths of a second.
fn stolen() -> Duration {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let steal = text.lines().next().and_then(|all| all.split_whitespace().nth(8)?.parse::<u64>().ok());
    Duration::from_millis(steal.unwrap_or(0) * 10)
}

/// How many operations a reader sees.
fn seen(file: &Path) -> u64 {
    let recording = Recording::open(file, &OpenOptions::default());
    let sessions = recording.and_then(|recording| recording.sessions());
    sessions.ok().and_then(|sessions| sessions.last().map(|session| session.operations)).unwrap_or_default()
}

fn said(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("said")).unwrap_or_default()
}
