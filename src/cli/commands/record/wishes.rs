//! What is to be recorded, when, and whether it is kept.

use std::path::Path;
use std::sync::Arc;

use regex::Regex;

use crate::cli::args::RecordArgs;
use crate::cli::{keep, output};
use crate::model::{Duration, Error, ErrorKind, Result};
use crate::proxy::keeping::{Decision, SaveOn, log_words};
use crate::redact::PathRule;
use crate::store::WriterLimits;

/// The options, read.
pub struct Wishes {
    /// What asks to keep the recording; `None` where it is kept in any case.
    pub save_on: Option<SaveOn>,
    /// Whether something has asked.
    pub decision: Arc<Decision>,
    /// Recording begins with a line like this.
    pub start: Option<Regex>,
    /// What is secret besides what always is.
    pub rules: Vec<PathRule>,
    /// How much is kept.
    pub limits: WriterLimits,
    /// How long a file is; `None` for one file.
    pub rotate: Option<Duration>,
}

impl Wishes {
    /// Reads them.
    ///
    /// # Errors
    /// What is not understood, or cannot be had together.
    pub fn read(args: &RecordArgs) -> Result<Wishes> {
        let save_on = args.save_on.as_deref().map(SaveOn::parse).transpose()?;
        let start = args.start_on.as_deref().map(log_words).transpose()?;
        if args.command.is_empty() && (start.is_some() || save_on.as_ref().is_some_and(SaveOn::needs_a_program)) {
            return Err(Error::new(ErrorKind::Invalid, "--start-on, --save-on exit and --save-on log: wait for a program")
                .hint("name one after --, or leave them out"));
        }
        let kept = args.keep.as_deref().map(keep::parse).transpose()?.unwrap_or_default();
        Ok(Wishes {
            save_on,
            decision: Arc::new(Decision::telling(|why| output::note(&format!("the recording will be kept: {why}")))),
            start,
            rules: args.redact.iter().map(|rule| PathRule::parse(rule)).collect::<Result<_>>()?,
            limits: keep::limits(kept, args.max_operations),
            rotate: args.rotate.as_deref().map(keep::duration).transpose()?,
        })
    }

    /// The words for which the recording is kept.
    pub fn words(&self) -> Option<Regex> {
        match &self.save_on {
            Some(SaveOn::Log(words)) => Some(words.clone()),
            _ => None,
        }
    }
}

/// The end: a recording that nothing asked to keep is removed. In doubt it stays.
pub fn settle(save_on: Option<&SaveOn>, decision: &Decision, code: u8, looked: Result<()>, file: &Path) -> Result<()> {
    let Some(save_on) = save_on else { return Ok(()) };
    if matches!(save_on, SaveOn::Exit) && code != 0 {
        decision.keep("the program failed");
    }
    if let Err(error) = looked {
        decision.keep(&format!("it could not be searched for loops: {}", error.chain()));
    }
    if decision.is_to_keep() {
        return Ok(());
    }
    let failed = |error| {
        Error::new(ErrorKind::Io, format!("cannot remove the recording that nothing asked to keep, {}", file.display()))
            .because(error)
    };
    std::fs::remove_file(file).map_err(failed)?;
    // These are there only where a reader still holds the file.
    for beside in ["-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(beside);
        std::fs::remove_file(name).ok();
    }
    Ok(())
}
