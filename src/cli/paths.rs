//! The folders for settings, data, state and caches, by the conventions of the platform (XDG on Linux).

use std::env;
use std::path::PathBuf;

use directories::{BaseDirs, ProjectDirs};

use kuberewind_model::{Error, ErrorKind, Result};

/// The recording that commands use if the command line names none.
pub const DEFAULT_DATABASE: &str = "recordings.db";

/// The folders. The program creates a folder when it first writes there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// `config.toml`, `keys.toml` and `themes/`. `$KUBEREWIND_CONFIG_DIR` overrides this folder.
    pub config: PathBuf,
    /// Recordings of `kuberewind demo` without `-o`.
    pub data: PathBuf,
    /// Notes for read-only recordings, and the last position in each recording.
    pub state: PathBuf,
    /// Recordings converted from other formats, and copies.
    pub cache: PathBuf,
}

impl Paths {
    /// Fails if the user has no home folder.
    pub fn find() -> Result<Paths> {
        let project = ProjectDirs::from("", "", "kuberewind").ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "cannot find the folders for settings and caches: the user has no home folder")
                .hint("set HOME, or XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME and XDG_CACHE_HOME")
        })?;
        let override_folder = env::var_os("KUBEREWIND_CONFIG_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
        Ok(Paths {
            config: override_folder.or_else(dot_config).unwrap_or_else(|| project.config_dir().to_owned()),
            data: project.data_dir().to_owned(),
            state: project.state_dir().unwrap_or_else(|| project.data_local_dir()).to_owned(),
            cache: project.cache_dir().to_owned(),
        })
    }
}

/// On macOS, returns `~/.config/kuberewind` if it exists: many users keep the settings of terminal programs there.
fn dot_config() -> Option<PathBuf> {
    let folder = BaseDirs::new()?.home_dir().join(".config/kuberewind");
    (cfg!(target_os = "macos") && folder.is_dir()).then_some(folder)
}
