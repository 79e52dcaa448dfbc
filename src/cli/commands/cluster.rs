//! `kuberewind cluster`

use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use tokio::net::TcpListener;

use crate::cli::exit::Exit;
use crate::cli::{output, random, signals};
use kuberewind_cluster::controllers::Controllers;
use kuberewind_cluster::http::{self, Certificate, Exposure, HttpOptions, kubeconfig};
use kuberewind_cluster::{Cluster, ClusterOptions, Fidelity};
use kuberewind_model::{Error, ErrorKind, Result, SystemClock};

#[derive(Debug, Args)]
pub struct ClusterArgs {
    /// Listen on this address; port 0 is any free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Allow an address that other machines can reach. Anyone with the kubeconfig then has access to the whole API
    #[arg(long)]
    allow_remote: bool,
    /// Write the kubeconfig to this new file (mode 0600). It contains the token that the server requires. Removed at the end [default: a
    /// file in a private folder]
    #[arg(long, value_name = "FILE")]
    kubeconfig_out: Option<PathBuf>,
    /// Replace the file of --kubeconfig-out if it exists
    #[arg(long, requires = "kubeconfig_out")]
    force: bool,
    /// Serve every program on this machine, over plain HTTP and without a token
    #[arg(long, conflicts_with = "allow_remote")]
    anonymous: bool,
    /// Create the objects of these manifests. Repeat for more files or folders
    #[arg(long, value_name = "FILE|DIR")]
    apply: Vec<PathBuf>,
    /// Run the controllers of a control plane: Deployments roll out, pods are scheduled and become ready, Jobs end
    #[arg(long)]
    controllers: bool,
}

/// Serves until SIGINT, SIGTERM or SIGHUP.
pub fn run(args: &ClusterArgs) -> Result<Exit> {
    let exposure = if args.allow_remote { Exposure::Anybody } else { Exposure::Loopback };
    http::check_address(args.listen, exposure).map_err(|error| error.hint("listen on 127.0.0.1, or add --allow-remote"))?;
    if let Some(path) = args.kubeconfig_out.as_ref().filter(|path| !args.force && path.symlink_metadata().is_ok()) {
        return Err(Error::new(ErrorKind::Invalid, format!("cannot write a kubeconfig to {}: it exists", path.display()))
            .hint("choose another file, or replace it with --force"));
    }
    let id = random::id()?;
    let clock = Arc::new(SystemClock::start());
    let cluster = Cluster::new(ClusterOptions { fidelity: Fidelity::Real, ..ClusterOptions::new(clock, lower_half(id)) });
    for path in &args.apply {
        let count = cluster.load_manifests(path)?;
        output::note(&format!("created {count} objects from {}", path.display()));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new(ErrorKind::Io, "cannot start the runtime of the server").because(error))?;
    runtime.block_on(serve(args, exposure, cluster))?;
    Ok(Exit::Done)
}

fn lower_half(id: u128) -> u64 {
    u64::try_from(id & u128::from(u64::MAX)).unwrap_or_default()
}

async fn serve(args: &ClusterArgs, exposure: Exposure, cluster: Cluster) -> Result<()> {
    let failed = |error| {
        Error::new(ErrorKind::Io, format!("cannot listen on {}", args.listen))
            .because(error)
            .hint("choose another port, or port 0 for any free one")
    };
    let listener = TcpListener::bind(args.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let options = if args.anonymous {
        HttpOptions { exposure, ..HttpOptions::default() }
    } else {
        let certificate = Some(Certificate::for_address(address.ip())?);
        HttpOptions { token: format!("{:032x}", random::id()?), certificate, exposure }
    };
    let file = KubeconfigFile::write(args, &kubeconfig(address, &options))?;
    if args.allow_remote {
        output::note(&format!(
            "anyone who reaches {address} and has the kubeconfig can read and write everything in this cluster"
        ));
    }
    match &file {
        Some(file) => {
            let scheme = if args.anonymous { "http" } else { "https" };
            output::note(&format!("listening on {scheme}://{address}; KUBECONFIG={} kubectl get ns", file.path.display()));
        }
        None => output::note(&format!("listening on http://{address}; kubectl --server=http://{address} get ns")),
    }
    let controllers = args.controllers.then(|| tokio::spawn(Controllers::new(&cluster).run()));
    let served = http::serve(listener, cluster, options, signals::interrupted()).await;
    if let Some(controllers) = controllers {
        controllers.abort();
    }
    served
}

/// The kubeconfig while the server runs. Dropping it removes the file, unless another program has replaced it.
struct KubeconfigFile {
    path: PathBuf,
    text: String,
    /// The folder of a file that the user did not name.
    _folder: Option<tempfile::TempDir>,
}

impl KubeconfigFile {
    /// Writes the file that the arguments name, or one in a private folder. `None` if neither a file nor a token is asked for.
    fn write(args: &ClusterArgs, text: &str) -> Result<Option<KubeconfigFile>> {
        let (path, folder) = match &args.kubeconfig_out {
            Some(path) => (path.clone(), None),
            None if args.anonymous => return Ok(None),
            None => {
                let folder = private_folder()?;
                (folder.path().join("config"), Some(folder))
            }
        };
        write_private(&path, text, args.force)?;
        Ok(Some(KubeconfigFile { path, text: text.to_owned(), _folder: folder }))
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
    tempfile::Builder::new().prefix("kuberewind-cluster-").permissions(mode).tempdir_in(&parent).map_err(|error| {
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
