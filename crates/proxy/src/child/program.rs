//! Finds the program before anything else starts, so that 126 and 127 have their meaning as in a shell.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use kuberewind_model::{Error, ErrorKind, Result};

/// Finds a program as a shell does: a name with a slash is a path, any other name is searched in `path`.
///
/// # Errors
/// [`ErrorKind::NotFound`] (exit code 127) if there is none, [`ErrorKind::ReadOnly`] (126) if it cannot be executed.
pub fn find(name: &OsStr, path: Option<&OsStr>) -> Result<PathBuf> {
    let text = name.to_string_lossy();
    if name.as_encoded_bytes().contains(&b'/') {
        let file = PathBuf::from(name);
        return match file_at(&file) {
            File::Executable => Ok(file),
            File::Other => Err(not_executable(&text)),
            File::Missing => Err(Error::new(ErrorKind::NotFound, format!("there is no program {text}"))),
        };
    }
    let mut unusable = false;
    for folder in path.map(std::env::split_paths).into_iter().flatten() {
        let file = folder.join(name);
        match file_at(&file) {
            File::Executable => return Ok(file),
            File::Other => unusable = true,
            File::Missing => {}
        }
    }
    if unusable {
        Err(not_executable(&text))
    } else {
        Err(Error::new(ErrorKind::NotFound, format!("cannot find {text} in PATH")))
    }
}

fn not_executable(text: &str) -> Error {
    Error::new(ErrorKind::ReadOnly, format!("cannot execute {text}")).hint("it may be a folder, or not marked as executable")
}

enum File {
    Executable,
    Other,
    Missing,
}

fn file_at(path: &Path) -> File {
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() && found.permissions().mode() & 0o111 != 0 => File::Executable,
        Ok(_) => File::Other,
        Err(_) => File::Missing,
    }
}

/// The recorded part of a command line: the program's name and the names of flags, without values.
#[must_use]
pub fn recorded_words(command: &[std::ffi::OsString]) -> Vec<String> {
    let mut words = command.iter().map(|word| word.to_string_lossy());
    let program = words.next().map(|word| word.rsplit('/').next().unwrap_or_default().to_owned());
    let flags = words.take_while(|word| *word != "--").filter_map(|word| flag_name(&word));
    program.into_iter().chain(flags).collect()
}

fn flag_name(word: &str) -> Option<String> {
    let name = word.strip_prefix('-')?;
    if let Some(long) = name.strip_prefix('-') {
        let long = long.split('=').next().unwrap_or_default();
        let sound = long.len() <= 64 && long.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        return (sound && !long.is_empty()).then(|| format!("--{long}"));
    }
    // In `-psecret` the end of the name is unknown: only the first letter is recorded.
    name.chars().next().filter(char::is_ascii_alphanumeric).map(|letter| format!("-{letter}"))
}

#[cfg(test)]
mod tests {
    use std::ffi::{OsStr, OsString};

    use super::{find, recorded_words};
    use kuberewind_model::ErrorKind;

    #[test]
    fn programs_are_found_as_in_a_shell() {
        let path = Some(OsStr::new("/nowhere:/bin:/usr/bin"));
        assert!(find(OsStr::new("sh"), path).is_ok());
        assert!(find(OsStr::new("/bin/sh"), None).is_ok());
        assert_eq!(find(OsStr::new("no-such-program"), path).expect_err("missing").kind(), ErrorKind::NotFound);
        assert_eq!(find(OsStr::new("/etc"), path).expect_err("a folder").kind(), ErrorKind::ReadOnly);
        assert_eq!(find(OsStr::new("/etc/passwd"), None).expect_err("no x bit").kind(), ErrorKind::ReadOnly);
    }

    #[test]
    fn no_value_of_a_command_line_is_recorded() {
        let words = [
            "/opt/bin/manager",
            "--token=s3cret",
            "--leader-elect",
            "--password",
            "hunter2",
            "-p",
            "x",
            "-psecret",
            "--",
            "--after",
        ];
        let command: Vec<OsString> = words.iter().map(OsString::from).collect();
        assert_eq!(recorded_words(&command), ["manager", "--token", "--leader-elect", "--password", "-p", "-p"]);
    }
}
