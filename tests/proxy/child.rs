//! The recorded program: its exit code, its output, its signals and the recorded part of its command line.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::{History, Lineage, LogStream, Seq, SessionRange};

use super::program::{Program, ask};
use super::test_proxy::kubeconfig_for;

/// `kuberewind record -o r.db … -- COMMAND` in a folder, with a server that does not exist.
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
fn the_childs_exit_code_is_returned() {
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
fn output_is_forwarded_unchanged_and_recorded_as_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = r"printf 'one\n\033[31mtwo\033[0m\n\377tail'; printf 'E0101 00:00:00.000000 1 a.go:1] trouble\n' >&2; echo $KUBECONFIG >&2";
    let ran = run(folder.path(), &[], &["sh", "-c", script]);
    assert_eq!(ran.stdout, b"one\n\x1b[31mtwo\x1b[0m\n\xfftail");
    let errors = String::from_utf8(ran.stderr).expect("text");
    let kubeconfig = errors.lines().nth(1).expect("KUBECONFIG is set").to_owned();
    assert!(kubeconfig.starts_with(&*folder.path().to_string_lossy()) && !Path::new(&kubeconfig).exists(), "{kubeconfig}");
    let recording = Recording::open(&folder.path().join("r.db"), &OpenOptions::default()).expect("it opens");
    let session = recording.sessions().expect("sessions").pop().expect("a session");
    assert_eq!(session.state.as_str(), "closed");
    // It made no call, so its lines come before the first operation.
    let lineage = Lineage::new([SessionRange { session: session.no, from: Seq(0), to: Seq::MAX }]);
    let lines = recording.log_lines(&lineage, Seq(0)..=Seq::MAX, 100).expect("lines");
    let of =
        |stream| lines.iter().filter(|line| line.stream == stream).map(|line| (&*line.level, &*line.text)).collect::<Vec<_>>();
    // As plain text: colours are for the terminal.
    assert_eq!(of(LogStream::Stdout), [("", "one"), ("", "two"), ("", "\u{fffd}tail")]);
    let errors = of(LogStream::Stderr);
    assert_eq!(errors[0], ("error", "E0101 00:00:00.000000 1 a.go:1] trouble"));
    assert_eq!(errors.last(), Some(&("info", "kuberewind: the program ended: exit status: 0")));
    let printed = ask(folder.path(), &["logs", "r.db"]);
    let printed = String::from_utf8_lossy(&printed.stdout).into_owned();
    assert!(printed.contains("trouble") && printed.lines().count() == lines.len(), "even without a call: {printed}");
}

#[test]
fn a_signal_reaches_the_child_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let script =
        "n=0; trap 'n=$((n+1)); echo got $n' INT; trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.05; done";
    let mut recorder = record(folder.path(), &[], &["sh", "-c", script]).stdout(Stdio::piped()).spawn().expect("it runs");
    let mut lines = BufReader::new(recorder.stdout.take().expect("piped")).lines();
    let mut next = || lines.next().expect("a line").expect("text");
    assert_eq!(next(), "ready");
    let pid = rustix::process::Pid::from_raw(i32::try_from(recorder.id()).expect("a pid")).expect("a pid");
    for (signal, run) in
        [(rustix::process::Signal::INT, "got 1"), (rustix::process::Signal::INT, "got 2"), (rustix::process::Signal::TERM, "bye")]
    {
        rustix::process::kill_process(pid, signal).expect("sent");
        assert_eq!(next(), run);
    }
    assert_eq!(recorder.wait().expect("it ends").code(), Some(3));
    nothing_left(folder.path());
}

#[test]
#[cfg(target_os = "linux")]
fn a_killed_recorder_ends_its_child() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "trap 'echo terminated; exit 0' TERM; echo ready; while :; do sleep 0.05; done";
    // Its output goes to a file, which can be read after the recorder's end.
    let output = folder.path().join("said");
    let script = format!("exec >{}; {script}", output.display());
    let mut recorder = record(folder.path(), &[], &["sh", "-c", &script]).stdout(Stdio::piped()).spawn().expect("it runs");
    let begin = std::time::Instant::now();
    let until = |words: &str| {
        while !std::fs::read_to_string(&output).unwrap_or_default().contains(words) {
            assert!(begin.elapsed().as_secs() < 60, "{words} never came");
            std::thread::yield_now();
        }
    };
    until("ready");
    recorder.kill().expect("killed");
    recorder.wait().expect("gone");
    until("terminated");
}

#[test]
fn no_argument_value_is_recorded_and_an_unwanted_recording_is_removed() {
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

/// The folders of private kubeconfigs below `folder`.
fn private(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok).map(|entry| entry.path());
    entries.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("kuberewind-record-"))).collect()
}

#[test]
fn the_kubeconfig_is_private_and_removed_after_a_signal_or_kill() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let start = || Program::start(folder.path(), "127.0.0.1:1", &[], &[]);
    let program = start();
    let handed_out = folder.path().join("kubeconfig");
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    let place = private(folder.path()).pop().expect("a folder");
    assert_eq!((mode(&place), mode(&place.join("config")), mode(&handed_out)), (0o700, 0o600, 0o600));
    assert_eq!(program.end(), Some(0), "SIGTERM ends the proxy alone");
    assert!(private(folder.path()).is_empty() && !handed_out.exists());
    // After SIGKILL it stays, with a token that is no longer valid, until the next recorder starts.
    let mut program = start();
    program.kill();
    drop(program);
    assert_eq!(private(folder.path()).len(), 1);
    std::fs::remove_file(&handed_out).expect("remove the exported kubeconfig");
    let program = start();
    assert_eq!(private(folder.path()).len(), 1, "only the folder of the running recorder is left");
    assert_eq!(program.end(), Some(0));
    assert!(private(folder.path()).is_empty());
}

#[test]
fn a_remote_address_needs_a_flag_and_prints_a_warning() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = run(folder.path(), &["--listen", "0.0.0.0:0"], &["true"]);
    assert_eq!(refused.status.code(), Some(125));
    let output = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(output.contains("other machines can reach") && output.contains("--allow-remote"), "{output}");
    let allowed = run(folder.path(), &["--listen", "0.0.0.0:0", "--allow-remote"], &["true"]);
    assert_eq!(allowed.status.code(), Some(0));
    let output = String::from_utf8_lossy(&allowed.stderr).into_owned();
    assert!(output.contains("anyone with the proxy's token gets your rights on http://127.0.0.1:1"), "{output}");
}

#[test]
fn all_output_is_forwarded_and_a_child_that_ignores_signals_is_awaited() {
    let folder = tempfile::tempdir().expect("a folder");
    let flood = "i=0; while [ $i -lt 200 ]; do head -c 100000 /dev/zero | tr '\\0' x; echo; i=$((i+1)); done; seq 1 50000";
    let ran = run(folder.path(), &[], &["sh", "-c", flood]);
    assert_eq!((ran.status.code(), ran.stdout.len()), (Some(0), 200 * 100_001 + 288_894));
    let size = std::fs::metadata(folder.path().join("r.db")).expect("there").len();
    assert!(size < 20 << 20, "long lines are cut, a flood is counted: {size}");

    let other = tempfile::tempdir().expect("a folder");
    let script = "trap '' TERM INT; echo ready; while [ ! -e go ]; do sleep 0.02; done; echo done";
    let mut recorder = record(other.path(), &[], &["sh", "-c", script])
        .current_dir(other.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut lines = BufReader::new(recorder.stdout.take().expect("piped")).lines();
    assert_eq!(lines.next().expect("a line").expect("text"), "ready");
    let pid = rustix::process::Pid::from_raw(i32::try_from(recorder.id()).expect("a pid")).expect("a pid");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("sent");
    assert!(recorder.try_wait().expect("the process can be queried").is_none(), "the program decides its own end");
    std::fs::write(other.path().join("go"), "").expect("written");
    assert_eq!(lines.next().expect("a line").expect("text"), "done");
    assert_eq!(recorder.wait().expect("it ends").code(), Some(0));
    nothing_left(other.path());
}

#[test]
fn log_lines_are_readable_while_the_child_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = r#"echo '{"level":"info","msg":"scaling to three","controller":"maps","controllerKind":"ConfigMap","ConfigMap":{"name":"a","namespace":"shop"},"reconcileID":"run-1"}' >&2; echo ready; while [ ! -e go ]; do sleep 0.02; done"#;
    let mut recorder = record(folder.path(), &[], &["sh", "-c", script])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("it runs");
    let query = "select l.text, s.label from log l join span s on s.id = l.span where l.text like '%scaling to three%'";
    super::program::until("the line is found from another process", || {
        let ran = super::program::ask(folder.path(), &["sql", "r.db", query, "--format", "json"]);
        let found: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap_or_default();
        found[0]["label"] == "run-1"
    });
    std::fs::write(folder.path().join("go"), "").expect("written");
    assert_eq!(recorder.wait().expect("it ends").code(), Some(0));
}
