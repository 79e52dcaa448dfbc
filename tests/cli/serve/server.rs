//! The server as a process, and kubectl as its client.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};

use crate::program::{Finished, Sandbox};

/// A running `kuberewind serve`. It ends with the test.
pub struct Server {
    child: Child,
    stderr: BufReader<ChildStderr>,
    kubeconfig: PathBuf,
    home: PathBuf,
}

impl Server {
    /// Starts the server in a sandbox and waits until it listens.
    pub fn start(sandbox: &Sandbox, arguments: &[&str]) -> Server {
        let mut command = sandbox.command(&[&["serve"], arguments].concat());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut said = String::new();
        let kubeconfig = loop {
            let mut line = String::new();
            assert!(stderr.read_line(&mut line).expect("it is text") > 0, "the server ended: {said}");
            if let Some(path) = line.trim().strip_prefix("kuberewind: export KUBECONFIG=") {
                break PathBuf::from(path);
            }
            said.push_str(&line);
        };
        Server { child, stderr, kubeconfig, home: sandbox.path("") }
    }

    /// The next line that the server prints.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.stderr.read_line(&mut line).expect("it is text");
        line
    }

    pub fn kubeconfig(&self) -> &std::path::Path {
        &self.kubeconfig
    }

    /// A program that uses the server.
    pub fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("KUBECONFIG", &self.kubeconfig).env("HOME", &self.home).env("KUBECTL_KUBERC", "false");
        command.current_dir(&self.home).stdin(Stdio::null());
        command
    }

    /// Runs kubectl.
    pub fn kubectl(&self, line: &str) -> Finished {
        let words = shlex::split(line).expect("it has whole quotes");
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        Finished::new(&words, self.client("kubectl").args(&words).output().expect("kubectl starts"))
    }

    /// Moves the cursor and returns the server's answer.
    pub fn move_to(&self, moment: &str) -> serde_json::Value {
        std::fs::write(self.home.join("move.json"), serde_json::json!({"at": moment}).to_string()).expect("the file is written");
        self.kubectl("create --raw /kuberewind/cursor -f move.json").ok().json()
    }

    /// Sends SIGINT and waits for the end.
    pub fn interrupt(mut self) {
        crate::program::interrupt(&self.child);
        assert!(self.child.wait().expect("the process ends").success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// True if this machine has kubectl.
pub fn has_kubectl() -> bool {
    let found = Command::new("kubectl").args(["version", "--client"]).output().is_ok();
    if !found {
        eprintln!("skipped: there is no kubectl on this machine");
    }
    found
}
