//! The API servers of the debugger: one for each session that it serves, on a free port of this machine.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::cli::kubeconfig_file::KubeconfigFile;
use crate::cli::{server, source};
use kuberewind_cluster::http::{Exposure, kubeconfig};
use kuberewind_model::{Error, ErrorKind, Moment, Result};
use kuberewind_serve::{ServeOptions, Served, serve};
use kuberewind_session::OpenRecording;
use kuberewind_tui::moment_server::{MomentServer, MomentServers, ServerClients};

/// The longest time that the end of a server takes.
const END: Duration = Duration::from_secs(2);

/// Serves the sessions of a recording.
pub struct RecordingServers {
    path: PathBuf,
}

impl RecordingServers {
    pub fn of(path: &Path) -> RecordingServers {
        RecordingServers { path: path.to_owned() }
    }
}

impl MomentServers for RecordingServers {
    fn start(&self, session: &str, at: Moment) -> Result<Box<dyn MomentServer>> {
        let recording = OpenRecording::new(source::open_quietly(&self.path)?, Some(session))?;
        let name = self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy().into_owned();
        let served = Arc::new(Served::new(recording, at, ServeOptions::of_world(name))?);
        let runtime = server::runtime()?;
        let (listener, address) = runtime.block_on(server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))))?;
        let options = server::secured(address, Exposure::Loopback)?;
        let file = KubeconfigFile::write(None, false, &kubeconfig(address, &options))?;
        let (serving, failed) = (served.clone(), Arc::new(OnceLock::new()));
        let failure = failed.clone();
        runtime.spawn(async move {
            // The end of the runtime ends the server.
            if let Err(error) = serve(listener, serving, options, std::future::pending()).await {
                // Only this task sets it.
                let _first = failure.set(error.to_string());
            }
        });
        Ok(Box::new(RecordingServer { served, file, failed, runtime: Some(runtime) }))
    }
}

/// A running server. Dropping it ends it and removes its kubeconfig.
struct RecordingServer {
    served: Arc<Served>,
    file: KubeconfigFile,
    /// Why the server has ended by itself.
    failed: Arc<OnceLock<String>>,
    /// Taken when the server ends.
    runtime: Option<Runtime>,
}

impl MomentServer for RecordingServer {
    fn kubeconfig(&self) -> String {
        self.file.path().to_string_lossy().into_owned()
    }

    fn move_to(&self, at: Moment) -> Result<()> {
        if let Some(failed) = self.failed.get() {
            return Err(Error::new(ErrorKind::Io, format!("the server has ended: {failed}")).hint("start it again"));
        }
        self.served.move_to_number(at).map(drop)
    }

    fn clients(&self) -> ServerClients {
        let clients = self.served.clients();
        let last = clients.first().map_or_else(String::new, |(name, client)| {
            let program = name.split('/').next().unwrap_or(name);
            format!("{program} {}", client.last)
        });
        ServerClients { count: clients.len(), last }
    }
}

impl Drop for RecordingServer {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(END);
        }
    }
}
