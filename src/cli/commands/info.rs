//! `kuberewind info`

use clap::Args;
use serde_json::{Map, Value, json};

use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::output;
use crate::cli::paths::Paths;
use kuberewind_analysis::detectors::DETECTORS_VERSION;
use kuberewind_file::SCHEMA_VERSION;
use kuberewind_formats::IMPORTERS;
use kuberewind_model::Result;
use kuberewind_report::{Table, json_text};

#[derive(Debug, Args)]
pub struct InfoArgs {
    #[command(flatten)]
    format: FormatArgs,
}

pub fn run(args: &InfoArgs) -> Result<Exit> {
    let paths = Paths::find()?;
    let (themes, recordings) = (paths.config.join("themes"), paths.data.join("recordings"));
    let folders = [
        ("config", &paths.config),
        ("themes", &themes),
        ("data", &paths.data),
        ("recordings", &recordings),
        ("state", &paths.state),
        ("cache", &paths.cache),
    ];
    let version = env!("CARGO_PKG_VERSION");
    match args.format.format {
        Format::Text => {
            let mut table = Table::new(&["VERSION", version]);
            table.row(["recording format".to_owned(), SCHEMA_VERSION.to_string()]);
            table.row(["detectors".to_owned(), DETECTORS_VERSION.to_string()]);
            for (name, path) in folders {
                let missing = if path.is_dir() { "" } else { "  (does not exist)" };
                table.row([name.to_owned(), format!("{}{missing}", path.display())]);
            }
            for importer in IMPORTERS {
                table.row([format!("reads {}", importer.name), importer.doc.to_owned()]);
            }
            output::print(&table.text())?;
        }
        Format::Json => {
            let paths: Map<_, _> =
                folders.iter().map(|(name, path)| ((*name).to_owned(), json!(path.display().to_string()))).collect();
            let importers: Vec<Value> = IMPORTERS
                .iter()
                .map(|importer| json!({"name": importer.name, "version": importer.version, "reads": importer.doc}))
                .collect();
            output::print(&json_text(&json!({
                "version": version, "recording_format": SCHEMA_VERSION, "detectors": DETECTORS_VERSION, "paths": paths,
                "importers": importers,
            })))?;
        }
    }
    Ok(Exit::Done)
}
