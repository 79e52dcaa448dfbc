//! Opens a recording at the session that the command line selects.

use crate::cli::source;
use crate::cli::target::Target;
use kuberewind_model::{Anchor, Error, ErrorKind, MomentSpec, Result};
use kuberewind_session::{OpenRecording, Source};

/// Selects the named session, or the newest one.
pub fn open_newest(target: &Target) -> Result<OpenRecording> {
    OpenRecording::new(source::open(&target.path)?, target.session.as_deref())
}

/// Selects the named session, the session of `moment`, or the only one. Fails if there are several: the answer of a query
/// depends on the session.
pub fn open_only(target: &Target, moment: Option<&str>) -> Result<OpenRecording> {
    select_only(source::open(&target.path)?, target, moment)
}

/// As [`open_only`], for a recording that is open already.
pub fn select_only(source: Box<dyn Source>, target: &Target, moment: Option<&str>) -> Result<OpenRecording> {
    let in_moment = moment.and_then(|text| MomentSpec::parse(text).ok()).and_then(|spec| session_of(&*source, &spec));
    let wanted = target.session.clone().or(in_moment);
    if wanted.is_none() {
        let names: Vec<String> = source.sessions()?.into_iter().map(|session| session.session_id).collect();
        if names.len() > 1 {
            let step = format!("cannot choose a session: {} has {}", target.path.display(), names.len());
            return Err(Error::new(ErrorKind::Invalid, step).hint(format!("add --session with one of {}", names.join(", "))));
        }
    }
    OpenRecording::new(source, wanted.as_deref())
}

/// Returns the session that a moment names, directly or through a bookmark.
fn session_of(source: &dyn Source, spec: &MomentSpec) -> Option<String> {
    if spec.session.is_some() {
        return spec.session.clone();
    }
    let Anchor::Bookmark(name) = &spec.at else { return None };
    let no = source.bookmarks().ok()?.into_iter().find(|bookmark| bookmark.name == *name)?.session;
    source.sessions().ok()?.into_iter().find(|session| session.no == no).map(|session| session.session_id)
}
