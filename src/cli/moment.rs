//! MOMENT: `--at`, `--from`, `--to`.

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use crate::cli::completion::candidates;
use crate::cli::output;
use kuberewind_model::{Moment, MomentSpec, Result};
use kuberewind_session::OpenRecording;

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
    let spec = MomentSpec::parse(text)?;
    let found = recording.find(&spec, false)?;
    recording.look_at_number(found.session)?;
    if let Some(words) = recording.beyond_end(&spec.at) {
        output::note(&words);
    }
    Ok(found.at)
}
