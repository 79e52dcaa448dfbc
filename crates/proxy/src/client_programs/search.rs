//! Finds the owner of a socket in `/proc`.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::Path;

use procfs::process::{FDTarget, Process};

use super::client_process::{ClientProcess, ProcessKey};
use super::recorded_program::RecordedProgram;

/// Processes searched per connection.
const MAX_PROCESSES: usize = 1_024;

/// Open files searched per process.
const MAX_FILES: usize = 65_536;

/// Bytes of a program's name that the kernel keeps.
const COMM_BYTES: usize = 15;

/// The process at the client end of a connection, if it is the recorded one or its descendant.
pub fn process(recorded: &RecordedProgram, client: SocketAddr, proxy: SocketAddr) -> Option<ClientProcess> {
    let socket = socket(client, proxy)?;
    let owner = process_tree(recorded.process).take(MAX_PROCESSES).find(|process| holds(process, socket))?;
    let (stat, file) = (owner.stat().ok()?, owner.exe().ok());
    let key = ProcessKey { id: u32::try_from(owner.pid()).ok()?, start: stat.starttime };
    let comm = stat.comm;
    // The recorded program, unless it has become another one. A link to it (`python3` for `python3.12`) has the same file, a
    // script the same name.
    let unchanged = || file.is_some() && file == recorded.file.canonicalize().ok() || matches_comm(&recorded.name, &comm);
    if key.id == recorded.process && unchanged() {
        return Some(ClientProcess { key, program: recorded.name.clone() });
    }
    let program = name(&comm, file.as_deref(), &owner.cmdline().unwrap_or_default()).into();
    Some(ClientProcess { key, program })
}

/// True while a process runs.
pub fn is_running(process: &ProcessKey) -> bool {
    let found = i32::try_from(process.id).ok().and_then(|id| Process::new(id).ok()).and_then(|found| found.stat().ok());
    found.is_some_and(|stat| stat.starttime == process.start)
}

/// The inode of the client's socket. A client may use an IPv6 socket for IPv4, as Java does.
fn socket(client: SocketAddr, proxy: SocketAddr) -> Option<u64> {
    let same =
        |one: SocketAddr, other: SocketAddr| one.port() == other.port() && one.ip().to_canonical() == other.ip().to_canonical();
    let tables = [procfs::net::tcp, procfs::net::tcp6].into_iter().filter_map(|table| table().ok());
    tables.flatten().find(|entry| same(entry.local_address, client) && same(entry.remote_address, proxy)).map(|entry| entry.inode)
}

/// A process and its descendants, breadth first.
fn process_tree(root: u32) -> impl Iterator<Item = Process> {
    let mut waiting = VecDeque::from([root]);
    std::iter::from_fn(move || {
        // A process that has ended owns no socket.
        let process = std::iter::from_fn(|| waiting.pop_front()).find_map(|pid| Process::new(i32::try_from(pid).ok()?).ok())?;
        let tasks = process.tasks().into_iter().flatten().flatten();
        waiting.extend(tasks.filter_map(|task| task.children().ok()).flatten());
        Some(process)
    })
}

fn holds(process: &Process, socket: u64) -> bool {
    let files = process.fd().into_iter().flatten().flatten().take(MAX_FILES);
    files.into_iter().any(|file| file.target == FDTarget::Socket(socket))
}

/// The name of a program from the kernel's name for it, its executable and its command line.
fn name(comm: &str, file: Option<&Path>, words: &[String]) -> String {
    let last = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let file = file.and_then(last).map(|name| name.trim_end_matches(" (deleted)").to_owned());
    if let Some(file) = file.clone().filter(|file| matches_comm(file, comm)) {
        return file;
    }
    // The kernel's name differs from the executable. If it is in the command line, the program was started by a link or is a
    // script. Otherwise the program has renamed its first thread, as node does, and the executable names it. The command line
    // is compared, not recorded.
    let given = words.iter().take(3).filter_map(|word| last(Path::new(word))).any(|word| matches_comm(&word, comm));
    file.filter(|_| !given).unwrap_or_else(|| comm.to_owned())
}

/// True if the kernel uses `comm` for a program with this name: it keeps the first 15 bytes.
fn matches_comm(name: &str, comm: &str) -> bool {
    name == comm || (comm.len() == COMM_BYTES && name.starts_with(comm))
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::path::Path;

    use super::super::recorded_program::RecordedProgram;
    use super::{is_running, name, process};

    #[test]
    fn a_program_has_the_name_it_was_started_by() {
        let named = |comm: &str, file: &str, words: &[&str]| {
            let words: Vec<String> = words.iter().map(ToString::to_string).collect();
            name(comm, Some(Path::new(file)), &words)
        };
        assert_eq!(named("manager", "/opt/manager", &["/opt/manager", "--leader-elect"]), "manager");
        assert_eq!(named("manager", "/opt/manager (deleted)", &["manager"]), "manager");
        assert_eq!(named("autoscaler-cont", "/opt/autoscaler-controller", &["x"]), "autoscaler-controller", "cut by the kernel");
        assert_eq!(named("op.py", "/usr/bin/python3.12", &["python3", "-u", "./op.py"]), "op.py", "a script");
        assert_eq!(named("python3", "/usr/bin/python3.12", &["python3", "op.py"]), "python3", "a link");
        assert_eq!(named("MainThread", "/usr/bin/node", &["node", "op.js", "--token=s3cret"]), "node", "a thread's name");
        assert_eq!(name("manager", None, &[]), "manager", "of another user");
    }

    #[test]
    fn a_connection_is_traced_to_its_program_over_both_protocols() {
        let file = std::env::current_exe().expect("this test's own file");
        let own = RecordedProgram { process: std::process::id(), name: "itself".into(), file };
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        for client in [format!("127.0.0.1:{port}"), format!("[::ffff:127.0.0.1]:{port}")] {
            let stream = TcpStream::connect(&client).expect("a connection");
            let (accepted, peer) = listener.accept().expect("accepted");
            let proxy = accepted.local_addr().expect("an address");
            let found = process(&own, peer, proxy).expect("this process");
            assert_eq!((&*found.program, is_running(&found.key)), ("itself", true), "{client}");
            drop(stream);
        }
    }
}
