//! The arguments of `kuberewind rerun`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCompleter;

use crate::cli::completion::candidates;
use crate::cli::format::FormatArgs;
use crate::cli::target::RecordingArgs;
use kuberewind_model::{Error, ErrorKind, Result};
use kuberewind_rerun::{Others, Pacing, Timing};

#[derive(Debug, Args)]
#[command(
    after_help = "The world of the moment is served to the program, whose calls become a new session. A change of another actor that reacts to a write of the replaced actor is made only after the program has made the same write; all other changes are made in their order. Leases and Events are not replayed.\n\nExit code: 0 if the findings are gone. 1 if a finding is still there or new. 2 if the rerun could not run."
)]
pub struct RerunArgs {
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// Start at this moment [default: the moment of FILE#MOMENT]
    #[arg(long, value_name = "MOMENT", add = ArgValueCompleter::new(candidates::moments))]
    pub from: Option<String>,
    /// Replace this actor by the program [default: the only one]
    #[arg(long, value_name = "ACTOR", add = ArgValueCompleter::new(candidates::actors))]
    pub actor: Option<String>,
    /// Replay these changes of the other actors: by their causes, all, or none
    #[arg(long, value_enum, default_value = "causal")]
    others: OthersArg,
    /// Make a change when the program is quiet, or in the recorded spacing, X times as fast: 1x, 10x
    #[arg(long, value_name = "X|quiet", default_value = "quiet", value_parser = pacing)]
    speed: Pacing,
    /// End when the program was quiet for DURATION after the last change
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = humantime::parse_duration)]
    settle: Duration,
    /// End after DURATION at the latest
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = humantime::parse_duration)]
    limit: Duration,
    /// Let the controllers of a control plane react in place of the recorded reactions
    #[arg(long)]
    pub controllers: bool,
    /// Set a value of the start, such as a redacted one: OBJECT:/PATH=VALUE. Repeat for more values
    #[arg(long, value_name = "OBJECT:/PATH=VALUE")]
    set: Vec<String>,
    /// Write both sessions to this new file [default: add the new session to FILE]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub format: FormatArgs,
    /// Program to run, with its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OthersArg {
    Causal,
    All,
    None,
}

impl RerunArgs {
    pub fn others(&self) -> Others {
        match self.others {
            OthersArg::Causal => Others::Causal,
            OthersArg::All => Others::All,
            OthersArg::None => Others::None,
        }
    }

    pub fn timing(&self) -> Timing {
        let of = kuberewind_model::Duration::from_std;
        Timing { pacing: self.speed, settle: of(self.settle), limit: of(self.limit) }
    }

    /// The values of `--set`: the object, the path and the value.
    pub fn values(&self) -> Result<Vec<(String, String, String)>> {
        self.set.iter().map(|text| value(text)).collect()
    }
}

fn value(text: &str) -> Result<(String, String, String)> {
    let parts = text.split_once(":/").and_then(|(object, rest)| Some((object, rest.split_once('=')?)));
    match parts {
        Some((object, (path, value))) if !object.is_empty() => Ok((object.to_owned(), format!("/{path}"), value.to_owned())),
        _ => Err(Error::new(ErrorKind::Invalid, format!("{text:?} sets no value"))
            .hint("write OBJECT:/PATH=VALUE, such as Secret/shop/db:/data/password=hunter2")),
    }
}

fn pacing(text: &str) -> std::result::Result<Pacing, String> {
    if text == "quiet" {
        return Ok(Pacing::Quiet);
    }
    let number: f64 = text.strip_suffix('x').unwrap_or(text).parse().map_err(|_| "write quiet, 1x, 10x or 0.5x".to_owned())?;
    if number.is_finite() && number > 0.0 { Ok(Pacing::Speed(number)) } else { Err("write a speed above 0".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::{Pacing, pacing, value};

    #[test]
    fn values_and_speeds() {
        let (object, path, set) = value("Secret/shop/db:/data/a=b=c").unwrap();
        assert_eq!((object.as_str(), path.as_str(), set.as_str()), ("Secret/shop/db", "/data/a", "b=c"));
        assert!(value("Secret/shop/db:/data/a").is_err() && value(":/a=b").is_err());
        assert_eq!(
            (pacing("quiet"), pacing("10x"), pacing("0.5")),
            (Ok(Pacing::Quiet), Ok(Pacing::Speed(10.0)), Ok(Pacing::Speed(0.5)))
        );
        assert!(pacing("0x").is_err() && pacing("fast").is_err() && pacing("-1").is_err());
    }
}
