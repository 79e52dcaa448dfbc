//! A recorder that is killed under load: the file opens, it holds what was recorded before the last moment, and the child receives
//! SIGTERM. How long that moment is, the test prints.
//!
//! It is the recorder's own time: it cannot make up for the time in which its writer was ready but had no processor,
//! or the host had taken the processor away. Linux reports that time per thread; on other systems it counts as zero.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::{History, SessionState};

use super::program::{Program, until};
use super::server::{Server, config_map, json};

/// Number of kills, unless `KUBEREWIND_KILLS` sets it. `KUBEREWIND_LOAD` is the number of threads that keep the processors busy meanwhile.
const KILLS: u64 = 30;

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} takes a number")))
}

/// The time span that a crash may lose while the writer has a processor. Printed beside what was lost: on a busy machine no test can decide it.
const MOMENT: Duration = Duration::from_millis(50);

/// The child writes a line on SIGTERM. Its output is a file, so that it can be read after the recorder's end.
const CHILD: &str = "exec >said; trap 'echo terminated; exit 0' TERM; echo ready; while :; do sleep 0.05; done";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_opens_after_each_of_thirty_kills_under_load() {
    let server = Server::start(|_| async { json(200, config_map("a", 1)) }).await;
    let address = server.address.to_string();
    let kills = from_environment("KUBEREWIND_KILLS", KILLS).max(1);
    let busy = Busy::start(from_environment("KUBEREWIND_LOAD", 0));
    let run = tokio::task::spawn_blocking(move || (0..kills).map(|round| killed_once(round, &address)).collect::<Vec<_>>());
    let missing = run.await.expect("no panic");
    drop(busy);
    let show = |what: &str, mut times: Vec<Duration>| {
        times.sort();
        let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1_000.0;
        println!("{what}: median {:.1} ms, p95 {:.1} ms, at most {:.1} ms", at(50), at(95), at(100));
    };
    println!("{kills} kills");
    show("age of the oldest answered call that is missing", missing.iter().map(|missing| missing.age).collect());
    show("of it the writer had a processor for", missing.iter().map(|missing| missing.own).collect());
}

/// The oldest answered call that is missing in a file.
struct MissingCall {
    /// From its response until the kill.
    age: Duration,
    /// The same without the time in which the writer waited for a processor.
    own: Duration,
}

/// Threads that keep the processors busy until it is dropped.
struct Busy(Arc<AtomicBool>);

impl Busy {
    fn start(threads: u64) -> Busy {
        let stop = Arc::new(AtomicBool::new(false));
        for _ in 0..threads {
            let stop = stop.clone();
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        Busy(stop)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Kills a recorder under load, and looks for the calls that its file lacks.
fn killed_once(round: u64, server: &str) -> MissingCall {
    let folder = folder();
    let file = folder.path().join("r.db");
    let mut program = Program::start(folder.path(), server, &[], &["sh", "-c", CHILD]);
    let mut client = program.client();
    let mut writer = Waiting::of(program.id());
    let mut watched = writer.clone();
    // The time of each response, and below the time of the kill, from one clock.
    let load = std::thread::spawn(move || {
        let mut answered = Vec::new();
        while client.call("GET", "/api/v1/namespaces/shop/configmaps/a", "load/1", "").is_some() {
            answered.push((Instant::now(), watched.ended()));
        }
        answered
    });
    let wanted = 1 + round % 40 * 3;
    until("something is recorded", || seen(&file) >= wanted);
    until("the child runs", || output(folder.path()).contains("ready"));
    // Another point of its work each time.
    let instant = Instant::now() + 2 * MOMENT + Duration::from_micros(round * 1_733 % 60_000);
    while Instant::now() < instant {
        writer.ended();
    }
    // In this order: this thread may have to wait in between, which gives the recorder time, not takes it.
    let killed = Instant::now();
    let waited = writer.so_far();
    program.kill();
    let answered = load.join().expect("no panic");
    until("the child receives SIGTERM", || output(folder.path()).contains("terminated"));
    let recording = Recording::open(&file, &OpenOptions::default()).expect("it opens");
    let session = recording.sessions().expect("sessions").pop().expect("a session");
    assert_eq!(session.state, SessionState::Crashed, "round {round}");
    assert!(session.operations >= wanted, "round {round}: every operation that a reader saw is in the file");
    assert!(session.operations <= answered.len() as u64 + 1, "round {round}: no operation was invented");
    let lineage = recording.lineage(session.no).expect("a lineage");
    let last = recording.operation(&lineage, session.last).expect("read").expect("the last operation is complete");
    assert!(last.version.is_some());
    // One connection with sequential calls: operation N is response N.
    let first_missing = usize::try_from(session.operations).ok().and_then(|number| answered.get(number));
    first_missing.map_or(MissingCall { age: Duration::ZERO, own: Duration::ZERO }, |(answered, waited_before)| {
        let age = killed.saturating_duration_since(*answered);
        let waited = waited.saturating_sub(*waited_before);
        MissingCall { age, own: age.saturating_sub(waited) }
    })
}

/// In memory if possible: the load of the disk is unrelated to the recorder.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder")
}

/// The time for which the recorder's writer waited for a processor.
#[derive(Debug, Clone)]
struct Waiting {
    /// The thread's folder in `/proc`; `None` if there is none.
    thread: Option<PathBuf>,
    /// The last reading.
    read: [u64; 3],
    at: Instant,
    /// The earliest time of that reading.
    since: Instant,
}

impl Waiting {
    /// Finds the writer of a recorder by process id. Its thread has the program's name, like the main thread, whose id is the
    /// process id, and like every thread before it sets its own name.
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

    /// The total of ended waits since the thread started.
    fn ended(&mut self) -> Duration {
        let Some(thread) = &self.thread else { return Duration::ZERO };
        let text = std::fs::read_to_string(thread.join("schedstat")).unwrap_or_default();
        let mut numbers = text.split_whitespace().map(|number| number.parse().unwrap_or(0));
        // Time on a processor, time waiting (both in nanoseconds) and number of time slices.
        let read = [(); 3].map(|()| numbers.next().unwrap_or(0));
        if read != self.read {
            self.since = self.at;
        }
        (self.read, self.at) = (read, Instant::now());
        Duration::from_nanos(read[1]) + stolen()
    }

    /// The same including a wait that is not over: the system adds a wait when it ends.
    fn so_far(&mut self) -> Duration {
        let stat = self.thread.as_ref().and_then(|thread| std::fs::read_to_string(thread.join("stat")).ok()).unwrap_or_default();
        let ready = stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('R'));
        self.ended() + if ready { self.since.elapsed() } else { Duration::ZERO }
    }
}

/// The time that the host of this machine used for others, in units of 10 ms.
fn stolen() -> Duration {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let steal = text.lines().next().and_then(|all| all.split_whitespace().nth(8)?.parse::<u64>().ok());
    Duration::from_millis(steal.unwrap_or(0) * 10)
}

/// The number of operations that a reader sees.
fn seen(file: &Path) -> u64 {
    let recording = Recording::open(file, &OpenOptions::default());
    let sessions = recording.and_then(|recording| recording.sessions());
    sessions.ok().and_then(|sessions| sessions.last().map(|session| session.operations)).unwrap_or_default()
}

fn output(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("said")).unwrap_or_default()
}
