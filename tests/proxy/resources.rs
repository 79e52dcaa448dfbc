//! What the machine gives is limited: the size of files, the number of open files, the clock. Strangers at the listener take what they can.
//! The operator is served all the same.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use http_body_util::Full;
use kuberewind_file::{OpenOptions, Recording, verify};
use kuberewind_model::{GapReason, History};
use rustix::process::{Pid, Resource, Rlimit, prlimit};

use super::limits::{blocking, ever_new};
use super::program::{Program, kuberewind};
use super::server::{Server, config_map, json};
use super::test_proxy::TestProxy;

const OBJECT: &str = "/api/v1/namespaces/shop/configmaps/a";

/// The operator waits no longer for an answer, on a slow machine.
const PATIENCE: Duration = Duration::from_secs(9);

fn calls(program: &Program, count: usize) {
    let mut client = program.client();
    for call in 0..count {
        let answer = client.call("GET", OBJECT, "op/1", "");
        assert_eq!(answer.map(|(status, _)| status), Some(200), "call {call} is answered");
    }
}

/// Operations and gaps of the sound recording of a folder.
fn recorded(folder: &Path) -> (u64, Vec<(GapReason, u64)>) {
    let file = folder.join("r.db");
    let report = verify(&file, &OpenOptions::default(), true).expect("it opens");
    assert!(report.is_fine(), "{:?}", report.findings);
    let recording = Recording::open(&file, &OpenOptions::default()).expect("it opens");
    let session = recording.sessions().expect("sessions").pop().expect("a session");
    let gaps = recording.gaps(&recording.lineage(session.no).expect("a lineage"), 100).expect("gaps");
    (session.operations, gaps.iter().map(|gap| (gap.reason, gap.count)).collect())
}

fn said(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("stderr")).expect("text")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_limit_of_a_files_size_the_operator_goes_on() {
    let server = ever_new().await.address.to_string();
    blocking(move || {
        let folder = tempfile::tempdir().expect("a folder");
        // 1 MiB in units of 512 bytes; some shells count in KiB.
        let program = Program::start_limited(folder.path(), &server, "-f 2048");
        calls(&program, 4_000);
        assert_eq!(program.end(), Some(0), "SIGXFSZ does not end it: {}", said(folder.path()));
        let (operations, _) = recorded(folder.path());
        assert!((100..4_000).contains(&operations), "{operations} operations");
        assert_eq!(said(folder.path()).matches("the recording cannot be written").count().max(1), 1, "{}", said(folder.path()));
        assert!(said(folder.path()).contains("cannot"), "the user sees an error: {}", said(folder.path()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_files_may_grow_again_a_gap_counts_the_loss() {
    let server = ever_new().await.address.to_string();
    blocking(move || {
        let folder = tempfile::tempdir().expect("a folder");
        let program = Program::start(folder.path(), &server, &[], &[]);
        let pid = Pid::from_raw(i32::try_from(program.id()).expect("a pid"));
        let limit = |bytes| prlimit(pid, Resource::Fsize, Rlimit { current: bytes, maximum: None }).expect("a limit");
        let mut made = 0;
        // Several times: adjacent gaps are one.
        for _ in 0..3 {
            calls(&program, 200);
            limit(Some(64 * 1024));
            calls(&program, 500);
            limit(None);
            made += 700;
        }
        calls(&program, 200);
        assert_eq!(program.end(), Some(0), "{}", said(folder.path()));
        let (operations, gaps) = recorded(folder.path());
        assert!(!gaps.is_empty() && gaps.len() <= 3, "{gaps:?}");
        assert!(gaps.iter().all(|(reason, count)| *reason == GapReason::Disk && *count > 0), "{gaps:?}");
        assert!(operations < made + 200, "{operations}");
        let lost: u64 = gaps.iter().map(|(_, count)| count).sum();
        assert!(operations + lost >= made + 200, "{operations} operations and {lost} lost events are all calls");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_soft_limit_of_open_files_is_raised() {
    let server = Server::start(|_| async { json(200, config_map("a", 1)) }).await.address.to_string();
    blocking(move || {
        let folder = tempfile::tempdir().expect("a folder");
        let program = Program::start_limited(folder.path(), &server, "-S -n 40");
        // Two files for each of them.
        let mut clients: Vec<_> = (0..100).map(|_| program.client()).collect();
        for client in &mut clients {
            assert_eq!(client.call("GET", OBJECT, "op/1", "").expect("an answer").0, 200);
        }
        assert_eq!(program.end(), Some(0));
        assert_eq!(recorded(folder.path()), (100, Vec::new()));
    })
    .await;
}

/// Connects, shows no token and waits.
fn stranger(program: &Program, text: &str) -> Option<TcpStream> {
    let mut stream = TcpStream::connect(&program.address).ok()?;
    // It may be closed already.
    drop(stream.write_all(text.as_bytes()));
    Some(stream)
}

/// A request whose head does not end.
const BEGUN: &str = "GET / HTTP/1.1\r\nhost: x\r\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_do_not_lock_out_the_operator() {
    let server = Server::start(|_| async { json(200, config_map("a", 1)) }).await.address.to_string();
    blocking(move || {
        for (limits, strangers) in [("-n 64", 200), ("-n 1024", 600)] {
            let folder = tempfile::tempdir().expect("a folder");
            let program = Program::start_limited(folder.path(), &server, limits);
            let mut waiting: Vec<_> = (0..strangers).filter_map(|_| stranger(&program, BEGUN)).collect();
            let begun = Instant::now();
            let mut clients = Vec::new();
            for round in 0..20 {
                waiting.extend((0..10).filter_map(|_| stranger(&program, if round % 2 == 0 { "" } else { BEGUN })));
                if clients.len() < 6 {
                    clients.push(program.client());
                }
                for client in &mut clients {
                    assert_eq!(client.call("GET", OBJECT, "op/1", "").map(|answer| answer.0), Some(200), "{limits}");
                }
            }
            let took = begun.elapsed();
            assert!(took < PATIENCE, "{limits}: {took:?}, as if it had waited for the strangers' deadline");
            assert_eq!(program.end(), Some(0));
            assert_eq!(recorded(folder.path()), (105, Vec::new()), "{limits}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_has_ten_seconds_for_its_request() {
    let server = Server::start(|_| async { json(200, config_map("a", 1)) }).await.address.to_string();
    blocking(move || {
        let folder = tempfile::tempdir().expect("a folder");
        let program = Program::start(folder.path(), &server, &[], &[]);
        let mut operator = program.client();
        assert_eq!(operator.call("GET", OBJECT, "op/1", "").expect("an answer").0, 200);
        let begun = Instant::now();
        let mut waiting = stranger(&program, BEGUN).expect("a connection");
        waiting.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
        let mut rest = Vec::new();
        drop(waiting.read_to_end(&mut rest));
        let took = begun.elapsed();
        assert!((Duration::from_secs(9)..Duration::from_secs(30)).contains(&took), "{took:?}");
        assert_eq!(operator.call("GET", OBJECT, "op/1", "").expect("the operator's connection stays").0, 200);
        assert_eq!(program.end(), Some(0));
    })
    .await;
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_minutes() {
    let server = Server::start(|_| async { json(200, config_map("a", 1)) }).await;
    let proxy = TestProxy::for_server(&format!("http://{}", server.address)).await;
    let stream = tokio::net::TcpStream::connect(proxy.address).await.expect("a connection");
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(stream)).await.expect("HTTP");
    let closed = tokio::spawn(connection);
    let request = proxy.request("GET", OBJECT).body(Full::<bytes::Bytes>::default()).expect("a request");
    assert_eq!(super::test_proxy::text(sender.send_request(request).await.expect("an answer")).await.0, 200);
    // From here on the clock jumps to the next deadline whenever everybody waits.
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    drop(closed.await.expect("no panic"));
    let idle = begun.elapsed();
    tokio::time::resume();
    assert!((Duration::from_secs(240)..Duration::from_secs(900)).contains(&idle), "{idle:?}");
    assert_eq!(proxy.end().await.operations().len(), 1);
}

/// Makes the clock of a program show a day before 1970.
const OLD_CLOCK: &str = "
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int clock_gettime(clockid_t which, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, \"clock_gettime\");
    int done = real(which, now);
    if (which == CLOCK_REALTIME) now->tv_sec = -86400;
    return done;
}
";

#[test]
fn a_clock_before_1970_does_not_end_the_recorder() {
    let folder = tempfile::tempdir().expect("a folder");
    let library = folder.path().join("clock.so");
    std::fs::write(folder.path().join("clock.c"), OLD_CLOCK).expect("written");
    let mut compiler = Command::new("cc");
    let made = compiler.current_dir(folder.path()).args(["-shared", "-fPIC", "-o", "clock.so", "clock.c", "-ldl"]).status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("skipped: there is no C compiler");
        return;
    }
    let script = "echo one; sleep 0.1; echo two; exit 3";
    let mut record = kuberewind(folder.path(), "http://127.0.0.1:1", &[], &["sh", "-c", script]);
    let ran = record.env("LD_PRELOAD", &library).output().expect("it runs");
    let errors = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(3), "{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
    recorded(folder.path());
    let recording = Recording::open(&folder.path().join("r.db"), &OpenOptions::default()).expect("it opens");
    assert_eq!(recording.sessions().expect("sessions")[0].log_lines, 3);
}
