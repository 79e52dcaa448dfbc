//! `kuberewind bookmark`

use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCompleter;

use crate::cli::completion::candidates;
use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::moment::find_moment;
use crate::cli::target::RecordingArgs;
use crate::cli::{output, session, source};
use kuberewind_model::{Bookmark, Clock, Result, SystemClock};

#[derive(Debug, Args)]
pub struct BookmarkArgs {
    #[command(subcommand)]
    action: BookmarkAction,
}

#[derive(Debug, Subcommand)]
enum BookmarkAction {
    /// Add a bookmark, or move it if it exists
    Add(AddArgs),
    /// List the bookmarks
    List(ListArgs),
    /// Remove a bookmark
    Remove(RemoveArgs),
}

#[derive(Debug, Args)]
struct AddArgs {
    /// Name of the bookmark
    name: String,
    #[command(flatten)]
    recording: RecordingArgs,
    /// Set the bookmark at this moment
    #[arg(long, value_name = "MOMENT", default_value = "end", add = ArgValueCompleter::new(candidates::moments))]
    at: String,
    /// Store this note with the bookmark [default: none]
    #[arg(long, default_value = "", hide_default_value = true)]
    note: String,
}

#[derive(Debug, Args)]
struct ListArgs {
    #[command(flatten)]
    recording: RecordingArgs,
    #[command(flatten)]
    format: FormatArgs,
}

#[derive(Debug, Args)]
struct RemoveArgs {
    /// Name of the bookmark
    name: String,
    #[command(flatten)]
    recording: RecordingArgs,
}

pub fn run(args: &BookmarkArgs) -> Result<Exit> {
    match &args.action {
        BookmarkAction::Add(args) => add(args),
        BookmarkAction::List(args) => list(args),
        BookmarkAction::Remove(args) => remove(args),
    }
}

fn add(args: &AddArgs) -> Result<Exit> {
    let name = &args.name;
    Bookmark::check_name(name)?;
    let target = args.recording.target()?;
    let moment = target.moment.as_deref().unwrap_or(&args.at);
    let mut recording = session::open_only(&target, Some(moment))?;
    let at = find_moment(&mut recording, moment)?;
    let created = SystemClock::start().now();
    let session = recording.session().no;
    let bookmark = Bookmark { name: name.clone(), session, at, note: args.note.clone(), created };
    recording.source_mut().set_bookmark(&bookmark)?;
    output::print(&format!("{name} is at {at} of {}\n", kuberewind_text::printable(&recording.session().session_id)))?;
    Ok(Exit::Done)
}

fn list(args: &ListArgs) -> Result<Exit> {
    let source = source::open(&args.recording.target()?.path)?;
    match args.format.format {
        Format::Text => output::print(&kuberewind_report::bookmarks_text(&source.bookmarks()?, &source.sessions()?))?,
        Format::Json => output::print(&kuberewind_report::json_text(&kuberewind_report::bookmarks_json(
            &source.bookmarks()?,
            &source.sessions()?,
        )))?,
    }
    Ok(Exit::Done)
}

/// Exits with 1 if the bookmark does not exist.
fn remove(args: &RemoveArgs) -> Result<Exit> {
    let mut source = source::open(&args.recording.target()?.path)?;
    if source.remove_bookmark(&args.name)? {
        return Ok(Exit::Done);
    }
    output::note(&format!("the recording has no bookmark {:?}", args.name));
    Ok(Exit::Negative)
}
