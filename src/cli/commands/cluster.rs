//! `kuberewind cluster`

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;

use crate::cli::args::ClusterArgs;
use crate::cli::{Exit, output, random, signals};
use kuberewind_cluster::http::{self, Exposure, HttpOptions};
use kuberewind_cluster::{Cluster, ClusterOptions, Fidelity, kubeconfig};
use kuberewind_model::{Error, ErrorKind, Result, SystemClock};

/// Serves until it is interrupted.
pub fn run(args: &ClusterArgs) -> Result<Exit> {
    if args.allow_remote && args.kubeconfig_out.is_none() {
        return Err(Error::new(
            ErrorKind::Invalid,
            "a server that others can reach asks for a token, and only a kubeconfig can hold it",
        )
        .hint("add --kubeconfig-out FILE"));
    }
    let id = random::id()?;
    let clock = Arc::new(SystemClock::start());
    let cluster = Cluster::new(ClusterOptions { fidelity: Fidelity::Real, ..ClusterOptions::new(clock, seed(id)) });
    for path in &args.apply {
        let count = cluster.load_manifests(path)?;
        output::note(&format!("{count} objects from {}", path.display()));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new(ErrorKind::Io, "the server's runtime could not be started").because(error))?;
    runtime.block_on(serve(args, cluster))?;
    Ok(Exit::Done)
}

/// The lower half of a random id.
fn seed(id: u128) -> u64 {
    u64::try_from(id & u128::from(u64::MAX)).unwrap_or_default()
}

async fn serve(args: &ClusterArgs, cluster: Cluster) -> Result<()> {
    let listening = |error| {
        Error::new(ErrorKind::Io, format!("{} cannot be listened on", args.listen))
            .because(error)
            .hint("another port, or port 0 for any free one")
    };
    let listener = TcpListener::bind(args.listen).await.map_err(listening)?;
    let address = listener.local_addr().map_err(listening)?;
    // Whoever has the kubeconfig has the token; without one, only this machine can connect, and nothing is asked.
    let token = match &args.kubeconfig_out {
        Some(_) => format!("{:032x}", random::id()?),
        None => String::new(),
    };
    let exposure = if args.allow_remote { Exposure::Anybody } else { Exposure::Loopback };
    if args.allow_remote {
        output::note(&format!(
            "whoever reaches {address} and has the kubeconfig's token can read and write everything in this cluster"
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

/// Writes a file that only its owner can read, whatever was there before.
fn write_private(path: &Path, text: &str) -> Result<()> {
    let failed = |error| Error::new(ErrorKind::Io, format!("the kubeconfig {} cannot be written", path.display())).because(error);
    if path.exists() {
        std::fs::remove_file(path).map_err(failed)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}
