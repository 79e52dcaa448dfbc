//! The position in a recording: one file per recording in the state folder, applied when the recording is opened again.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use kuberewind_model::{Result, Seq, Timestamp};
use kuberewind_render::diff::Noise;
use kuberewind_session::Source;

use super::clipboard::write_private;
use super::order::orders_of;
use super::state::{Folds, Purpose, RowFold, State, TimeStyle};
use super::update;
use super::view::{DocKind, Pane, VIEWS};

/// The most files. The oldest ones are removed.
const MAX_REMEMBERED: usize = 500;
/// The largest file that is read.
const MAX_BYTES: u64 = 256 * 1024;

/// The saved position. A missing field has its default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// The session id; '' for none.
    session: String,
    /// The cursor and the end of the session.
    cursor: Option<(u64, u64)>,
    /// The focused view: its name for `--pane`.
    pane: String,
    /// The document that was focused last.
    detail: String,
    maximised: bool,
    noise_shown: bool,
    times: TimeStyle,
    /// The range of the minimap, as ordinals.
    zoom: Option<(u64, u64)>,
    filter: String,
    filter_off: bool,
    marks: BTreeMap<char, u64>,
    /// Name and time of the moment from which times are counted.
    since: Option<(String, i64)>,
    /// The folds of each view.
    folds: BTreeMap<String, Folds>,
    /// The chosen order of each view.
    orders: BTreeMap<String, String>,
    /// The folded loops of the timeline: first and last operation.
    loops: Vec<(u64, u64)>,
    /// The history of each prompt.
    typed: BTreeMap<String, Vec<String>>,
}

/// The prompts with a saved history, and their names in the file.
const PURPOSES: &[(Purpose, &str)] = &[
    (Purpose::Search, "search"),
    (Purpose::GoTo, "goto"),
    (Purpose::Filter, "filter"),
    (Purpose::Command, "command"),
    (Purpose::RunForward, "run-forward"),
    (Purpose::RunBack, "run-back"),
    (Purpose::Pipe, "pipe"),
    (Purpose::Sql, "sql"),
];
const MAX_LOOPS: usize = 1_000;
/// The most saved lines of each prompt.
const MAX_TYPED: usize = 50;

impl Memory {
    /// Reads a file. A missing or unreadable file gives the default.
    #[must_use]
    pub fn read(path: &Path) -> Memory {
        let short = std::fs::metadata(path).is_ok_and(|about| about.len() <= MAX_BYTES);
        let text = if short { std::fs::read_to_string(path).unwrap_or_default() } else { String::new() };
        serde_json::from_str(&text).unwrap_or_default()
    }

    #[must_use]
    pub fn of(state: &State) -> Memory {
        Memory {
            session: state.snapshot.session.session_id.clone(),
            cursor: Some((state.cursor.0, state.snapshot.lineage.last().0)),
            pane: state.panes.focus.word().to_owned(),
            detail: Pane::Detail(state.near_detail()).word().to_owned(),
            maximised: state.panes.maximised,
            noise_shown: state.details.options.noise == Noise::Shown,
            times: state.timeline.times,
            zoom: state.minimap.zoom.as_ref().map(|zoom| (zoom.start, zoom.end)),
            orders: state
                .panes
                .orders
                .keys()
                .map(|pane| (pane.word().to_owned(), state.chosen_order(*pane).to_owned()))
                .filter(|(_, order)| !order.is_empty())
                .collect(),
            loops: state.timeline.index.folds().iter().take(MAX_LOOPS).map(|fold| (fold.first.0, fold.last.0)).collect(),
            filter: state.filter().map_or_else(String::new, |filter| filter.source().to_owned()),
            filter_off: state.filter().is_some() && !state.filtering.on,
            typed: PURPOSES
                .iter()
                .filter_map(|(purpose, name)| Some(((*name).to_owned(), last(state.dialogs.history.get(purpose)?))))
                .collect(),
            marks: state.navigation.marks.iter().map(|(letter, at)| (*letter, at.0)).collect(),
            since: state.navigation.time_origin.as_ref().map(|(name, at)| (name.clone(), at.0)),
            folds: docs().filter_map(|(kind, word)| Some((word.to_owned(), state.details[kind].folds()?))).collect(),
        }
    }

    /// The saved session, if the recording still contains it.
    #[must_use]
    pub fn session_of(&self, source: &dyn Source) -> Option<String> {
        let sessions = source.sessions().ok()?;
        sessions.into_iter().map(|session| session.session_id).find(|name| *name == self.session)
    }

    /// Applies the saved position to a state; the cursor only if `cursor` is true. If the cursor was at the end of the session, it
    /// stays at the end.
    pub fn give_back(&self, state: &mut State, cursor: bool) {
        let Some((at, end)) = self.cursor else { return };
        if self.session == state.snapshot.session.session_id {
            let lineage = &state.snapshot.lineage;
            let range = lineage.first().prev()..=lineage.last();
            state.navigation.marks =
                self.marks.iter().map(|(letter, at)| (*letter, Seq(*at))).filter(|(_, at)| range.contains(at)).collect();
            state.navigation.time_origin = self.since.as_ref().map(|(name, at)| (name.clone(), Timestamp(*at)));
            if cursor && at != end && range.contains(&Seq(at)) {
                state.cursor = Seq(at);
            }
        }
        for pane in [&self.detail, &self.pane].into_iter().filter_map(|word| Pane::named(word)) {
            state.look_at(pane);
        }
        state.panes.maximised = self.maximised;
        state.details.options.noise = if self.noise_shown { Noise::Shown } else { state.details.options.noise };
        state.timeline.times = self.times;
        for (kind, word) in docs() {
            if let Some(folds) = self.folds.get(word) {
                state.details[kind].remember(folds.clone());
            }
        }
        for (word, name) in &self.orders {
            let pane = Pane::named(word);
            let row = pane.and_then(|pane| orders_of(pane).find(|row| row.name == *name));
            state.panes.orders.extend(row.map(|row| (row.pane, row.order)));
        }
        for (purpose, name) in PURPOSES {
            if let Some(lines) = self.typed.get(*name) {
                state.dialogs.history.insert(*purpose, last(lines));
            }
        }
    }

    /// Applies filter, zoom and folded loops. They hide operations, so they are applied only together with the cursor.
    pub fn give_filter_back(&self, state: &mut State) {
        if self.session != state.snapshot.session.session_id {
            return;
        }
        let len = state.snapshot.lineage.len();
        state.minimap.zoom = self.zoom.map(|(start, end)| start..end.min(len)).filter(|zoom| zoom.start < zoom.end);
        let lineage = &state.snapshot.lineage;
        let known = |seq: Seq| lineage.session_of(seq).is_some();
        let folds = self.loops.iter().take(MAX_LOOPS).map(|(first, last)| RowFold { first: Seq(*first), last: Seq(*last) });
        let folds: Vec<RowFold> = folds.filter(|fold| fold.first < fold.last && known(fold.first) && known(fold.last)).collect();
        folds.into_iter().for_each(|fold| state.timeline.index.fold(fold));
        // A filter that cannot be parsed any more is dropped.
        if !self.filter.is_empty() && update::begin_filtered(state, &self.filter).is_ok() && self.filter_off {
            state.filtering.on = false;
        }
    }

    /// Writes the file and removes the oldest files.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_vec(self).unwrap_or_default();
        write_private(path, &text, false)?;
        if let Some(folder) = path.parent() {
            forget_oldest(folder);
        }
        Ok(())
    }
}

fn docs() -> impl Iterator<Item = (DocKind, &'static str)> {
    VIEWS.iter().filter_map(|view| Some((view.pane.doc()?, view.word)))
}

fn last(lines: &[String]) -> Vec<String> {
    lines.get(lines.len().saturating_sub(MAX_TYPED)..).unwrap_or_default().to_vec()
}

/// Removes the oldest files. A file that cannot be removed stays.
fn forget_oldest(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut files: Vec<_> =
        entries.flatten().filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()))).collect();
    let surplus = files.len().saturating_sub(MAX_REMEMBERED);
    if surplus > 0 {
        files.sort();
        for (_, path) in files.into_iter().take(surplus) {
            let _kept = std::fs::remove_file(path);
        }
    }
}
