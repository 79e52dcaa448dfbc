//! `kuberewind copy`

use std::path::PathBuf;

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::{output, source};
use kuberewind_model::Result;

#[derive(Debug, Args)]
pub struct CopyArgs {
    /// Recording, live or left by a crash
    #[arg(value_name = "FILE")]
    from: PathBuf,
    /// New file, which needs no log beside it
    #[arg(value_name = "OUT")]
    to: PathBuf,
}

pub fn run(args: &CopyArgs) -> Result<Exit> {
    let from = source::recording_path(&args.from)?;
    let remark = kuberewind_file::copy(&from, &args.to, &source::open_options()?)?;
    if !remark.is_empty() {
        output::note(&remark);
    }
    Ok(Exit::Done)
}
