//! `kuberewind bookmark`

use crate::cli::args::{BookmarkAction, BookmarkArgs, Format};
use crate::cli::{Exit, Target, object, opening, output};
use crate::report;
use kuberewind_model::{Bookmark, Clock, Result, SystemClock};

/// Sets, lists or removes bookmarks.
pub fn run(args: &BookmarkArgs) -> Result<Exit> {
    match &args.action {
        BookmarkAction::Add { name, recording, at, note } => {
            Bookmark::check_name(name)?;
            let target = Target::resolve(recording)?;
            let moment = target.moment.as_deref().unwrap_or(at);
            let mut open = opening::one_session(&target, Some(moment))?;
            let at = object::find_moment(&mut open, moment)?;
            let created = SystemClock::start().now();
            let session = open.session().no;
            open.source_mut().set_bookmark(&Bookmark { name: name.clone(), session, at, note: note.clone(), created })?;
            output::print(&format!("{name} is at {at} of {}\n", crate::text::printable(&open.session().session_id)))?;
            Ok(Exit::Done)
        }
        BookmarkAction::List { recording, format } => {
            let source = opening::source(&Target::resolve(recording)?.path)?;
            match format.format {
                Format::Text => output::print(&report::bookmarks_text(&source.bookmarks()?, &source.sessions()?))?,
                Format::Json => {
                    output::print(&report::json_text(&report::bookmarks_json(&source.bookmarks()?, &source.sessions()?)))?;
                }
            }
            Ok(Exit::Done)
        }
        BookmarkAction::Remove { name, recording } => {
            let mut source = opening::source(&Target::resolve(recording)?.path)?;
            if source.remove_bookmark(name)? {
                return Ok(Exit::Done);
            }
            output::note(&format!("there is no bookmark {name:?}"));
            Ok(Exit::Negative)
        }
    }
}
