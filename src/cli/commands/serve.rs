//! `kuberewind serve`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::kubeconfig_file::KubeconfigFile;
use crate::cli::moment::{AtArgs, find_moment};
use crate::cli::perspective::PerspectiveArgs;
use crate::cli::target::RecordingArgs;
use crate::cli::{output, server, session, signals};
use kuberewind_cluster::http::{self, Exposure, kubeconfig};
use kuberewind_model::Result;
use kuberewind_serve::{Conflict, Moved, MovedWrites, ServeOptions, Served, Speed, WritePolicy, play};
use kuberewind_text::{counted_len, printable, shell_quote};

#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    recording: RecordingArgs,
    #[command(flatten)]
    moment: AtArgs,
    #[command(flatten)]
    perspective: PerspectiveArgs,
    /// Listen on this address of this machine; port 0 is any free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Write the kubeconfig to this new file (mode 0600). It contains the token that the server requires. Removed at the end [default: a
    /// file in a private folder]
    #[arg(long, value_name = "FILE")]
    kubeconfig_out: Option<PathBuf>,
    /// Replace the file of --kubeconfig-out if it exists
    #[arg(long, requires = "kubeconfig_out")]
    force: bool,
    /// Advance by recorded time, X times as fast: 1x, 10x, 0.5x. A recording that grows is followed [default: stay at the moment]
    #[arg(long, value_name = "X")]
    play: Option<Speed>,
    /// List the names of objects that are not known at the moment, each with an annotation
    #[arg(long)]
    list_unknown: bool,
    /// Take writes. They change this server only, not the recording. A move of the cursor drops them
    #[arg(long)]
    writable: bool,
    /// Merge the writes into the new world when the cursor moves, and report conflicts
    #[arg(long, requires = "writable")]
    keep_writes: bool,
}

/// Serves until SIGINT, SIGTERM or SIGHUP.
pub fn run(args: &ServeArgs) -> Result<Exit> {
    http::check_address(args.listen, Exposure::Loopback).map_err(|error| error.hint("listen on 127.0.0.1"))?;
    KubeconfigFile::check(args.kubeconfig_out.as_deref(), args.force)?;
    let target = args.recording.target()?;
    let moment = target.moment.clone().unwrap_or_else(|| args.moment.at.clone());
    let mut recording = session::open_only(&target, Some(&moment))?;
    let at = find_moment(&mut recording, &moment)?;
    let name = target.path.file_name().unwrap_or(target.path.as_os_str()).to_string_lossy().into_owned();
    let perspective = args.perspective.clone();
    let viewpoint = Box::new(move |recording: &_, at| perspective.find(recording, at));
    let writes = match (args.writable, args.keep_writes) {
        (false, _) => WritePolicy::Refuse,
        (true, false) => WritePolicy::DropOnMove,
        (true, true) => WritePolicy::KeepOnMove,
    };
    let report = MoveReport::default();
    let report = Box::new(move |moved: &_| report.print(moved));
    let options = ServeOptions { name, viewpoint, list_unknown: args.list_unknown, writes, report };
    let served = Arc::new(Served::new(recording, at, options)?);
    server::runtime()?.block_on(serve(args, served))?;
    Ok(Exit::Done)
}

async fn serve(args: &ServeArgs, served: Arc<Served>) -> Result<()> {
    let (listener, address) = server::bind(args.listen).await?;
    let options = server::secured(address, Exposure::Loopback)?;
    let interrupted = signals::interrupted();
    let file = KubeconfigFile::write(args.kubeconfig_out.as_deref(), args.force, &kubeconfig(address, &options))?;
    let (at, time) = served.cursor();
    output::note(&format!("serving {at} ({}) on https://{address}", time.rfc3339(3)));
    // The shell that reads this may be in another folder.
    let kubeconfig = std::path::absolute(file.path()).unwrap_or_else(|_| file.path().to_owned());
    output::note(&format!("export KUBECONFIG={}", shell_quote(&kubeconfig.to_string_lossy())));
    let player = args.play.map(|speed| tokio::spawn(played(served.clone(), speed)));
    let ended = kuberewind_serve::serve(listener, served, options, interrupted).await;
    if let Some(player) = player {
        player.abort();
    }
    ended
}

/// Plays to the end of the recording, which stays served.
async fn played(served: Arc<Served>, speed: Speed) {
    match play(served.clone(), speed).await {
        Ok(()) => output::note(&format!("played to the end: {}", served.cursor().0)),
        Err(error) => output::note(&format!("playing has stopped at {}: {error}", served.cursor().0)),
    }
}

/// Prints what moves do with writes. A conflict that the move before had too is not printed again.
#[derive(Default)]
struct MoveReport(Mutex<Vec<Conflict>>);

impl MoveReport {
    fn print(&self, moved: &Moved) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &moved.writes {
            MovedWrites::None => known.clear(),
            MovedWrites::Dropped(objects) => {
                output::note(&format!("moved to {}: the writes of {} were dropped", moved.at, counted_len(*objects, "object")));
            }
            MovedWrites::Kept { conflicts, .. } => {
                for conflict in conflicts.iter().filter(|conflict| !known.contains(conflict)) {
                    output::note(&format!("conflict at {}: {}", moved.at, printable(&conflict.to_string())));
                }
                known.clone_from(conflicts);
            }
        }
    }
}
