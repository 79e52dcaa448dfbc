//! Finding the program before anything else is done, so that 126 and 127 mean what they mean in a shell.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use kuberewind_model::{Error, ErrorKind, Result};

/// Finds a program as a shell does: a name with a slash is a path, any other is looked for in `path`.
///
/// # Errors
/// [`ErrorKind::NotFound`] (exit code 127) where there is none, [`ErrorKind::ReadOnly`] (126) where what is there cannot be executed.
pub fn find(name: &OsStr, path: Option<&OsStr>) -> Result<PathBuf> {
    let shown = name.to_string_lossy();
    if name.as_encoded_bytes().contains(&b'/') {
        let place = PathBuf::from(name);
        return match standing(&place) {
            Standing::Executable => Ok(place),
            Standing::Other => Err(not_executable(&shown)),
            Standing::Missing => Err(Error::new(ErrorKind::NotFound, format!("{shown}: no such program"))),
        };
    }
    let mut unusable = false;
    for folder in path.map(std::env::split_paths).into_iter().flatten() {
        let place = folder.join(name);
        match standing(&place) {
            Standing::Executable => return Ok(place),
            Standing::Other => unusable = true,
            Standing::Missing => {}
        }
    }
    if unusable {
        Err(not_executable(&shown))
    } else {
        Err(Error::new(ErrorKind::NotFound, format!("{shown}: not found in PATH")))
    }
}

fn not_executable(shown: &str) -> Error {
    Error::new(ErrorKind::ReadOnly, format!("{shown}: cannot be executed")).hint("is it a folder, or is its x bit missing?")
}

enum Standing {
    Executable,
    Other,
    Missing,
}

fn standing(place: &Path) -> Standing {
    match std::fs::metadata(place) {
        Ok(found) if found.is_file() && found.permissions().mode() & 0o111 != 0 => Standing::Executable,
        Ok(_) => Standing::Other,
        Err(_) => Standing::Missing,
    }
}

/// What may be kept of a command line: the program's name and the names of flags, nothing that could be a value.
#[must_use]
pub fn kept_words(command: &[std::ffi::OsString]) -> Vec<String> {
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
    // Of `-psecret` nothing says where the name ends: the first letter is kept.
    name.chars().next().filter(char::is_ascii_alphanumeric).map(|letter| format!("-{letter}"))
}

#[cfg(test)]
mod tests {
    use std::ffi::{OsStr, OsString};

    use super::{find, kept_words};
    use kuberewind_model::ErrorKind;

    #[test]
    fn programs_are_found_as_a_shell_finds_them() {
        let path = Some(OsStr::new("/nowhere:/bin:/usr/bin"));
        assert!(find(OsStr::new("sh"), path).is_ok());
        assert!(find(OsStr::new("/bin/sh"), None).is_ok());
        assert_eq!(find(OsStr::new("no-such-program"), path).expect_err("missing").kind(), ErrorKind::NotFound);
        assert_eq!(find(OsStr::new("/etc"), path).expect_err("a folder").kind(), ErrorKind::ReadOnly);
        assert_eq!(find(OsStr::new("/etc/passwd"), None).expect_err("no x bit").kind(), ErrorKind::ReadOnly);
    }

    #[test]
    fn of_a_command_line_no_value_is_kept() {
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
        assert_eq!(kept_words(&command), ["manager", "--token", "--leader-elect", "--password", "-p", "-p"]);
    }
}
