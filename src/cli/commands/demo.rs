//! `kuberewind demo`

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::debugger::Debugger;
use crate::cli::exit::Exit;
use crate::cli::format::Format;
use crate::cli::paths::Paths;
use crate::cli::target::Target;
use crate::cli::{output, random, recent, signals, source};
use kuberewind_demo::{DemoOptions, Pace, SCENARIOS, Scenario};
use kuberewind_model::{Clock, Error, ErrorKind, Result, SystemClock};
use kuberewind_report::Table;

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Scenario to record; list them with --list [default: tug-of-war]
    #[arg(value_name = "SCENARIO")]
    scenario: Option<String>,
    /// Write the recording to this file [default: demo-SCENARIO.db in the data folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Record without opening the debugger
    #[arg(long)]
    no_open: bool,
    /// Run in real time until ctrl-c, for use with `kuberewind tail`
    #[arg(long)]
    live: bool,
    /// List the scenarios
    #[arg(long)]
    list: bool,
}

pub fn run(args: &DemoArgs) -> Result<Exit> {
    if args.list {
        let mut table = Table::new(&["SCENARIO", "SHOWS"]);
        for scenario in SCENARIOS {
            table.row([scenario.name.to_owned(), scenario.summary.to_owned()]);
        }
        output::print(&table.text())?;
        return Ok(Exit::Done);
    }
    let scenario = find_scenario(args.scenario.as_deref())?;
    let path = args.output.clone().map_or_else(|| default_path(scenario), Ok)?;
    remove_earlier_demo(&path)?;
    recent::remember(&path);
    let pace = if args.live { Pace::Live } else { Pace::Simulated(SystemClock::start().now()) };
    if args.live {
        output::note(&format!(
            "recording into {}; follow it in another terminal with `kuberewind tail {0}`; ctrl-c stops it",
            path.display()
        ));
    }
    let options = DemoOptions { output: path.clone(), pace, recording_id: random::id()? };
    let stats = kuberewind_demo::run(scenario, &options, async { signals::interrupted().await })?;
    output::note(&format!("recorded {} operations of {} into {}", stats.recorded, scenario.name, path.display()));
    if args.no_open || args.live {
        return Ok(Exit::Done);
    }
    Debugger::new(&Target { path, session: None, moment: None }, None, None, None)?.run(Format::Text)
}

fn find_scenario(name: Option<&str>) -> Result<&'static Scenario> {
    let name = name.unwrap_or(SCENARIOS[0].name);
    kuberewind_demo::find(name).ok_or_else(|| {
        let names: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        Error::new(ErrorKind::NotFound, format!("there is no scenario {name:?}"))
            .hint(format!("name one of {}", names.join(", ")))
    })
}

/// Returns the file for a demo without `-o`. Each run replaces it, unless the user has added notes to it: then the next one gets
/// another name.
fn default_path(scenario: &Scenario) -> Result<PathBuf> {
    let folder = Paths::find()?.data.join("recordings");
    std::fs::create_dir_all(&folder)
        .map_err(|error| Error::new(ErrorKind::Io, format!("cannot create the folder {}", folder.display())).because(error))?;
    let first = folder.join(format!("demo-{}.db", scenario.name));
    let next = |number: u32| folder.join(format!("demo-{}-{number}.db", scenario.name));
    let names = std::iter::once(first.clone()).chain((2..1_000).map(next));
    Ok(names.into_iter().find(|path| !has_notes(path)).unwrap_or(first))
}

/// True if the user has added bookmarks to a recording.
fn has_notes(path: &Path) -> bool {
    path.exists() && source::open_quietly(path).and_then(|source| source.bookmarks()).is_ok_and(|notes| !notes.is_empty())
}

/// Deletes the recording of an earlier demo. Fails if the file is anything else.
fn remove_earlier_demo(path: &Path) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    let sessions = source::open_quietly(path).and_then(|source| source.sessions());
    if !sessions.is_ok_and(|sessions| sessions.iter().all(|session| session.cluster == kuberewind_demo::CLUSTER)) {
        return Err(Error::new(
            ErrorKind::Invalid,
            format!("cannot overwrite {}: it is not a recording of a demo", path.display()),
        )
        .hint("name another file with -o"));
    }
    if has_notes(path) {
        let step = format!("cannot overwrite {}: it has your bookmarks", path.display());
        return Err(Error::new(ErrorKind::Invalid, step).hint("name another file with -o, or delete it"));
    }
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(
                    Error::new(ErrorKind::Io, format!("cannot delete the earlier demo {}", path.display())).because(error)
                );
            }
            _ => {}
        }
    }
    Ok(())
}
