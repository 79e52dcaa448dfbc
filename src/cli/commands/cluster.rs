//! `kuberewind cluster`

use std::fs::OpenOptions;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use tokio::net::TcpListener;

use crate::cli::exit::Exit;
use crate::cli::{output, random, signals};
use kuberewind_cluster::http::{self, Exposure, HttpOptions};
use kuberewind_cluster::{Cluster, ClusterOptions, Fidelity, kubeconfig};
use kuberewind_model::{Error, ErrorKind, Result, SystemClock};

#[derive(Debug, Args)]
pub struct ClusterArgs {
    /// Listen on this address; port 0 is any free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Allow an address that other machines can reach. Anyone with the kubeconfig then has access to the whole API
    #[arg(long)]
    allow_remote: bool,
    /// Write the kubeconfig to this file (mode 0600). It contains the token that the server requires
    #[arg(long, value_name = "FILE")]
    kubeconfig_out: Option<PathBuf>,
    /// Create the objects of these manifests. Repeat for more files or folders
    #[arg(long, value_name = "FILE|DIR")]
    apply: Vec<PathBuf>,
}

/// Serves until SIGINT, SIGTERM or SIGHUP.
pub fn run(args: &ClusterArgs) -> Result<Exit> {
    if args.allow_remote && args.kubeconfig_out.is_none() {
        return Err(Error::new(
            ErrorKind::Invalid,
            "cannot use --allow-remote alone: the server then requires a token, which only a kubeconfig can hold",
        )
        .hint("add --kubeconfig-out FILE"));
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
    runtime.block_on(serve(args, cluster))?;
    Ok(Exit::Done)
}

fn lower_half(id: u128) -> u64 {
    u64::try_from(id & u128::from(u64::MAX)).unwrap_or_default()
}

async fn serve(args: &ClusterArgs, cluster: Cluster) -> Result<()> {
    let failed = |error| {
        Error::new(ErrorKind::Io, format!("cannot listen on {}", args.listen))
            .because(error)
            .hint("choose another port, or port 0 for any free one")
    };
    let listener = TcpListener::bind(args.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    // The kubeconfig holds the token. Without a kubeconfig only this machine can connect, and no token is required.
    let token = match &args.kubeconfig_out {
        Some(_) => format!("{:032x}", random::id()?),
        None => String::new(),
    };
    let exposure = if args.allow_remote { Exposure::Anybody } else { Exposure::Loopback };
    if args.allow_remote {
        output::note(&format!(
            "anyone who reaches {address} and has the kubeconfig can read and write everything in this cluster"
        ));
    }
    if let Some(path) = &args.kubeconfig_out {
        write_private(path, &kubeconfig(address, &token))?;
        output::note(&format!("listening on http://{address}; KUBECONFIG={} kubectl get ns", path.display()));
    } else {
        output::note(&format!("listening on http://{address}; kubectl --server=http://{address} get ns"));
    }
    http::serve(listener, cluster, HttpOptions { token, exposure }, signals::interrupted()).await
}

/// Replaces a file by one that only its owner can read.
fn write_private(path: &Path, text: &str) -> Result<()> {
    let failed = |error| Error::new(ErrorKind::Io, format!("cannot write the kubeconfig {}", path.display())).because(error);
    if path.exists() {
        std::fs::remove_file(path).map_err(failed)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}
