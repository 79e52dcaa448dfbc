//! MOMENT: `--at`, `--from`, `--to`.

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use crate::cli::completion::candidates;
use crate::session::OpenRecording;
use kuberewind_model::{Moment, MomentSpec, Result};

#[derive(Debug, Clone, Args)]
pub struct AtArgs {
    /// Use the state at this moment
    #[arg(long, value_name = "MOMENT", default_value = "end", add = ArgValueCompleter::new(candidates::moments))]
    pub at: String,
}

#[derive(Debug, Clone, Args)]
pub struct FromToArgs {
    /// Start after this moment
    #[arg(long, value_name = "MOMENT", default_value = "start", add = ArgValueCompleter::new(candidates::moments))]
    pub from: String,
    /// Stop at this moment
    #[arg(long, value_name = "MOMENT", default_value = "end", add = ArgValueCompleter::new(candidates::moments))]
    pub to: String,
}

/// Looks up a moment. If it names another session, selects that session.
pub fn find_moment(recording: &mut OpenRecording, text: &str) -> Result<Moment> {
    let found = recording.find(&MomentSpec::parse(text)?, false)?;
    recording.look_at_number(found.session)?;
    Ok(found.at)
}
