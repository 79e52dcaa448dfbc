//! `kuberewind info`

use serde_json::json;

use crate::cli::args::{Format, FormatArgs};
use crate::cli::{Exit, Paths, output};
use crate::model::Result;
use crate::report::{Table, json_text};

/// Prints where things are.
pub fn run(args: &FormatArgs) -> Result<Exit> {
    let paths = Paths::find()?;
    let rows = [("config", &paths.config), ("data", &paths.data), ("state", &paths.state), ("cache", &paths.cache)];
    match args.format {
        Format::Text => {
            let mut table = Table::new(&["VERSION", env!("CARGO_PKG_VERSION")]);
            for (name, path) in rows {
                table.row([name.to_owned(), path.display().to_string()]);
            }
            output::print(&table.text())?;
        }
        Format::Json => {
            let paths: serde_json::Map<_, _> =
                rows.iter().map(|(name, path)| ((*name).to_owned(), json!(path.display().to_string()))).collect();
            output::print(&json_text(&json!({"version": env!("CARGO_PKG_VERSION"), "paths": paths})))?;
        }
    }
    Ok(Exit::Done)
}
