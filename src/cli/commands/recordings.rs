//! `kuberewind` without arguments: lists the recordings that were opened or made last.

use std::time::SystemTime;

use clap::Command;

use crate::cli::exit::Exit;
use crate::cli::{output, recent};
use kuberewind_model::{Error, ErrorKind, Result, Timestamp};
use kuberewind_report::Table;
use kuberewind_text::{printable, shell_quote};

/// Prints the list, or the help if there is none.
pub fn run(mut command: Command) -> Result<Exit> {
    let recordings = recent::recent()?;
    if recordings.is_empty() {
        let help = command.render_help();
        output::print(&help.to_string())?;
        return Err(Error::new(ErrorKind::Invalid, "no recording is named").hint("make one with `kuberewind demo`"));
    }
    let mut table = Table::new(&["CHANGED", "RECORDING"]);
    for path in &recordings {
        let changed = path.metadata().and_then(|found| found.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
        let changed = jiff::Timestamp::try_from(changed).map_or_else(|_| String::new(), |at| Timestamp::from_jiff(at).rfc3339(0));
        table.row([changed, printable(&path.display().to_string()).into_owned()]);
    }
    output::print(&table.text())?;
    if let Some(first) = recordings.first() {
        output::print(&format!(
            "\nopen one with `kuberewind {}`; `kuberewind --help` lists the commands\n",
            shell_quote(&first.display().to_string())
        ))?;
    }
    Ok(Exit::Done)
}
