//! `kuberewind man`

use std::fs;
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::cli::args::{Cli, ManArgs};
use crate::cli::{Exit, output};
use kuberewind_model::{Error, ErrorKind, Result};

/// Commands within commands within commands.
const DEPTH: usize = 4;

/// Prints a man page, or writes all of them into a folder.
pub fn run(args: &ManArgs) -> Result<Exit> {
    let mut command = Cli::command();
    command.build();
    if let Some(folder) = &args.out_dir {
        let written = write_all(command, folder)?;
        output::print(&format!("{written} pages are in {}\n", crate::text::printable(&folder.display().to_string())))?;
        return Ok(Exit::Done);
    }
    let mut wanted = command;
    for word in &args.command {
        let found = wanted.find_subcommand(word).filter(|found| !found.is_hide_set()).cloned();
        wanted =
            found.ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no command {:?}", args.command.join(" "))))?;
    }
    output::print(&page(&wanted)?)?;
    Ok(Exit::Done)
}

/// Writes `kuberewind.1`, `kuberewind-open.1` and so on; gives their number.
fn write_all(command: Command, folder: &Path) -> Result<usize> {
    let cannot = |error: std::io::Error| {
        Error::new(ErrorKind::Io, format!("man pages cannot be written to {}", folder.display())).because(error)
    };
    fs::create_dir_all(folder).map_err(cannot)?;
    let mut left = vec![(command, 0)];
    let mut written = 0;
    while let Some((command, depth)) = left.pop() {
        fs::write(folder.join(format!("{}.1", name_of(&command))), page(&command)?).map_err(cannot)?;
        written += 1;
        if depth < DEPTH {
            let shown = command.get_subcommands().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help");
            left.extend(shown.map(|inner| (inner.clone(), depth + 1)));
        }
    }
    Ok(written)
}

/// `kuberewind-bookmark-add`
fn name_of(command: &Command) -> String {
    command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned()
}

fn page(command: &Command) -> Result<String> {
    let name = name_of(command);
    let mut text = Vec::new();
    Man::new(command.clone())
        .title(name.to_uppercase())
        .render(&mut text)
        .map_err(|error| Error::new(ErrorKind::Io, format!("the man page of {name} cannot be made")).because(error))?;
    String::from_utf8(text).map_err(|_| Error::new(ErrorKind::Invalid, format!("the man page of {name} is no text")))
}
