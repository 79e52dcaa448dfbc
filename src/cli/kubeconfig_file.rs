//! The kubeconfig of a server: a file that only its owner can read, removed when the server ends.

use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::cli::output;
use kuberewind_model::{Error, ErrorKind, Result};

/// The kubeconfig while the server runs. Dropping it removes the file, unless another program has replaced it.
pub struct KubeconfigFile {
    path: PathBuf,
    text: String,
    /// The folder of a file that the user did not name.
    _folder: Option<tempfile::TempDir>,
}

impl KubeconfigFile {
    /// Fails if the file that the user names exists and may not be replaced.
    pub fn check(out: Option<&Path>, replace: bool) -> Result<()> {
        match out.filter(|path| !replace && path.symlink_metadata().is_ok()) {
            None => Ok(()),
            Some(path) => {
                Err(Error::new(ErrorKind::Invalid, format!("cannot write a kubeconfig to {}: it exists", path.display()))
                    .hint("choose another file, or replace it with --force"))
            }
        }
    }

    /// Writes the file that the user names, or one in a private folder.
    pub fn write(out: Option<&Path>, replace: bool, text: &str) -> Result<KubeconfigFile> {
        let (path, folder) = match out {
            Some(path) => (path.to_owned(), None),
            None => {
                let folder = private_folder()?;
                (folder.path().join("config"), Some(folder))
            }
        };
        write_private(&path, text, replace)?;
        Ok(KubeconfigFile { path, text: text.to_owned(), _folder: folder })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for KubeconfigFile {
    fn drop(&mut self) {
        let is_ours = std::fs::read_to_string(&self.path).is_ok_and(|text| text == self.text);
        if is_ours && let Err(error) = std::fs::remove_file(&self.path) {
            output::note(&format!("cannot remove the kubeconfig {}: {error}", self.path.display()));
        }
    }
}

/// Creates a folder of mode 0700 in the user's runtime folder, else in the folder for temporary files.
fn private_folder() -> Result<tempfile::TempDir> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_absolute() && folder.is_dir());
    let parent = runtime.unwrap_or_else(std::env::temp_dir);
    let mode = std::fs::Permissions::from_mode(0o700);
    tempfile::Builder::new().prefix("kuberewind-").permissions(mode).tempdir_in(&parent).map_err(|error| {
        Error::new(ErrorKind::Io, format!("cannot make a folder for the kubeconfig in {}", parent.display()))
            .because(error)
            .hint("name a file with --kubeconfig-out FILE")
    })
}

/// Writes a file that only its owner can read. With `replace`, an existing file is replaced at once.
fn write_private(path: &Path, text: &str, replace: bool) -> Result<()> {
    let failed = |error| Error::new(ErrorKind::Io, format!("cannot write the kubeconfig {}", path.display())).because(error);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    if !replace {
        return options.open(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
