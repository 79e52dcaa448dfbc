//! The arguments of what is done to a recording as a file: bookmarks, SQL, verification.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCompleter;

use super::{FormatArgs, RecordingArgs};
use crate::cli::complete;

/// What to do with bookmarks.
#[derive(Debug, Args)]
pub struct BookmarkArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: BookmarkAction,
}

/// What to do with bookmarks.
#[derive(Debug, Subcommand)]
pub enum BookmarkAction {
    /// Set one.
    Add {
        /// Its name.
        name: String,
        /// Which recording.
        #[command(flatten)]
        recording: RecordingArgs,
        /// Where.
        #[arg(long, value_name = "MOMENT", default_value = "end", add = ArgValueCompleter::new(complete::moments))]
        at: String,
        /// What to say about it.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// List them.
    List {
        /// Which recording.
        #[command(flatten)]
        recording: RecordingArgs,
        /// Which format.
        #[command(flatten)]
        format: FormatArgs,
    },
    /// Remove one.
    Remove {
        /// Its name.
        name: String,
        /// Which recording.
        #[command(flatten)]
        recording: RecordingArgs,
    },
}

/// What to ask.
#[derive(Debug, Args)]
pub struct SqlArgs {
    /// The recording, then the query; the query alone with -d.
    #[arg(value_name = "[FILE] QUERY", required = true, num_args = 1..=2)]
    pub words: Vec<String>,
    /// The recording.
    #[arg(short = 'd', long, env = "REPLAY_DB_PATH", value_name = "FILE")]
    pub database: Option<PathBuf>,
    /// Give up after this many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub timeout: u64,
    /// Which format.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// What to check.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Which recording.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// Also hold it to what KubeStep accepts.
    #[arg(long)]
    pub strict: bool,
    /// Which format.
    #[command(flatten)]
    pub format: FormatArgs,
}
