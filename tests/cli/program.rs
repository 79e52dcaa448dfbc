//! Runs the program.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A folder with a home of its own, so that no settings or caches of the user are touched.
pub struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// A fresh one.
    pub fn new() -> Place {
        Place { folder: tempfile::tempdir().expect("a temporary folder can be made") }
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program, in this folder, with nothing of the user's environment that it listens to.
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

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::new(arguments, self.command(arguments).output().expect("the program starts"))
    }

    /// Records a scenario and gives the file's name.
    pub fn demo(&self, scenario: &str) -> String {
        let file = format!("{scenario}.db");
        self.run(&["demo", scenario, "--no-open", "-o", &file]).ok();
        file
    }

    /// Begins to record a scenario into `t.db` that goes on until it is ended.
    pub fn live(&self, scenario: &str) -> Live {
        let mut demo = self.command(&["demo", scenario, "--live", "--no-open", "-o", "t.db"]);
        Live(demo.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts"))
    }

    /// What is in the folder, the home's folders left out.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).expect("the folder can be read");
        let names = entries.map(|entry| entry.expect("the folder can be read").file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> =
            names.filter(|name| !["config", "data", "state", "cache"].contains(&name.as_str())).collect();
        names.sort();
        names
    }
}

/// A recording that goes on, for as long as the test does at most.
pub struct Live(pub Child);

impl Live {
    /// Waits until the file is there.
    pub fn until_there(mut self, place: &Place) -> Live {
        while place.run(&["sessions", "t.db"]).code != Some(0) {
            assert!(self.0.try_wait().expect("it can be asked").is_none(), "it goes on recording");
        }
        self
    }

    /// SIGKILL; returns when it is gone.
    pub fn kill(&mut self) {
        self.0.kill().expect("it can be killed");
        self.0.wait().expect("it can be waited for");
    }

    /// Ctrl-c; returns when it is gone.
    pub fn interrupt(&mut self) {
        interrupt(&self.0);
        self.0.wait().expect("it can be waited for");
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Ctrl-c for one process.
pub fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
}

/// What a run came to.
pub struct Ran {
    command: String,
    /// The exit code.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    fn new(arguments: &[&str], output: Output) -> Ran {
        Ran {
            command: arguments.join(" "),
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("output is UTF-8"),
            err: String::from_utf8(output.stderr).expect("errors are UTF-8"),
        }
    }

    /// Must have ended with this code.
    #[track_caller]
    pub fn code(self, code: i32) -> Ran {
        assert_eq!(self.code, Some(code), "kuberewind {}\n{}{}", self.command, self.out, self.err);
        self
    }

    /// Must have succeeded.
    #[track_caller]
    pub fn ok(self) -> Ran {
        self.code(0)
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("kuberewind {}: {error}\n{}", self.command, self.out))
    }
}

/// The folder with real inputs, where it is; says so where it is not.
pub fn real_inputs() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("KUBEREWIND_REAL_INPUTS").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        eprintln!("skipped: the real inputs are not here (KUBEREWIND_REAL_INPUTS names their folder)");
        return None;
    }
    Some(folder)
}
