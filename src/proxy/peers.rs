//! Which program is at the other end of a connection: several may run below the recorded one (`record -- sh -c 'a & b & wait'`), and
//! not every client says who it is.
//!
//! On Linux that can be known exactly: the two addresses of a connection lead to a socket's number (`/proc/net/tcp`), and the
//! number to the process that holds it (`/proc/PID/fd`). Only the recorded program and what it has started are looked at, one
//! connection at a time, beside the call's way: whoever tells the call waits for the name, not the call. What is kept of a process is its
//! program's name. Elsewhere nothing is known of connections.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Semaphore;

use kuberewind_capture::PendingActor;

/// The recorded program, with all that it has started.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Its process.
    pub process: u32,
    /// Its name as an actor.
    pub name: Arc<str>,
    /// Its file.
    pub file: PathBuf,
}

/// Asks for the programs at the other ends.
#[derive(Debug)]
pub struct Peers {
    below: Option<Arc<Recorded>>,
    /// However many connect at once, one processor is enough for this.
    turn: Arc<Semaphore>,
}

impl Peers {
    /// Of connections that come from the recorded program or from below it; of nobody's, without one.
    #[must_use]
    pub fn below(recorded: Option<Recorded>) -> Peers {
        Peers { below: recorded.map(Arc::new), turn: Arc::new(Semaphore::new(1)) }
    }

    /// Begins to ask who has connected from `client` to `proxy`. `None` where that cannot become known.
    #[must_use]
    pub fn ask(&self, client: SocketAddr, proxy: SocketAddr) -> Option<Arc<PendingActor>> {
        let can_be_known = cfg!(target_os = "linux") && client.ip().to_canonical().is_loopback();
        let peers = Peers { below: self.below.clone().filter(|_| can_be_known), turn: self.turn.clone() };
        peers.below.as_ref()?;
        let asked = Arc::new(PendingActor::default());
        let name = asked.clone();
        tokio::spawn(async move { name.resolve(peers.program(client, proxy).await) });
        Some(asked)
    }

    /// Who has connected from `client` to `proxy`.
    pub async fn program(&self, client: SocketAddr, proxy: SocketAddr) -> Option<Arc<str>> {
        let recorded = self.below.clone()?;
        let _turn = self.turn.acquire().await;
        // A search that failed has found nobody.
        tokio::task::spawn_blocking(move || search::program(&recorded, client, proxy)).await.unwrap_or_default()
    }
}

#[cfg(not(target_os = "linux"))]
mod search {
    pub fn program(_: &super::Recorded, _: std::net::SocketAddr, _: std::net::SocketAddr) -> Option<std::sync::Arc<str>> {
        None
    }
}

#[cfg(target_os = "linux")]
mod search {
    use std::collections::VecDeque;
    use std::net::SocketAddr;
    use std::path::Path;
    use std::sync::Arc;

    use procfs::process::{FDTarget, Process};

    use super::Recorded;

    /// Processes that are looked at for one connection.
    const PROCESSES: usize = 1_024;

    /// Open files that are looked at for one process.
    const FILES: usize = 65_536;

    /// What the kernel keeps of a program's name, in bytes.
    const KEPT: usize = 15;

    /// The program at the client's end of a connection, if it is the recorded one or was started by it.
    pub fn program(recorded: &Recorded, client: SocketAddr, proxy: SocketAddr) -> Option<Arc<str>> {
        let socket = socket(client, proxy)?;
        let holder = family(recorded.process).take(PROCESSES).find(|process| holds(process, socket))?;
        let (called, file) = (holder.stat().ok()?.comm, holder.exe().ok());
        let itself = u32::try_from(holder.pid()).is_ok_and(|pid| pid == recorded.process);
        // By its file it is the same where it was started by another name of it (`python3` for `python3.12`), by name where it is a script.
        let unchanged = || file.is_some() && file == recorded.file.canonicalize().ok() || is_called(&recorded.name, &called);
        if itself && unchanged() {
            return Some(recorded.name.clone());
        }
        Some(name(&called, file.as_deref(), &holder.cmdline().unwrap_or_default()).into())
    }

    /// The number of the client's socket. A client may speak IPv4 by a socket of IPv6 (Java does).
    fn socket(client: SocketAddr, proxy: SocketAddr) -> Option<u64> {
        let same = |one: SocketAddr, other: SocketAddr| {
            one.port() == other.port() && one.ip().to_canonical() == other.ip().to_canonical()
        };
        let tables = [procfs::net::tcp, procfs::net::tcp6].into_iter().filter_map(|table| table().ok());
        tables
            .flatten()
            .find(|entry| same(entry.local_address, client) && same(entry.remote_address, proxy))
            .map(|entry| entry.inode)
    }

    /// A process and all below it, the nearest first.
    fn family(root: u32) -> impl Iterator<Item = Process> {
        let mut waiting = VecDeque::from([root]);
        std::iter::from_fn(move || {
            // One that has ended meanwhile holds nothing.
            let process =
                std::iter::from_fn(|| waiting.pop_front()).find_map(|pid| Process::new(i32::try_from(pid).ok()?).ok())?;
            let tasks = process.tasks().into_iter().flatten().flatten();
            waiting.extend(tasks.filter_map(|task| task.children().ok()).flatten());
            Some(process)
        })
    }

    fn holds(process: &Process, socket: u64) -> bool {
        let files = process.fd().into_iter().flatten().flatten().take(FILES);
        files.into_iter().any(|file| file.target == FDTarget::Socket(socket))
    }

    /// A program's name, from what the kernel calls it, its file and the words that it was started by.
    fn name(called: &str, file: Option<&Path>, words: &[String]) -> String {
        let last = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
        let file = file.and_then(last).map(|name| name.trim_end_matches(" (deleted)").to_owned());
        if let Some(file) = file.clone().filter(|file| is_called(file, called)) {
            return file;
        }
        // It goes by another name than its file: by a link's, or as a script, whose name its interpreter was given. Or it has renamed
        // its first thread, as node does, and that says nothing. The words themselves are compared, and not kept.
        let given = words.iter().take(3).filter_map(|word| last(Path::new(word))).any(|word| is_called(&word, called));
        file.filter(|_| !given).unwrap_or_else(|| called.to_owned())
    }

    /// Whether the kernel calls a program of this name so: it keeps the first bytes.
    fn is_called(name: &str, called: &str) -> bool {
        name == called || (called.len() == KEPT && name.starts_with(called))
    }

    #[cfg(test)]
    mod tests {
        use std::net::{TcpListener, TcpStream};
        use std::path::Path;

        use super::{Recorded, name, program};

        #[test]
        fn a_program_goes_by_the_name_that_it_was_started_by() {
            let named = |called: &str, file: &str, words: &[&str]| {
                let words: Vec<String> = words.iter().map(ToString::to_string).collect();
                name(called, Some(Path::new(file)), &words)
            };
            assert_eq!(named("manager", "/opt/manager", &["/opt/manager", "--leader-elect"]), "manager");
            assert_eq!(named("manager", "/opt/manager (deleted)", &["manager"]), "manager");
            assert_eq!(
                named("autoscaler-cont", "/opt/autoscaler-controller", &["x"]),
                "autoscaler-controller",
                "cut by the kernel"
            );
            assert_eq!(named("op.py", "/usr/bin/python3.12", &["python3", "-u", "./op.py"]), "op.py", "a script");
            assert_eq!(named("python3", "/usr/bin/python3.12", &["python3", "op.py"]), "python3", "a link");
            assert_eq!(named("MainThread", "/usr/bin/node", &["node", "op.js", "--token=s3cret"]), "node", "a thread's name");
            assert_eq!(name("manager", None, &[]), "manager", "of another user");
        }

        #[test]
        fn a_connection_leads_to_its_program_over_both_protocols() {
            let file = std::env::current_exe().expect("this test's own file");
            let own = Recorded { process: std::process::id(), name: "itself".into(), file };
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let port = listener.local_addr().expect("an address").port();
            for client in [format!("127.0.0.1:{port}"), format!("[::ffff:127.0.0.1]:{port}")] {
                let stream = TcpStream::connect(&client).expect("a connection");
                let (accepted, peer) = listener.accept().expect("accepted");
                let proxy = accepted.local_addr().expect("an address");
                assert_eq!(program(&own, peer, proxy).as_deref(), Some("itself"), "{client}");
                drop(stream);
            }
        }
    }
}
