//! Runs the program in a sandbox.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A temporary folder that is also the home folder: the tests do not touch the settings and caches of the user.
pub struct Sandbox {
    folder: tempfile::TempDir,
}

impl Sandbox {
    pub fn new() -> Sandbox {
        Sandbox { folder: tempfile::tempdir().expect("a temporary folder can be made") }
    }

    /// Returns a path in the sandbox.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns a command that runs the program in the sandbox, without the variables that it reads.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kuberewind"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        for name in ["REPLAY_DB_PATH", "NO_COLOR", "KUBECONFIG", "KUBEREWIND_CONFIG_DIR", "REPLAY_MAX_OPS"] {
            command.env_remove(name);
        }
        for (name, folder) in [
            ("HOME", ""),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
        ] {
            command.env(name, self.folder.path().join(folder));
        }
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Finished {
        Finished::new(arguments, self.command(arguments).output().expect("the program starts"))
    }

    /// Records a scenario. Returns the name of the file.
    pub fn demo(&self, scenario: &str) -> String {
        let file = format!("{scenario}.db");
        self.run(&["demo", scenario, "--no-open", "-o", &file]).ok();
        file
    }

    /// Starts a live recording of a scenario into `t.db`.
    pub fn live(&self, scenario: &str) -> Live {
        let mut demo = self.command(&["demo", scenario, "--live", "--no-open", "-o", "t.db"]);
        Live(demo.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts"))
    }

    /// Returns the names of the files, without the folders of the home.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).expect("the folder can be read");
        let names = entries.map(|entry| entry.expect("the folder can be read").file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> =
            names.filter(|name| !["config", "data", "state", "cache"].contains(&name.as_str())).collect();
        names.sort();
        names
    }
}

/// A live recording. Ends with the test.
pub struct Live(pub Child);

impl Live {
    /// Waits until the file exists.
    pub fn until_there(mut self, sandbox: &Sandbox) -> Live {
        while sandbox.run(&["sessions", "t.db"]).code != Some(0) {
            assert!(self.0.try_wait().expect("the status is known").is_none(), "the recorder runs");
        }
        self
    }

    /// Sends SIGKILL and waits for the end.
    pub fn kill(&mut self) {
        self.0.kill().expect("the signal is sent");
        self.0.wait().expect("the process ends");
    }

    /// Sends SIGINT and waits for the end.
    pub fn interrupt(&mut self) {
        interrupt(&self.0);
        self.0.wait().expect("the process ends");
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // The process may have ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Sends SIGINT to a process.
pub fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
}

/// A finished run.
pub struct Finished {
    command: String,
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Finished {
    pub fn new(arguments: &[&str], output: Output) -> Finished {
        Finished {
            command: arguments.join(" "),
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("output is UTF-8"),
            err: String::from_utf8(output.stderr).expect("errors are UTF-8"),
        }
    }

    /// Asserts the exit code.
    #[track_caller]
    pub fn code(self, code: i32) -> Finished {
        assert_eq!(self.code, Some(code), "kuberewind {}\n{}{}", self.command, self.out, self.err);
        self
    }

    /// Asserts exit code 0.
    #[track_caller]
    pub fn ok(self) -> Finished {
        self.code(0)
    }

    /// Parses stdout as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("kuberewind {}: {error}\n{}", self.command, self.out))
    }
}

/// Returns the folder with real inputs, if it exists. The tests that need it are skipped otherwise.
pub fn real_inputs() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("KUBEREWIND_REAL_INPUTS").map_or(default, PathBuf::from);
    if !folder.is_dir() {
        eprintln!("skipped: no folder with real inputs (set KUBEREWIND_REAL_INPUTS)");
        return None;
    }
    Some(folder)
}
