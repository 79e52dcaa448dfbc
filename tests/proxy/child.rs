//! The recorded program: its exit code, its output, its signals, what is kept of its command line.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use kuberewind::model::{History, Lineage, LogStream, Seq, Stretch};
use kuberewind::store::{OpenOptions, Recording};

use super::world::kubeconfig_for;

/// `kuberewind record -o r.db … -- COMMAND` in a folder, before a server that is not there.
fn record(folder: &Path, options: &[&str], command: &[&str]) -> Command {
    let kubeconfig = kubeconfig_for(folder, "http://127.0.0.1:1");
    let mut record = Command::new(env!("CARGO_BIN_EXE_kuberewind"));
    record
        .arg("record")
        .arg("-o")
        .arg(folder.join("r.db"))
        .arg("--kubeconfig")
        .arg(kubeconfig)
        .args(options)
        .arg("--")
        .args(command);
    record.env("XDG_RUNTIME_DIR", folder).env_remove("KUBECONFIG").stdin(Stdio::null());
    record
}

fn run(folder: &Path, options: &[&str], command: &[&str]) -> Output {
    record(folder, options, command).output().expect("it runs")
}

fn nothing_left(folder: &Path) {
    let left = std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok);
    let left: Vec<String> = left
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("kuberewind-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn its_exit_code_is_ours() {
    let folder = tempfile::tempdir().expect("a folder");
    let code = |command: &[&str]| run(folder.path(), &[], command).status.code();
    assert_eq!(code(&["true"]), Some(0));
    assert_eq!(code(&["sh", "-c", "exit 7"]), Some(7));
    assert_eq!(code(&["sh", "-c", "kill -9 $$"]), Some(128 + 9));
    assert_eq!(code(&["no-such-program"]), Some(127));
    assert_eq!(code(&["/etc/passwd"]), Some(126));
    let missing =
        Command::new(env!("CARGO_BIN_EXE_kuberewind")).args(["record", "--kubeconfig", "/nowhere/config", "--", "true"]).output();
    let missing = missing.expect("it runs");
    assert_eq!(missing.status.code(), Some(125));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("/nowhere/config"));
    nothing_left(folder.path());
}

#[test]
fn its_output_passes_byte_for_byte_and_is_kept_as_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = r"printf 'one\n\033[31mtwo\033[0m\n\377tail'; printf 'E0101 00:00:00.000000 1 a.go:1] trouble\n' >&2; echo $KUBECONFIG >&2";
    let ran = run(folder.path(), &[], &["sh", "-c", script]);
    assert_eq!(ran.stdout, b"one\n\x1b[31mtwo\x1b[0m\n\xfftail");
    let errors = String::from_utf8(ran.stderr).expect("text");
    let kubeconfig = errors.lines().nth(1).expect("it was told a kubeconfig").to_owned();
    assert!(kubeconfig.starts_with(&*folder.path().to_string_lossy()) && !Path::new(&kubeconfig).exists(), "{kubeconfig}");
    let recording = Recording::open(&folder.path().join("r.db"), &OpenOptions::default()).expect("it opens");
    let session = recording.sessions().expect("sessions").pop().expect("a session");
    assert_eq!(session.state.as_str(), "closed");
    // It made no call, so that its lines stand before the first operation.
    let lineage = Lineage::new([Stretch { session: session.no, from: Seq(0), to: Seq::MAX }]);
    let lines = recording.log_lines(&lineage, Seq(0)..=Seq::MAX, 100).expect("lines");
    let of =
        |stream| lines.iter().filter(|line| line.stream == stream).map(|line| (&*line.level, &*line.text)).collect::<Vec<_>>();
    assert_eq!(of(LogStream::Stdout), [("", "one"), ("", "\u{1b}[31mtwo\u{1b}[0m"), ("", "\u{fffd}tail")]);
    assert_eq!(of(LogStream::Stderr)[0], ("error", "E0101 00:00:00.000000 1 a.go:1] trouble"));
}

#[test]
fn a_signal_reaches_it_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let script =
        "n=0; trap 'n=$((n+1)); echo got $n' INT; trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.05; done";
    let mut recorder = record(folder.path(), &[], &["sh", "-c", script]).stdout(Stdio::piped()).spawn().expect("it runs");
    let mut lines = BufReader::new(recorder.stdout.take().expect("piped")).lines();
    let mut next = || lines.next().expect("a line").expect("text");
    assert_eq!(next(), "ready");
    let pid = rustix::process::Pid::from_raw(i32::try_from(recorder.id()).expect("a pid")).expect("a pid");
    for (signal, told) in
        [(rustix::process::Signal::INT, "got 1"), (rustix::process::Signal::INT, "got 2"), (rustix::process::Signal::TERM, "bye")]
    {
        rustix::process::kill_process(pid, signal).expect("sent");
        assert_eq!(next(), told);
    }
    assert_eq!(recorder.wait().expect("it ends").code(), Some(3));
    nothing_left(folder.path());
}

#[test]
#[cfg(target_os = "linux")]
fn a_recorder_that_is_killed_takes_its_child_along() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "trap 'echo told; exit 0' TERM; echo ready; while :; do sleep 0.05; done";
    // Its output goes to a file, so that it can be read after the recorder's end.
    let said = folder.path().join("said");
    let script = format!("exec >{}; {script}", said.display());
    let mut recorder = record(folder.path(), &[], &["sh", "-c", &script]).stdout(Stdio::piped()).spawn().expect("it runs");
    let begin = std::time::Instant::now();
    let until = |words: &str| {
        while !std::fs::read_to_string(&said).unwrap_or_default().contains(words) {
            assert!(begin.elapsed().as_secs() < 60, "{words} never came");
            std::thread::yield_now();
        }
    };
    until("ready");
    recorder.kill().expect("killed");
    recorder.wait().expect("gone");
    until("told");
}

#[test]
fn of_its_arguments_no_value_is_kept_and_a_recording_nobody_asked_for_is_gone() {
    let folder = tempfile::tempdir().expect("a folder");
    run(folder.path(), &[], &["sh", "-c", "true --token=hush-hush-value", "--password", "hush-hush-value"]);
    let mut raw = Vec::new();
    std::fs::File::open(folder.path().join("r.db")).expect("there").read_to_end(&mut raw).expect("read");
    assert!(memchr::memmem::find(&raw, b"hush-hush").is_none());

    let other = tempfile::tempdir().expect("a folder");
    let kept = |options: &[&str], script: &str| {
        run(other.path(), options, &["sh", "-c", script]);
        let there = other.path().join("r.db").exists();
        drop(std::fs::remove_file(other.path().join("r.db")));
        assert!(!other.path().join("r.db.unsaved").exists());
        there
    };
    assert!(!kept(&["--save-on", "exit"], "exit 0"));
    assert!(kept(&["--save-on", "exit"], "exit 1"));
    assert!(!kept(&["--save-on", "log:pan.c"], "echo fine"));
    assert!(kept(&["--save-on", "log:pan.c"], "echo panic >&2"));
    assert!(!kept(&["--save-on", "error"], "true"));
}
