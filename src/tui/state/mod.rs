//! What the debugger knows and shows. Plain data: nothing here draws, reads a file or knows a terminal.

mod bitmap;
mod blame;
mod changes;
mod detail;
mod details;
mod filtering;
mod findings;
mod hints;
mod jumps;
mod lanes;
mod layers;
mod look;
mod loops;
mod matched;
mod minimap;
mod objects;
mod orders;
mod row_index;
mod search;
mod taking;
mod timeline;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::render::diff::Noise;
use kuberewind_model::{Direction, Duration, ObjectId, Seq, StepTarget, Timestamp};

use super::doc::Tone;
use super::keys::{Context, Keymap, Pending};
use super::layout::{Layout, Pane, Wanted, layout};
use super::view::{DocKind, Recent};
use super::worker::{Hop, Snapshot, Vocabulary};

pub use bitmap::Bitmap;
pub use blame::Blame;
pub use changes::{Changes, Shape};
pub use detail::{Detail, Fold, Folds, Observations};
pub use details::Details;
pub use filtering::{Filtering, Running};
pub use findings::{Findings, Page};
pub use jumps::Jumps;
pub use lanes::LanesPane;
pub use layers::{
    Chosen, Completion, Layer, ListState, Menu, MenuRow, Pick, Picker, PickerKind, PickerRow, Place, Prompt, Purpose,
};
pub use look::{Against, Look};
pub use loops::{Loop, Loops};
pub use matched::Matched;
pub use minimap::{Asked, Minimap};
pub use objects::{Objects, TreeRow};
pub use orders::{ORDERS, Order, OrderRow, Orders, order_named, orders_of};
pub use row_index::{RowFold, RowIndex};
pub use search::{Search, Sought};
pub use taking::{Out, Taking};
pub use timeline::{ScreenLine, TimeStyle, Timeline};

/// A wish to move the cursor that needs the recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// To the `count`th step_target from here.
    Step(Direction, StepTarget, u64),
    /// So many rows on.
    By(i64),
    /// Along the chain of causes.
    Link(Direction),
    /// To where an object or an operation leads.
    Hop(Hop),
}

/// Time that runs by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Play {
    /// When the last step was due.
    pub since: Timestamp,
}

/// Everything.
pub struct State {
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The recording's name on the screen.
    pub title: String,
    /// The beginning of the command that opens this recording.
    pub command: String,
    /// The frame of the recording.
    pub snapshot: Snapshot,
    /// Where the cursor stands.
    pub cursor: Seq,
    /// The rows.
    pub timeline: Timeline,
    /// The documents.
    pub details: Details,
    /// The pane that has the focus; [`State::look_at`] gives it.
    pub focus: Pane,
    /// The panes that had it before.
    pub recent: Recent,
    /// Whether the focused pane is alone.
    pub maximised: bool,
    /// How documents are shown.
    pub look: Look,
    /// In which order views are, where another was chosen than their own.
    pub orders: Orders,
    /// Who wrote what is shown.
    pub blame: Blame,
    /// What the detectors found.
    pub findings: Findings,
    /// The tree of objects.
    pub objects: Objects,
    /// Actors or objects against time.
    pub lanes: LanesPane,
    /// The query in SQL that is shown, and the question whose answer that is.
    pub sql: Option<(Arc<str>, u64)>,
    /// Whether the answer is waited for.
    pub asking: bool,
    /// What is left out of diffs.
    pub noise: Noise,
    /// The density.
    pub minimap: Minimap,
    /// Where the cursor was.
    pub jumps: Jumps,
    /// The viewer's own marks.
    pub marks: BTreeMap<char, Seq>,
    /// What lies on top of the panes; the last one has the keys.
    pub layers: Vec<Layer>,
    /// The keys.
    pub keymap: Keymap,
    /// Keys that are not yet a command.
    pub pending: Pending,
    /// What was said last.
    pub message: Option<(Tone, String)>,
    /// Moves that wait for the one before them; the first is on its way.
    pub moves: VecDeque<Move>,
    /// Counts questions.
    pub generation: u64,
    /// The question whose answer moves the cursor.
    pub awaited: Option<u64>,
    /// Of a step that goes on because a filter hides where it landed: the last step_target that can be seen.
    pub step_target: Option<Seq>,
    /// The filter of the timeline.
    pub filtering: Filtering,
    /// The search.
    pub search: Search,
    /// Changes of the view, to be taken back.
    pub changes: Changes,
    /// The loops that were found.
    pub loops: Loops,
    /// The run to where an expression becomes true: its generation, and how much of a hundred is done.
    pub run: Option<Running>,
    /// Objects that are pinned.
    pub pins: Vec<ObjectId>,
    /// Where a range of rows begins that ends at the cursor.
    pub selection: Option<Seq>,
    /// A range that is taken out as soon as its rows are read.
    pub taking: Option<Taking>,
    /// What times are counted from where they are since a mark: its name, and when.
    pub since: Option<(String, Timestamp)>,
    /// Names to complete what is typed.
    pub words: std::sync::Arc<Vocabulary>,
    /// When the first key of a sequence was typed that is not yet whole.
    pub pending_since: Option<Timestamp>,
    /// What was typed at the prompts, by purpose.
    pub typed: BTreeMap<Purpose, Vec<String>>,
    /// Whether the cursor stays at the end.
    pub follow: bool,
    /// Operations that came while the cursor stayed behind.
    pub unseen: u64,
    /// Whether time runs.
    pub play: Option<Play>,
    /// How fast, in percent.
    pub speed: u32,
    /// Whether borders and bars are drawn with plain characters.
    pub ascii: bool,
    /// The time, as of the last tick.
    pub now: Timestamp,
}

impl State {
    /// At the end of a recording.
    #[must_use]
    pub fn new(snapshot: Snapshot, title: String, command: String) -> State {
        let mut timeline = Timeline::default();
        timeline.index.set_lineage(&snapshot.lineage);
        State {
            size: (80, 24),
            title,
            command,
            cursor: snapshot.lineage.last(),
            snapshot,
            timeline,
            details: Details::default(),
            focus: Pane::Timeline,
            recent: Recent::default(),
            maximised: false,
            look: Look::default(),
            orders: Orders::default(),
            blame: Blame::default(),
            findings: Findings::default(),
            objects: Objects::default(),
            lanes: LanesPane::default(),
            sql: None,
            asking: false,
            noise: Noise::Hidden,
            minimap: Minimap::default(),
            jumps: Jumps::default(),
            marks: BTreeMap::new(),
            layers: Vec::new(),
            keymap: Keymap::default(),
            pending: Pending::default(),
            message: None,
            moves: VecDeque::new(),
            generation: 0,
            awaited: None,
            step_target: None,
            filtering: Filtering::default(),
            search: Search::default(),
            changes: Changes::default(),
            loops: Loops::default(),
            run: None,
            pins: Vec::new(),
            selection: None,
            taking: None,
            since: None,
            words: std::sync::Arc::default(),
            pending_since: None,
            typed: BTreeMap::new(),
            follow: false,
            unseen: 0,
            play: None,
            speed: 100,
            ascii: false,
            now: Timestamp(0),
        }
    }

    /// Where everything stands on the screen.
    #[must_use]
    pub fn layout(&self) -> Layout {
        layout(self.size, Wanted { focus: self.focus, recent: &self.recent, maximised: self.maximised })
    }

    /// Whose keys are typed.
    #[must_use]
    pub fn context(&self) -> Context {
        match self.layers.last() {
            None => Context::Main,
            Some(Layer::Help(_)) => Context::Help,
            Some(Layer::Places(_) | Layer::Menu(_)) => Context::List,
            Some(Layer::Picker(_)) => Context::Picker,
            Some(Layer::Prompt(_)) => Context::Prompt,
        }
    }

    /// Gives the focus to a pane.
    pub fn look_at(&mut self, pane: Pane) {
        self.focus = pane;
        self.recent.touch(pane);
    }

    /// The document that J, K and folds are about: the focused one, else the latest of those that are shown.
    #[must_use]
    pub fn near_detail(&self) -> DocKind {
        self.focus.doc().unwrap_or_else(|| {
            let shown: Vec<Pane> = self.layout().docs().map(Pane::Detail).collect();
            self.recent.of(&shown).and_then(Pane::doc).unwrap_or(DocKind::Diff)
        })
    }

    /// A number for the next question.
    pub fn next_generation(&mut self) -> u64 {
        self.generation += 1;
        self.generation
    }

    /// Says something until the next key.
    pub fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.message = Some((tone, text.into()));
    }

    /// Whether the session is still being written.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.snapshot.session.state == kuberewind_model::SessionState::Open
    }

    /// `LIVE`, `PAUSED` or `REPLAY`, said in words.
    #[must_use]
    pub fn mode(&self) -> &'static str {
        match (self.play.is_some(), self.follow, self.is_live()) {
            (true, ..) => "PLAYING",
            (_, true, true) => "LIVE",
            (_, false, true) => "PAUSED",
            (_, _, false) => "REPLAY",
        }
    }

    /// How often the loop must tick, if time matters now.
    #[must_use]
    pub fn tick(&self) -> Option<Duration> {
        match (self.play.is_some(), self.follow || self.is_live() || !self.pending.keys.is_empty()) {
            (true, _) => Some(Duration::from_millis(25)),
            (false, true) => Some(Duration::from_millis(75)),
            (false, false) => None,
        }
    }
}
