//! What can stand in a place: sessions, bookmarks, actors and objects of the recording.

use std::ffi::OsStr;

use clap_complete::engine::{CompletionCandidate, PathCompleter, ValueCompleter};

use super::line::{self, Line};
use super::{beginning, candidate};
use crate::session::Source;
use kuberewind_model::{Kind, ObjectQuery};

/// More than this many helps nobody.
const MOST: usize = 500;

/// FILE: files, the moments of a file after `#`, the sessions of the recording that is meant where none is named.
pub fn recordings(current: &OsStr) -> Vec<CompletionCandidate> {
    if let Some((file, _)) = current.to_str().and_then(|text| text.rsplit_once('#'))
        && let Some(source) = line::file_of(OsStr::new(file)).and_then(|path| line::open(&path))
    {
        let all = moments_of(&*source).into_iter().map(|found| found.add_prefix(format!("{file}#"))).collect();
        return beginning(current, all);
    }
    let files = PathCompleter::file().complete(current);
    let sessions = Line::now().recording().map(|source| sessions_of(&*source)).unwrap_or_default();
    files.into_iter().chain(beginning(current, sessions)).collect()
}

/// `--session`
pub fn sessions(current: &OsStr) -> Vec<CompletionCandidate> {
    beginning(current, Line::now().recording().map(|source| sessions_of(&*source)).unwrap_or_default())
}

/// `--at`, `--from`, `--to`
pub fn moments(current: &OsStr) -> Vec<CompletionCandidate> {
    let recording = Line::now().recording();
    beginning(current, recording.map_or_else(moments_of_any, |source| moments_of(&*source)))
}

/// `--actor`, `--as-seen-by`
pub fn actors(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(actors) = Line::now().recording().and_then(|source| source.actors().ok()) else { return Vec::new() };
    beginning(current, actors.iter().take(MOST).map(|actor| candidate(&*actor.name, "")).collect())
}

/// OBJECT: kinds first, then the names of a kind.
pub fn objects(current: &OsStr) -> Vec<CompletionCandidate> {
    let line = Line::now();
    let (Some(source), Some(text)) = (line.recording(), current.to_str()) else { return Vec::new() };
    let all = match text.split_once('/') {
        None => kinds(&*source),
        Some((kind, _)) => names(&*source, kind, line.flag("-n", "--namespace")),
    };
    beginning(current, all)
}

fn sessions_of(source: &dyn Source) -> Vec<CompletionCandidate> {
    let sessions = source.sessions().unwrap_or_default();
    let told = |count: u64, start: kuberewind_model::Timestamp| format!("{count} operations, {}", start.rfc3339(0));
    sessions.iter().take(MOST).map(|session| candidate(&session.session_id, &told(session.operations, session.start))).collect()
}

fn moments_of(source: &dyn Source) -> Vec<CompletionCandidate> {
    let bookmarks = source.bookmarks().unwrap_or_default();
    let mut all: Vec<CompletionCandidate> = bookmarks
        .iter()
        .take(MOST)
        .map(|bookmark| candidate(&bookmark.name, &format!("{} {}", bookmark.at, bookmark.note)))
        .collect();
    all.extend(moments_of_any());
    all
}

fn moments_of_any() -> Vec<CompletionCandidate> {
    [("start", "before the first operation"), ("end", "after the last one")]
        .into_iter()
        .map(|(word, help)| candidate(word, help))
        .collect()
}

fn kinds(source: &dyn Source) -> Vec<CompletionCandidate> {
    let mut kinds: Vec<Kind> = source.kinds().unwrap_or_default();
    kinds.sort_by(|one, other| one.resource.cmp(&other.resource));
    kinds.iter().take(MOST).map(|kind| candidate(format!("{}/", kind.resource), kind.display_name())).collect()
}

fn names(source: &dyn Source, kind: &str, namespace: Option<&str>) -> Vec<CompletionCandidate> {
    let query = ObjectQuery { kind: kind.to_owned(), namespace: namespace.map(str::to_owned), name: None };
    let mut names: Vec<String> = source
        .find_objects(&query, MOST)
        .unwrap_or_default()
        .into_iter()
        .map(|object| match (namespace, &*object.key.namespace) {
            (None, within) if !within.is_empty() => format!("{kind}/{within}/{}", object.key.name),
            _ => format!("{kind}/{}", object.key.name),
        })
        .collect();
    names.sort();
    names.dedup();
    names.into_iter().map(|name| candidate(name, "")).collect()
}
