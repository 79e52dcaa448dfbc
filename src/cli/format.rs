//! `--format text|json`

use clap::{Args, ValueEnum};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// For programs; the keys are stable
    Json,
}

#[derive(Debug, Clone, Copy, Args)]
pub struct FormatArgs {
    /// Print in this format
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}
