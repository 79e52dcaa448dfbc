//! Reads the user's kubeconfig, and writes and removes the child's.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine};
use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig};
use tempfile::TempDir;

use kuberewind_model::{Error, ErrorKind, Result};

/// The kubeconfig and context to use.
#[derive(Debug, Clone, Default)]
pub struct KubeconfigSource {
    /// The kubeconfig file; `None` for `$KUBECONFIG`, `~/.kube/config`, or the pod's own service account.
    pub file: Option<PathBuf>,
    /// The context; `None` for the current one.
    pub context: Option<String>,
}

/// Reads the user's configuration.
///
/// # Errors
/// The file or the context does not exist or is invalid.
pub async fn read(source: &KubeconfigSource) -> Result<Config> {
    let options = KubeConfigOptions { context: source.context.clone(), ..KubeConfigOptions::default() };
    let wanted = source.context.as_ref().map_or("a current context".to_owned(), |context| format!("the context {context:?}"));
    let location = source.file.as_ref().map_or_else(default_places, |file| file.display().to_string());
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        Error::new(ErrorKind::NotFound, format!("cannot use {wanted} in {location}"))
            .because(error)
            .hint("choose a file with --kubeconfig and a context with --context; `kubectl config get-contexts` lists them")
    };
    let kubeconfig = match &source.file {
        Some(file) => Kubeconfig::read_from(file).map_err(|error| failed(Box::new(error)))?,
        None => match Kubeconfig::read() {
            Ok(kubeconfig) => kubeconfig,
            // In a pod there is no kubeconfig but a service account. Without either, the first error is the more useful one.
            Err(error) => return Config::incluster().map_err(|_| failed(Box::new(error))),
        },
    };
    if kubeconfig.current_context.as_deref().unwrap_or_default().is_empty() && source.context.is_none() {
        return Err(failed("there is no current-context".into()));
    }
    Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| failed(Box::new(error)))
}

fn default_places() -> String {
    match std::env::var("KUBECONFIG") {
        Ok(paths) if !paths.is_empty() => format!("$KUBECONFIG ({paths})"),
        _ => "~/.kube/config ($KUBECONFIG is not set)".to_owned(),
    }
}

/// The content of the child's kubeconfig.
pub struct ProxyKubeconfig<'a> {
    /// The proxy's address.
    pub address: SocketAddr,
    /// The proxy's token.
    pub token: &'a str,
    /// The proxy's certificate in PEM; `None` for plain HTTP.
    pub certificate: Option<&'a str>,
    /// The namespace of the user's context.
    pub namespace: &'a str,
}

impl ProxyKubeconfig<'_> {
    fn yaml(&self) -> String {
        // A proxy that listens on all addresses is reached on loopback.
        let host = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => "127.0.0.1".to_owned(),
            IpAddr::V6(ip) if ip.is_unspecified() => "[::1]".to_owned(),
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        let mut cluster = serde_json::json!({ "server": format!("{scheme}://{host}:{}", self.address.port()) });
        if let Some(pem) = self.certificate {
            cluster["certificate-authority-data"] = BASE64_STANDARD.encode(pem).into();
        }
        let config = serde_json::json!({
            "apiVersion": "v1", "kind": "Config", "preferences": {}, "current-context": "kuberewind",
            "clusters": [{ "name": "kuberewind", "cluster": cluster }],
            "users": [{ "name": "kuberewind", "user": { "token": self.token } }],
            "contexts": [{ "name": "kuberewind", "context": { "cluster": "kuberewind", "user": "kuberewind", "namespace": self.namespace } }],
        });
        // JSON is valid YAML.
        config.to_string()
    }
}

/// The child's kubeconfig in its own folder. Dropping it removes both.
#[derive(Debug)]
pub struct PrivateKubeconfig {
    file: PathBuf,
    /// Removed when dropped. If that fails, the token in it is no longer valid.
    _folder: TempDir,
}

impl PrivateKubeconfig {
    /// Writes the file (mode 0600) into a new folder (mode 0700) below `parent`.
    ///
    /// # Errors
    /// The folder or the file cannot be written.
    pub fn write(parent: &Path, contents: &ProxyKubeconfig<'_>) -> Result<PrivateKubeconfig> {
        remove_stale(parent);
        let failed = |path: &Path, error: std::io::Error| {
            Error::new(ErrorKind::Io, format!("cannot write the program's kubeconfig to {}", path.display())).because(error)
        };
        let folder = tempfile::Builder::new()
            .prefix(&format!("{FOLDER_PREFIX}{}-", std::process::id()))
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent)
            .map_err(|error| failed(parent, error))?;
        let file = folder.path().join("config");
        write_private(&file, &contents.yaml()).map_err(|error| failed(&file, error))?;
        Ok(PrivateKubeconfig { file, _folder: folder })
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.file
    }
}

/// A kubeconfig at a path that the user chose, for clients that are started by hand. Dropping it removes the file.
#[derive(Debug)]
pub struct ExportedKubeconfig(PathBuf);

impl ExportedKubeconfig {
    /// Writes the file with mode 0600. It never overwrites a file.
    ///
    /// # Errors
    /// The file exists or cannot be written.
    pub fn write(file: &Path, contents: &ProxyKubeconfig<'_>) -> Result<ExportedKubeconfig> {
        write_private(file, &contents.yaml()).map_err(|error| {
            Error::new(ErrorKind::Io, format!("cannot write a kubeconfig to {}", file.display())).because(error)
        })?;
        Ok(ExportedKubeconfig(file.to_owned()))
    }
}

impl Drop for ExportedKubeconfig {
    fn drop(&mut self) {
        // A missing file needs no removal.
        fs::remove_file(&self.0).ok();
    }
}

fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    out.write_all(text.as_bytes())
}

/// Folder names are this prefix, the recorder's process id and random characters.
const FOLDER_PREFIX: &str = "kuberewind-record-";

/// Removes the folders of recorders that were killed. Their tokens are no longer valid.
fn remove_stale(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(FOLDER_PREFIX)) else { continue };
        let pid = rest.split('-').next().and_then(|pid| pid.parse().ok()).and_then(rustix::process::Pid::from_raw);
        let is_dead = pid.is_some_and(|pid| rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH));
        if is_dead {
            // Another user's folder cannot be removed.
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use kube::config::Kubeconfig;

    use super::{KubeconfigSource, PrivateKubeconfig, ProxyKubeconfig, read};

    #[test]
    fn the_private_kubeconfig_is_private_and_removed() {
        let parent = tempfile::tempdir().expect("a folder");
        let stale = parent.path().join("kuberewind-record-999999999-00");
        std::fs::create_dir(&stale).expect("a folder");
        let contents = ProxyKubeconfig {
            address: "127.0.0.1:4711".parse().expect("address"),
            token: "t0ken",
            certificate: Some("PEM"),
            namespace: "shop",
        };
        let private = PrivateKubeconfig::write(parent.path(), &contents).expect("written");
        let mode = |path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(private.path()), mode(private.path().parent().expect("folder"))), (0o600, 0o700));
        assert!(!stale.exists(), "a dead recorder's folder is swept away");
        let read = Kubeconfig::read_from(private.path()).expect("kube reads it");
        let cluster = read.clusters[0].cluster.as_ref().expect("cluster");
        assert_eq!(cluster.server.as_deref(), Some("https://127.0.0.1:4711"));
        assert_eq!(cluster.certificate_authority_data.as_deref(), Some("UEVN"));
        let path = private.path().to_owned();
        drop(private);
        assert!(!path.exists() && !path.parent().expect("folder").exists());
    }

    #[tokio::test]
    async fn a_missing_context_is_reported_with_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("config");
        std::fs::write(&file, "apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\n").expect("written");
        let error = read(&KubeconfigSource { file: Some(file.clone()), context: None }).await.expect_err("no context");
        assert!(
            error.chain().contains("a current context") && error.chain().contains(&file.display().to_string()),
            "{}",
            error.chain()
        );
        let error =
            read(&KubeconfigSource { file: Some(file), context: Some("prod".into()) }).await.expect_err("no such context");
        assert!(error.chain().contains("the context \"prod\""), "{}", error.chain());
    }
}
