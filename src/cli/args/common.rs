//! What many commands have in common: which recording, which object, which format.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCompleter;

use crate::cli::complete;

/// Text for people or JSON for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs; the keys are stable.
    Json,
}

/// Which format.
#[derive(Debug, Clone, Copy, Args)]
pub struct FormatArgs {
    /// Text for people or JSON for programs.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Which recording, and which session of it.
#[derive(Debug, Clone, Args)]
pub struct RecordingArgs {
    /// The recording; a name that is no file is a session of the database.
    #[arg(value_name = "FILE", add = ArgValueCompleter::new(complete::recordings))]
    pub file: Option<String>,
    /// The recording, where FILE is a session's name or not given.
    #[arg(short = 'd', long, env = "REPLAY_DB_PATH", value_name = "FILE")]
    pub database: Option<PathBuf>,
    /// The session.
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(complete::sessions))]
    pub session: Option<String>,
}

/// Which recording, for commands whose argument is something else.
#[derive(Debug, Clone, Args)]
pub struct DatabaseArgs {
    /// The recording.
    #[arg(short = 'd', long, env = "REPLAY_DB_PATH", value_name = "FILE")]
    pub database: Option<PathBuf>,
    /// The session.
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(complete::sessions))]
    pub session: Option<String>,
}

/// An object as kubectl names it, and where to look.
#[derive(Debug, Clone, Args)]
pub struct ObjectArgs {
    /// `deploy/checkout`, `Deployment/shop/checkout`, or `deploy checkout`.
    #[arg(value_name = "OBJECT", required = true, num_args = 1..=2, add = ArgValueCompleter::new(complete::objects))]
    pub object: Vec<String>,
    /// Its namespace.
    #[arg(short = 'n', long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// The recording.
    #[arg(short = 'd', long, env = "REPLAY_DB_PATH", value_name = "FILE")]
    pub database: Option<PathBuf>,
    /// The session.
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(complete::sessions))]
    pub session: Option<String>,
}
