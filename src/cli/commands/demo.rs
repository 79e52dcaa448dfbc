//! `kuberewind demo`

use std::path::{Path, PathBuf};

use crate::cli::args::DemoArgs;
use crate::cli::{Exit, Paths, Target, commands, opening, output, random, signals};
use crate::demo::{self, DemoOptions, Pace, SCENARIOS, Scenario};
use crate::report::Table;
use kuberewind_model::{Clock, Error, ErrorKind, Result, SystemClock};

/// Records a scenario, and opens it.
pub fn run(args: &DemoArgs) -> Result<Exit> {
    if args.list {
        let mut table = Table::new(&["SCENARIO", "WHAT IT SHOWS"]);
        for scenario in SCENARIOS {
            table.row([scenario.name.to_owned(), scenario.summary.to_owned()]);
        }
        output::print(&table.text())?;
        return Ok(Exit::Done);
    }
    let scenario = chosen(args.scenario.as_deref())?;
    let path = args.output.clone().map_or_else(|| default_path(scenario), Ok)?;
    make_room(&path)?;
    let pace = if args.live { Pace::Live } else { Pace::Simulated(SystemClock::start().now()) };
    if args.live {
        output::note(&format!(
            "recording into {}; `kuberewind tail {0}` in another terminal follows it; ctrl-c ends it",
            path.display()
        ));
    }
    let options = DemoOptions { output: path.clone(), pace, recording_id: random::id()? };
    let stats = demo::run(scenario, &options, signals::interrupted())?;
    output::note(&format!("{} operations of {} are in {}", stats.recorded, scenario.name, path.display()));
    if args.no_open || args.live {
        return Ok(Exit::Done);
    }
    commands::open::debugger(&Target { path, session: None, moment: None })
}

fn chosen(name: Option<&str>) -> Result<&'static Scenario> {
    let name = name.unwrap_or(SCENARIOS[0].name);
    demo::find(name).ok_or_else(|| {
        let names: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        Error::new(ErrorKind::NotFound, format!("there is no scenario {name:?}"))
            .hint(format!("the scenarios are {}", names.join(", ")))
    })
}

/// Where the recording goes unless `-o` says: a place of its own in the user's data, anew each time.
fn default_path(scenario: &Scenario) -> Result<PathBuf> {
    let folder = Paths::find()?.data.join("recordings");
    std::fs::create_dir_all(&folder)
        .map_err(|error| Error::new(ErrorKind::Io, format!("the folder {} cannot be made", folder.display())).because(error))?;
    Ok(folder.join(format!("demo-{}.db", scenario.name)))
}

/// What an earlier demo left is replaced; anything else is left alone.
fn make_room(path: &Path) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    let earlier = opening::quietly(path).and_then(|source| source.sessions());
    if !earlier.is_ok_and(|sessions| sessions.iter().all(|session| session.cluster == demo::CLUSTER)) {
        return Err(Error::new(ErrorKind::Invalid, format!("{} is there already, and no demo's", path.display()))
            .hint("name another file with -o"));
    }
    for ending in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(
                    Error::new(ErrorKind::Io, format!("the last demo's {} could not be removed", path.display())).because(error)
                );
            }
            _ => {}
        }
    }
    Ok(())
}
