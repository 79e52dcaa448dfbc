//! The clipboard: where a copied text goes, and the message about it.
//!
//! OSC 52 asks the terminal to copy. The terminal never confirms it, but over SSH it is the only way to the user's clipboard.
//! On a local desktop, a program (`wl-copy`, `xclip`, `pbcopy`) confirms the copy. A text that is too long for both goes to a
//! file.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use kuberewind_model::{Error, ErrorKind, Result};

/// The longest text for OSC 52, in bytes. Many terminals drop longer texts silently.
pub const MAX_BYTES: usize = 74_000;

/// The destination of copied text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClipboardTarget {
    /// The terminal; without SSH also the desktop's program, if there is one.
    #[default]
    Auto,
    Osc52,
    /// The desktop's program (`wl-copy`, `xclip`, `xsel`, `pbcopy`).
    Desktop,
    File,
}

/// The environment variables that select a clipboard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClipboardEnvironment {
    /// True if `SSH_TTY` or `SSH_CONNECTION` is set.
    pub ssh: bool,
    /// True if `TMUX` is set. tmux passes OSC 52 on only with `set-clipboard on`.
    pub tmux: bool,
    /// True if `WAYLAND_DISPLAY` is set.
    pub wayland: bool,
    /// True if `DISPLAY` is set.
    pub x11: bool,
    /// `PATH`.
    pub path: std::ffi::OsString,
}

#[derive(Debug, Clone, Default)]
pub struct Clipboard {
    pub target: ClipboardTarget,
    pub environment: ClipboardEnvironment,
    /// The file for text that no other destination accepts.
    pub file: Option<PathBuf>,
}

/// The destinations of one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub terminal: bool,
    /// The desktop's program and its arguments.
    pub program: Option<(PathBuf, &'static [&'static str])>,
    pub file: Option<PathBuf>,
}

const WAYLAND: &[(&str, &[&str])] = &[("wl-copy", &[])];
const X11: &[(&str, &[&str])] = &[("xclip", &["-selection", "clipboard"]), ("xsel", &["--clipboard", "--input"])];
const APPLE: &[(&str, &[&str])] = &[("pbcopy", &[])];

impl ClipboardEnvironment {
    /// The first desktop program that is installed.
    fn program(&self) -> Option<(PathBuf, &'static [&'static str])> {
        let mut wanted: Vec<&(&str, &[&str])> = Vec::new();
        wanted.extend(WAYLAND.iter().filter(|_| self.wayland));
        wanted.extend(X11.iter().filter(|_| self.x11));
        wanted.extend(APPLE.iter().filter(|_| cfg!(target_os = "macos")));
        let found = |name: &str| std::env::split_paths(&self.path).map(|folder| folder.join(name)).find(|path| path.is_file());
        wanted.into_iter().find_map(|(name, arguments)| Some((found(name)?, *arguments)))
    }
}

impl Clipboard {
    /// Chooses the destinations for a text of `bytes` bytes.
    #[must_use]
    pub fn plan(&self, bytes: usize) -> Plan {
        let (terminal, desktop) = match self.target {
            ClipboardTarget::Auto => (true, !self.environment.ssh),
            ClipboardTarget::Osc52 => (true, false),
            ClipboardTarget::Desktop => (false, true),
            ClipboardTarget::File => (false, false),
        };
        let terminal = terminal && bytes <= MAX_BYTES;
        let program = if desktop { self.environment.program() } else { None };
        let file = if terminal || program.is_some() { None } else { self.file.clone() };
        Plan { terminal, program, file }
    }

    /// The message about a text. It does not claim that a copy succeeded if nothing confirms it.
    #[must_use]
    pub fn message(&self, plan: &Plan, bytes: usize) -> String {
        let size = if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") };
        let mut parts = Vec::new();
        if let Some((path, _)) = &plan.program {
            let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
            parts.push(format!("taken by {name}"));
        }
        if plan.terminal {
            let tmux = if self.environment.tmux { ", inside tmux only with set-clipboard on" } else { "" };
            parts.push(format!("sent to the terminal, which may copy it{tmux}"));
        } else if bytes > MAX_BYTES {
            parts.push("too long for the terminal".to_owned());
        }
        if let Some(file) = &plan.file {
            parts.push(format!("written to {}", file.display()));
        }
        if parts.is_empty() {
            parts.push("there is no clipboard".to_owned());
        }
        format!("{} ({size})", parts.join("; "))
    }
}

/// Pipes a text to the desktop's program and waits for it.
///
/// # Errors
/// If the program does not start or fails.
pub fn run_program((program, arguments): &(PathBuf, &'static [&'static str]), text: &str) -> Result<()> {
    let failed = |error: std::io::Error| {
        Error::new(ErrorKind::Io, format!("{} did not accept the text", program.display())).because(error)
    };
    let mut child = Command::new(program)
        .args(*arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes()).map_err(failed)?;
    }
    let status = child.wait().map_err(failed)?;
    if status.success() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Io, format!("{} did not accept the text: {status}", program.display())))
}

/// Writes a text to a file with mode 0600.
///
/// # Errors
/// If the file cannot be written.
pub fn write_private(path: &Path, text: &[u8], anew: bool) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let failed = |error: std::io::Error| Error::new(ErrorKind::Io, format!("cannot write {}", path.display())).because(error);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !anew) {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).mode(0o600);
    if anew {
        options.create_new(true)
    } else {
        options.create(true).truncate(true)
    };
    options.open(path).and_then(|mut file| file.write_all(text)).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desktop(programs: &[&str]) -> (tempfile::TempDir, ClipboardEnvironment) {
        let folder = tempfile::tempdir().unwrap();
        for program in programs {
            std::fs::write(folder.path().join(program), "").unwrap();
        }
        let path = folder.path().as_os_str().to_owned();
        (folder, ClipboardEnvironment { wayland: true, x11: true, path, ..ClipboardEnvironment::default() })
    }

    #[test]
    fn auto_uses_the_terminal_over_ssh_and_also_the_desktop_locally() {
        let (_folder, environment) = desktop(&["xclip"]);
        let file = Some(PathBuf::from("/state/copied.txt"));
        let home = Clipboard { target: ClipboardTarget::Auto, environment: environment.clone(), file: file.clone() };
        let plan = home.plan(7);
        assert!(plan.terminal && plan.program.as_ref().unwrap().0.ends_with("xclip") && plan.file.is_none());
        assert_eq!(home.message(&plan, 7), "taken by xclip; sent to the terminal, which may copy it (7 bytes)");
        let away = Clipboard { environment: ClipboardEnvironment { ssh: true, tmux: true, ..environment }, ..home };
        let plan = away.plan(7);
        assert!(plan.terminal && plan.program.is_none());
        assert_eq!(
            away.message(&plan, 7),
            "sent to the terminal, which may copy it, inside tmux only with set-clipboard on (7 bytes)"
        );
        // Too long for the terminal: the message names the file.
        let plan = away.plan(80_000);
        assert_eq!((plan.terminal, plan.file.clone()), (false, file));
        assert_eq!(away.message(&plan, 80_000), "too long for the terminal; written to /state/copied.txt (80000 bytes)");
    }

    #[test]
    fn wayland_is_preferred_and_no_message_claims_a_copy() {
        let (_folder, environment) = desktop(&["xclip", "wl-copy"]);
        let desktop = Clipboard { target: ClipboardTarget::Desktop, environment, file: None };
        assert!(desktop.plan(1).program.unwrap().0.ends_with("wl-copy"));
        let nothing = Clipboard { target: ClipboardTarget::Desktop, ..Clipboard::default() };
        assert_eq!(nothing.message(&nothing.plan(1), 1), "there is no clipboard (1 byte)");
        for target in [ClipboardTarget::Auto, ClipboardTarget::Osc52, ClipboardTarget::File] {
            let clipboard = Clipboard { target, ..Clipboard::default() };
            assert!(!clipboard.message(&clipboard.plan(5), 5).contains("copied"));
        }
    }

    #[test]
    fn a_failing_program_is_reported() {
        let yes = (PathBuf::from("/bin/cat"), &[][..]);
        assert!(run_program(&yes, "text").is_ok());
        let no = (PathBuf::from("/bin/false"), &[][..]);
        assert!(run_program(&no, "text").is_err());
    }
}
