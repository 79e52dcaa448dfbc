//! Looks up a moment that the user typed.

use kuberewind_model::{Anchor, Error, ErrorKind, Lineage, Moment, MomentSpec, Result, Seq, Session, SessionNo, Timestamp};

use super::ordinals::Ordinals;
use super::source::Source;

/// A moment in the lineage of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResolvedMoment {
    pub session: SessionNo,
    pub at: Moment,
}

/// Looks up `spec`. A spec without a session means the session of `here`. With `from_cursor`, `+` and `-` count from `here`;
/// otherwise from the start and the end.
///
/// # Errors
/// [`ErrorKind::NotFound`] if the session, bookmark or resourceVersion does not exist; read errors.
pub(super) fn resolve(source: &dyn Source, here: ResolvedMoment, spec: &MomentSpec, from_cursor: bool) -> Result<ResolvedMoment> {
    let sessions = source.sessions()?;
    let session = match &spec.session {
        None => here.session,
        Some(name) => sessions.iter().find(|session| session.session_id == *name).map(|session| session.no).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("there is no session {name:?}"))
                .hint("list the sessions with `kuberewind sessions`")
        })?,
    };
    if let Anchor::Bookmark(name) = &spec.at {
        return bookmark(source, spec.session.as_ref().map(|_| session), name);
    }
    let lineage = source.lineage(session)?;
    let cursor = if from_cursor && session == here.session { Some(here.at) } else { None };
    let at = in_lineage(source, &sessions, &lineage, cursor, &spec.at)?;
    Ok(ResolvedMoment { session, at })
}

fn bookmark(source: &dyn Source, session: Option<SessionNo>, name: &str) -> Result<ResolvedMoment> {
    let bookmarks = source.bookmarks()?;
    let here = |session: Option<SessionNo>, of: SessionNo| session.is_none_or(|session| session == of);
    if let Some(found) = bookmarks.iter().find(|bookmark| bookmark.name == name && here(session, bookmark.session)) {
        return Ok(ResolvedMoment { session: found.session, at: found.at });
    }
    let names: Vec<&str> = bookmarks.iter().map(|bookmark| bookmark.name.as_str()).take(12).collect();
    let hint = if names.is_empty() {
        "the recording has no bookmarks. Other moments: #412, start, end, 12:04:11, +2.5s, -10s, 50%, rv:81231".to_owned()
    } else {
        format!("the bookmarks are {}", names.join(", "))
    };
    Err(Error::new(ErrorKind::NotFound, format!("there is no bookmark {name:?}")).hint(hint))
}

fn in_lineage(
    source: &dyn Source,
    sessions: &[Session],
    lineage: &Lineage,
    cursor: Option<Moment>,
    anchor: &Anchor,
) -> Result<Moment> {
    let before_first = lineage.first().prev();
    let start = start_of(sessions, lineage);
    let time_of = |seq: Seq| -> Result<Timestamp> { Ok(source.operation(lineage, seq)?.map_or(start, |operation| operation.at)) };
    let at_time = |at: Timestamp| source.at_time(lineage, at);
    Ok(match anchor {
        Anchor::Number(seq) => nearest(lineage, *seq),
        Anchor::Start => before_first,
        Anchor::End => lineage.last(),
        Anchor::Time(at) => at_time(*at)?.max(before_first),
        Anchor::TimeOfDay(since_midnight) => at_time(midnight(first_day(sessions)).plus(*since_midnight))?.max(before_first),
        Anchor::Forward(by) => at_time(cursor.map_or(Ok(start), time_of)?.plus(*by))?.max(before_first),
        Anchor::Backward(by) => at_time(time_of(cursor.unwrap_or(lineage.last()))?.minus(*by))?.max(before_first),
        Anchor::Percent(thousandths) => {
            let of = u128::from(lineage.len()) * u128::from(*thousandths);
            let count = u64::try_from(of.div_ceil(100_000)).unwrap_or(u64::MAX);
            if count == 0 { before_first } else { lineage.nth(count - 1) }
        }
        Anchor::ResourceVersion(version) => source.at_resource_version(lineage, version)?.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("no actor observed resourceVersion {version} in this session"))
        })?,
        Anchor::Bookmark(name) => bookmark(source, None, name)?.at,
    })
}

/// Returns `seq` if the lineage contains it, else the last number before it.
fn nearest(lineage: &Lineage, seq: Seq) -> Moment {
    lineage.back_from(seq).next().map_or_else(|| lineage.first().prev(), |range| range.to)
}

/// Returns the start of the lineage's first session.
fn start_of(sessions: &[Session], lineage: &Lineage) -> Timestamp {
    let first = lineage.ranges().first().map(|range| range.session);
    sessions.iter().find(|session| Some(session.no) == first).map_or(Timestamp(0), |session| session.start)
}

fn first_day(sessions: &[Session]) -> Timestamp {
    sessions.iter().map(|session| session.start).min().unwrap_or_default()
}

fn midnight(at: Timestamp) -> Timestamp {
    const DAY: i64 = 86_400_000_000_000;
    Timestamp(at.0.saturating_sub(at.0.rem_euclid(DAY)))
}
