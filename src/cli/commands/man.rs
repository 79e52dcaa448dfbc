//! `kuberewind man`

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man;

use crate::cli::exit::Exit;
use crate::cli::output;
use kuberewind_model::{Error, ErrorKind, Result};

/// The deepest level of subcommands.
const MAX_DEPTH: usize = 4;

#[derive(Debug, Args)]
pub struct ManArgs {
    /// Print the page of this command [default: kuberewind itself]
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
    /// Write all pages to this folder
    #[arg(long, value_name = "FOLDER", conflicts_with = "command")]
    out_dir: Option<PathBuf>,
}

/// `command` is the table of commands.
pub fn run(args: &ManArgs, mut command: Command) -> Result<Exit> {
    command.build();
    if let Some(folder) = &args.out_dir {
        let written = write_all(command, folder)?;
        output::print(&format!("wrote {written} pages to {}\n", kuberewind_text::printable(&folder.display().to_string())))?;
        return Ok(Exit::Done);
    }
    for word in &args.command {
        let found = command.find_subcommand(word).filter(|found| !found.is_hide_set()).cloned();
        command = found.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("there is no command {:?}", args.command.join(" ")))
                .hint("list the commands with `kuberewind --help`")
        })?;
    }
    output::print(&page(&command)?)?;
    Ok(Exit::Done)
}

/// Writes `kuberewind.1`, `kuberewind-open.1` and so on. Returns the number of pages.
fn write_all(command: Command, folder: &Path) -> Result<usize> {
    let failed = |error: std::io::Error| {
        Error::new(ErrorKind::Io, format!("cannot write the man pages to {}", folder.display())).because(error)
    };
    fs::create_dir_all(folder).map_err(failed)?;
    let mut left = vec![(command, 0)];
    let mut written = 0;
    while let Some((command, depth)) = left.pop() {
        fs::write(folder.join(format!("{}.1", name_of(&command))), page(&command)?).map_err(failed)?;
        written += 1;
        if depth < MAX_DEPTH {
            let visible = command.get_subcommands().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help");
            left.extend(visible.map(|inner| (inner.clone(), depth + 1)));
        }
    }
    Ok(written)
}

/// Returns the name of the page: `kuberewind-bookmark-add`.
fn name_of(command: &Command) -> String {
    command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned()
}

fn page(command: &Command) -> Result<String> {
    let name = name_of(command);
    let mut text = Vec::new();
    Man::new(command.clone())
        .title(name.to_uppercase())
        .render(&mut text)
        .map_err(|error| Error::new(ErrorKind::Io, format!("cannot make the man page of {name}")).because(error))?;
    String::from_utf8(text)
        .map_err(|error| Error::new(ErrorKind::Invalid, format!("cannot make the man page of {name}")).because(error))
}
