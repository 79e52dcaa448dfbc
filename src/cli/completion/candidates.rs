//! Candidates from the recording: sessions, moments, actors and objects.

use std::ffi::{OsStr, OsString};

use clap_complete::engine::{CompletionCandidate, PathCompleter, ValueCompleter};

use super::line::{self, Line};
use kuberewind_model::{Kind, ObjectQuery};
use kuberewind_session::Source;

/// The most candidates of one kind.
const MAX_CANDIDATES: usize = 500;

/// FILE: files; after `#` the moments of that file; the sessions of the default recording.
pub fn recordings(current: &OsStr) -> Vec<CompletionCandidate> {
    if let Some((file, _)) = current.to_str().and_then(|text| text.rsplit_once('#'))
        && let Some(source) = line::file_of(OsStr::new(file)).and_then(|path| line::open(&path))
    {
        let all = moments_of(&*source).into_iter().map(|found| found.add_prefix(format!("{file}#"))).collect();
        return matching(current, all);
    }
    let files = PathCompleter::file().complete(current);
    let sessions = Line::typed().recording().map(|source| sessions_of(&*source)).unwrap_or_default();
    files.into_iter().chain(matching(current, sessions)).collect()
}

/// `--session NAME`
pub fn sessions(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, Line::typed().recording().map(|source| sessions_of(&*source)).unwrap_or_default())
}

/// `--at MOMENT`, `--from MOMENT`, `--to MOMENT`
pub fn moments(current: &OsStr) -> Vec<CompletionCandidate> {
    let recording = Line::typed().recording();
    matching(current, recording.map_or_else(builtin_moments, |source| moments_of(&*source)))
}

/// `--actor ACTOR`, `--as-seen-by ACTOR`
pub fn actors(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(actors) = Line::typed().recording().and_then(|source| source.actors().ok()) else { return Vec::new() };
    matching(current, actors.iter().take(MAX_CANDIDATES).map(|actor| candidate(&*actor.name, "")).collect())
}

/// OBJECT: kinds, then the names of objects of that kind.
pub fn objects(current: &OsStr) -> Vec<CompletionCandidate> {
    let line = Line::typed();
    let (Some(source), Some(text)) = (line.recording(), current.to_str()) else { return Vec::new() };
    let all = match text.split_once('/') {
        None => kinds(&*source),
        Some((kind, _)) => names(&*source, kind, line.flag("-n", "--namespace")),
    };
    matching(current, all)
}

fn sessions_of(source: &dyn Source) -> Vec<CompletionCandidate> {
    let sessions = source.sessions().unwrap_or_default();
    let help = |count: u64, start: kuberewind_model::Timestamp| format!("{count} operations, {}", start.rfc3339(0));
    sessions
        .iter()
        .take(MAX_CANDIDATES)
        .map(|session| candidate(&session.session_id, &help(session.operations, session.start)))
        .collect()
}

fn moments_of(source: &dyn Source) -> Vec<CompletionCandidate> {
    let bookmarks = source.bookmarks().unwrap_or_default();
    let mut all: Vec<CompletionCandidate> = bookmarks
        .iter()
        .take(MAX_CANDIDATES)
        .map(|bookmark| candidate(&bookmark.name, &format!("{} {}", bookmark.at, bookmark.note)))
        .collect();
    all.extend(builtin_moments());
    all
}

fn builtin_moments() -> Vec<CompletionCandidate> {
    [("start", "before the first operation"), ("end", "after the last operation")]
        .into_iter()
        .map(|(word, help)| candidate(word, help))
        .collect()
}

fn kinds(source: &dyn Source) -> Vec<CompletionCandidate> {
    let mut kinds: Vec<Kind> = source.kinds().unwrap_or_default();
    kinds.sort_by(|one, other| one.resource.cmp(&other.resource));
    kinds.iter().take(MAX_CANDIDATES).map(|kind| candidate(format!("{}/", kind.resource), kind.display_name())).collect()
}

fn names(source: &dyn Source, kind: &str, namespace: Option<&str>) -> Vec<CompletionCandidate> {
    let query = ObjectQuery { kind: kind.to_owned(), namespace: namespace.map(str::to_owned), name: None };
    let mut names: Vec<String> = source
        .find_objects(&query, MAX_CANDIDATES)
        .unwrap_or_default()
        .into_iter()
        .map(|object| match (namespace, &*object.key.namespace) {
            (None, namespace) if !namespace.is_empty() => format!("{kind}/{namespace}/{}", object.key.name),
            _ => format!("{kind}/{}", object.key.name),
        })
        .collect();
    names.sort();
    names.dedup();
    names.into_iter().map(|name| candidate(name, "")).collect()
}

fn candidate(value: impl Into<OsString>, help: &str) -> CompletionCandidate {
    let help = one_line(help);
    CompletionCandidate::new(value).help((!help.is_empty()).then(|| help.into()))
}

/// Returns the first line, without control characters.
pub(super) fn one_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).collect()
}

/// Returns the candidates that start with the typed text.
fn matching(current: &OsStr, all: Vec<CompletionCandidate>) -> Vec<CompletionCandidate> {
    let typed = current.as_encoded_bytes();
    all.into_iter().filter(|candidate| candidate.get_value().as_encoded_bytes().starts_with(typed)).collect()
}
