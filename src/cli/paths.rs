//! Where settings, themes, state and caches are, by the platform's conventions (the crate `directories`; XDG on Linux).

use std::env;
use std::path::PathBuf;

use directories::{BaseDirs, ProjectDirs};

use kuberewind_model::{Error, ErrorKind, Result};

/// The folders. None of them is created before something is written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// `config.toml`, `keys.toml` and `themes/`. `$KUBEREWIND_CONFIG_DIR` overrides it.
    pub config: PathBuf,
    /// Recordings made without a name.
    pub data: PathBuf,
    /// Notes to recordings that cannot be written, sessions of the debugger.
    pub state: PathBuf,
    /// Converted recordings and copies.
    pub cache: PathBuf,
}

impl Paths {
    /// Asks the platform.
    ///
    /// # Errors
    /// Where the user has no home folder.
    pub fn find() -> Result<Paths> {
        let project = ProjectDirs::from("", "", "kuberewind").ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "this user has no home folder to keep settings and caches in")
                .hint("set HOME, or XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME and XDG_CACHE_HOME")
        })?;
        let own_config = env::var_os("KUBEREWIND_CONFIG_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
        Ok(Paths {
            config: own_config.or_else(dotted_config).unwrap_or_else(|| project.config_dir().to_owned()),
            data: project.data_dir().to_owned(),
            state: project.state_dir().unwrap_or_else(|| project.data_local_dir()).to_owned(),
            cache: project.cache_dir().to_owned(),
        })
    }
}

/// On macOS many keep the settings of such programs in `~/.config`: where these are there, they count.
fn dotted_config() -> Option<PathBuf> {
    let folder = BaseDirs::new()?.home_dir().join(".config/kuberewind");
    (cfg!(target_os = "macos") && folder.is_dir()).then_some(folder)
}
