//! The state of the debugger: plain data, without drawing, file access or a terminal.

mod authors;
mod bitmap;
mod detail;
mod details;
mod dialogs;
mod doc_options;
mod filtering;
mod findings;
mod hints;
mod jumps;
mod key_input;
mod lanes;
mod layers;
mod loops;
mod marked_moment;
mod matched;
mod minimap;
mod navigation;
mod objects;
mod panes;
mod playback;
mod queries;
mod range_export;
mod requests;
mod row_index;
mod screen;
mod search;
mod server;
mod sql;
mod timeline;
mod undo;
mod zoom;

use kuberewind_model::{Duration, Seq, SessionState};

use super::doc::Tone;
use super::keys::Context;
use super::layout::{Layout, LayoutInput, layout};
use super::protocol::Snapshot;
use super::view::{DocKind, Pane};

pub use authors::Authors;
pub use bitmap::Bitmap;
pub use detail::{Detail, Fold, Folds, VisibleLine};
pub use details::Details;
pub use dialogs::Dialogs;
pub use doc_options::DocOptions;
pub use filtering::{Filtering, ScanProgress};
pub use findings::{Findings, Page};
pub use jumps::Jumps;
pub use key_input::KeyInput;
pub use lanes::LanesPane;
pub use layers::{Completion, Layer, ListState, Menu, MenuChoice, MenuRow, Pick, Picker, PickerKind, PickerRow, Prompt, Purpose};
pub use loops::{Loop, Loops};
pub use marked_moment::MarkedMoment;
pub use matched::Matched;
pub use minimap::{DensityRequest, Minimap};
pub use navigation::Navigation;
pub use objects::{Objects, TreeRow};
pub use panes::Panes;
pub use playback::Playback;
pub use range_export::{ExportTarget, RangeExport};
pub use requests::{Move, PendingRequests};
pub use row_index::{RowFold, RowIndex};
pub use screen::Screen;
pub use search::{NextMatch, Search};
pub use server::Server;
pub use sql::SqlQuery;
pub use timeline::{ScreenLine, TimeStyle, Timeline};
pub use undo::{UndoStack, ViewState};

pub struct State {
    /// The recording's name on the screen.
    pub title: String,
    /// The beginning of the command that opens this recording.
    pub command: String,
    /// The recording's metadata.
    pub snapshot: Snapshot,
    pub cursor: Seq,
    pub screen: Screen,
    pub panes: Panes,
    pub timeline: Timeline,
    pub minimap: Minimap,
    pub details: Details,
    pub findings: Findings,
    pub objects: Objects,
    pub lanes: LanesPane,
    pub filtering: Filtering,
    pub search: Search,
    pub navigation: Navigation,
    pub dialogs: Dialogs,
    pub keys: KeyInput,
    pub requests: PendingRequests,
    pub playback: Playback,
    /// The API server that follows the cursor.
    pub server: Option<Server>,
}

impl State {
    /// A state with the cursor at the end of the recording.
    #[must_use]
    pub fn new(snapshot: Snapshot, title: String, command: String) -> State {
        let mut timeline = Timeline::default();
        timeline.index.set_lineage(&snapshot.lineage);
        State {
            title,
            command,
            cursor: snapshot.lineage.last(),
            snapshot,
            screen: Screen::default(),
            panes: Panes::default(),
            timeline,
            minimap: Minimap::default(),
            details: Details::default(),
            findings: Findings::default(),
            objects: Objects::default(),
            lanes: LanesPane::default(),
            filtering: Filtering::default(),
            search: Search::default(),
            navigation: Navigation::default(),
            dialogs: Dialogs::default(),
            keys: KeyInput::default(),
            requests: PendingRequests::default(),
            playback: Playback::default(),
            server: None,
        }
    }

    #[must_use]
    pub fn layout(&self) -> Layout {
        layout(
            self.screen.size,
            LayoutInput { focus: self.panes.focus, recent: &self.panes.recent, maximised: self.panes.maximised },
        )
    }

    /// The context of the next key.
    #[must_use]
    pub fn context(&self) -> Context {
        match self.dialogs.layers.last() {
            None => Context::Main,
            Some(Layer::Help(_)) => Context::Help,
            Some(Layer::Bookmarks(_) | Layer::Menu(_)) => Context::List,
            Some(Layer::Picker(_)) => Context::Picker,
            Some(Layer::Prompt(_)) => Context::Prompt,
        }
    }

    /// Focuses a pane.
    pub fn look_at(&mut self, pane: Pane) {
        self.panes.focus = pane;
        self.panes.recent.touch(pane);
    }

    /// The document for scrolling and folding: the focused one, else the visible one that was focused last.
    #[must_use]
    pub fn near_detail(&self) -> DocKind {
        self.panes.focus.doc().unwrap_or_else(|| {
            let shown: Vec<Pane> = self.layout().docs().map(Pane::Detail).collect();
            self.panes.recent.of(&shown).and_then(Pane::doc).unwrap_or(DocKind::Diff)
        })
    }

    /// The generation for the next request.
    pub fn next_generation(&mut self) -> u64 {
        self.requests.generation += 1;
        self.requests.generation
    }

    /// Shows a message until the next key.
    pub fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.screen.message = Some((tone, text.into()));
    }

    /// True while the session is being recorded.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.snapshot.session.state == SessionState::Open
    }

    /// The mode in the header: `LIVE`, `PAUSED`, `PLAYING` or `REPLAY`.
    #[must_use]
    pub fn mode(&self) -> &'static str {
        match (self.playback.play.is_some(), self.playback.follow, self.is_live()) {
            (true, ..) => "PLAYING",
            (_, true, true) => "LIVE",
            (_, false, true) => "PAUSED",
            (_, _, false) => "REPLAY",
        }
    }

    /// The interval of ticks; `None` if nothing depends on the time.
    #[must_use]
    pub fn tick(&self) -> Option<Duration> {
        match (self.playback.play.is_some(), self.playback.follow || self.is_live() || !self.keys.pending.keys.is_empty()) {
            (true, _) => Some(Duration::from_millis(25)),
            (false, true) => Some(Duration::from_millis(75)),
            (false, false) => None,
        }
    }
}
