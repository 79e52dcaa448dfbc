//! The command line.
//!
//! [`run`] is all of `main`: it reads the arguments, calls one of `commands`, and chooses the exit code.

mod args;
mod called;
mod commands;
mod complete;
mod exit;
mod filter;
mod keep;
mod object;
mod opening;
mod output;
mod part;
mod paths;
mod progress;
mod random;
mod settings;
mod signals;
mod target;

use std::env;
use std::process::ExitCode;

use clap::FromArgMatches;

use args::{Cli, Command};
use called::Called;
use exit::Exit;
use paths::Paths;
use target::Target;

use kuberewind_model::Result;

/// The program.
#[must_use]
pub fn run() -> ExitCode {
    let called = Called::by(env::args_os().next().as_deref());
    if let Some(answered) = complete::asked(called) {
        return exit::finish(answered);
    }
    match called.command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => exit::finish(dispatch(cli, called)),
        // Help is no error, and clap knows which of the two it is.
        Err(error) => error.exit(),
    }
}

fn dispatch(cli: Cli, called: Called) -> Result<Exit> {
    match cli.command {
        None => commands::open::run(&cli.open, false),
        Some(Command::Open(args)) => commands::open::run(&args, false),
        Some(Command::Tail(args)) => commands::open::run(&args, true),
        Some(Command::Demo(args)) => commands::demo::run(&args),
        Some(Command::Record(args)) => commands::record::run(&args),
        Some(Command::ExecTied(args)) => Ok(Exit::Code(crate::proxy::child::tie::exec_tied(args.recorder, &args.command))),
        Some(Command::Cluster(args)) => commands::cluster::run(&args),
        Some(Command::Sessions(args)) => commands::sessions::run(&args),
        Some(Command::Replay(args)) => commands::replay::run(&args),
        Some(Command::Timeline(args)) => commands::timeline::run(&args),
        Some(Command::Logs(args)) => commands::logs::run(&args),
        Some(Command::Operation(args)) => commands::operation::run(&args),
        Some(Command::Tree(args)) => commands::tree::run(&args),
        Some(Command::Lanes(args)) => commands::lanes::run(&args),
        Some(Command::Show(args)) => commands::show::run(&args),
        Some(Command::Diff(args)) => commands::diff::run(&args),
        Some(Command::History(args)) => commands::history::run(&args),
        Some(Command::Blame(args)) => commands::blame::run(&args),
        Some(Command::Find(args)) => commands::find::run(&args),
        Some(Command::Stale(args)) => commands::stale::run(&args),
        Some(Command::Why(args)) => commands::why::run(&args),
        Some(Command::Analyze(args)) => commands::analyze::run(&args),
        Some(Command::Bookmark(args)) => commands::bookmark::run(&args),
        Some(Command::Import(args)) => commands::import::run(&args),
        Some(Command::Sql(args)) => commands::sql::run(&args),
        Some(Command::Verify(args)) => commands::verify::run(&args),
        Some(Command::Info(args)) => commands::info::run(&args),
        Some(Command::Config(args)) => commands::config::run(args),
        Some(Command::Completions(args)) => commands::completions::run(&args, called),
        Some(Command::Man(args)) => commands::man::run(&args),
        Some(Command::CompletePlugin(args)) => complete::for_kubectl(args.words),
        Some(Command::Krew(args)) => commands::krew::run(&args),
    }
}
