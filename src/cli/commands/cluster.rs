//! `kuberewind cluster`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::kubeconfig_file::KubeconfigFile;
use crate::cli::{output, random, server, signals};
use kuberewind_cluster::controllers::Controllers;
use kuberewind_cluster::http::{self, Exposure, HttpOptions, kubeconfig};
use kuberewind_cluster::{Cluster, ClusterOptions, Fidelity};
use kuberewind_model::{Result, SystemClock};

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
    KubeconfigFile::check(args.kubeconfig_out.as_deref(), args.force)?;
    let id = random::id()?;
    let clock = Arc::new(SystemClock::start());
    let cluster = Cluster::new(ClusterOptions { fidelity: Fidelity::Real, ..ClusterOptions::new(clock, lower_half(id)) });
    for path in &args.apply {
        let count = cluster.load_manifests(path)?;
        output::note(&format!("created {} from {}", kuberewind_text::counted_len(count, "object"), path.display()));
    }
    server::runtime()?.block_on(serve(args, exposure, cluster))?;
    Ok(Exit::Done)
}

fn lower_half(id: u128) -> u64 {
    u64::try_from(id & u128::from(u64::MAX)).unwrap_or_default()
}

async fn serve(args: &ClusterArgs, exposure: Exposure, cluster: Cluster) -> Result<()> {
    let (listener, address) = server::bind(args.listen).await?;
    let options =
        if args.anonymous { HttpOptions { exposure, ..HttpOptions::default() } } else { server::secured(address, exposure)? };
    let interrupted = signals::interrupted();
    let text = kubeconfig(address, &options);
    // Without a token nothing in it is needed, unless the user names a file.
    let file = match (&args.kubeconfig_out, args.anonymous) {
        (None, true) => None,
        (out, _) => Some(KubeconfigFile::write(out.as_deref(), args.force, &text)?),
    };
    if args.allow_remote {
        output::note(&format!(
            "anyone who reaches {address} and has the kubeconfig can read and write everything in this cluster"
        ));
    }
    match &file {
        Some(file) => {
            let scheme = if args.anonymous { "http" } else { "https" };
            output::note(&format!("listening on {scheme}://{address}; KUBECONFIG={} kubectl get ns", file.path().display()));
        }
        None => output::note(&format!("listening on http://{address}; kubectl --server=http://{address} get ns")),
    }
    let controllers = args.controllers.then(|| tokio::spawn(Controllers::new(&cluster).run()));
    let served = http::serve(listener, cluster, options, interrupted).await;
    if let Some(controllers) = controllers {
        controllers.abort();
    }
    served
}
