//! `kuberewind record` as a process without a child, and clients that connect to it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;

use super::test_proxy::kubeconfig_for;

/// Seconds before a wait counts as failed.
const PATIENCE: u64 = 120;

/// The program's command line, with a kubeconfig for `server` and all output below `folder`.
pub fn kuberewind(folder: &Path, server: &str, options: &[&str], command: &[&str]) -> Command {
    let kubeconfig = kubeconfig_for(folder, server);
    let mut record = Command::new(env!("CARGO_BIN_EXE_kuberewind"));
    record.current_dir(folder).args(["record", "-o", "r.db", "--kubeconfig"]).arg(kubeconfig).args(options);
    if !command.is_empty() {
        record.arg("--").args(command);
    }
    record.env("XDG_RUNTIME_DIR", folder).env("HOME", folder).env_remove("KUBECONFIG").env_remove("REPLAY_MAX_OPS");
    record.stdin(Stdio::null());
    record
}

/// The same command with the limits of a shell's `ulimit`, such as `-n 64`.
pub fn limited(command: &Command, limits: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("ulimit {limits} && exec \"$0\" \"$@\"")]).arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.stdin(Stdio::null());
    shell
}

/// Runs another command of the program in a folder.
pub fn ask(folder: &Path, arguments: &[&str]) -> Output {
    let mut asked = Command::new(env!("CARGO_BIN_EXE_kuberewind"));
    asked.current_dir(folder).args(arguments).env("HOME", folder).env("XDG_CACHE_HOME", folder).env("XDG_STATE_HOME", folder);
    asked.env_remove("REPLAY_DB_PATH").stdin(Stdio::null()).output().expect("it runs")
}

/// Waits for a condition.
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !so() {
        assert!(begin.elapsed().as_secs() < PATIENCE, "{what}: never");
        std::thread::yield_now();
    }
}

/// A running recorder.
pub struct Program {
    process: Child,
    /// The proxy's address.
    pub address: String,
    /// The proxy's token.
    pub token: String,
}

impl Program {
    /// Starts the recorder for `server` (`127.0.0.1:4711`) and waits until it listens.
    pub fn start(folder: &Path, server: &str, options: &[&str], command: &[&str]) -> Program {
        let all: Vec<&str> = ["--plain", "--kubeconfig-out", "kubeconfig"].iter().chain(options).copied().collect();
        Program::spawn(folder, kuberewind(folder, &format!("http://{server}"), &all, command))
    }

    /// Starts a recorder without a program under the limits of a shell's `ulimit`.
    pub fn start_limited(folder: &Path, server: &str, limits: &str) -> Program {
        let options = ["--plain", "--kubeconfig-out", "kubeconfig"];
        Program::spawn(folder, limited(&kuberewind(folder, &format!("http://{server}"), &options, &[]), limits))
    }

    fn spawn(folder: &Path, mut record: Command) -> Program {
        let out = folder.join("kubeconfig");
        let errors = std::fs::File::create(folder.join("stderr")).expect("a file");
        let process = record.stdout(Stdio::null()).stderr(errors).spawn().expect("it runs");
        let mut program = Program { process, address: String::new(), token: String::new() };
        until("it listens", || {
            let text = std::fs::read_to_string(&out).unwrap_or_default();
            let read: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
            let server = read["clusters"][0]["cluster"]["server"].as_str().unwrap_or_default();
            program.address = server.trim_start_matches("http://").to_owned();
            program.token = read["users"][0]["user"]["token"].as_str().unwrap_or_default().to_owned();
            let ended = program.process.try_wait().expect("the process can be queried").is_some();
            assert!(!ended, "{}", std::fs::read_to_string(folder.join("stderr")).unwrap_or_default());
            !program.token.is_empty()
        });
        program
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.process.id()).expect("a pid")).expect("a pid");
        rustix::process::kill_process(pid, signal).expect("sent");
    }

    /// SIGKILL; returns when the process is gone.
    pub fn kill(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("gone");
    }

    /// Ends it as a user would; returns its exit code.
    pub fn end(mut self) -> Option<i32> {
        self.signal(rustix::process::Signal::TERM);
        self.process.wait().expect("it ends").code()
    }

    /// A client with its own connection.
    pub fn client(&self) -> Client {
        Client { stream: TcpStream::connect(&self.address).expect("a connection"), token: self.token.clone() }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A client that makes sequential calls.
pub struct Client {
    stream: TcpStream,
    token: String,
}

impl Client {
    /// The status and body of the response; `None` if the connection was closed.
    pub fn call(&mut self, method: &str, path: &str, agent: &str, body: &str) -> Option<(u16, String)> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nuser-agent: {agent}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).ok()?;
        let (mut got, mut buffer) = (Vec::new(), [0; 16 * 1024]);
        loop {
            if let Some(answer) = whole(&got) {
                return Some(answer);
            }
            match self.stream.read(&mut buffer) {
                Ok(count @ 1..) => got.extend_from_slice(&buffer[..count]),
                _ => return None,
            }
        }
    }
}

/// A complete response with Content-Length.
fn whole(got: &[u8]) -> Option<(u16, String)> {
    let end = memchr::memmem::find(got, b"\r\n\r\n")?;
    let head = std::str::from_utf8(&got[..end]).expect("text").to_ascii_lowercase();
    let length: usize =
        head.lines().find_map(|line| line.strip_prefix("content-length:")).map_or(0, |n| n.trim().parse().expect("a length"));
    let body = got.get(end + 4..end + 4 + length)?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, String::from_utf8_lossy(body).into_owned()))
}

/// The recordings in a folder, by name.
pub fn recordings(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok).map(|entry| entry.path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|ending| ending == "db")).collect();
    found.sort();
    found
}
