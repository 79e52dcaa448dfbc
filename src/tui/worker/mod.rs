//! The worker: it owns the recording and answers questions beside the loop, so that no key waits for the file.

mod answer;
mod beside;
mod blame;
mod changes;
mod findings;
mod finds;
mod lanes;
mod links;
mod logs;
mod mailbox;
mod moves;
mod names;
mod object;
mod raw;
mod request;
mod rows;
mod scans;
mod sessions;
mod sql;
mod thread;
mod tree;
mod weights;
mod why;

pub use answer::{Answer, Snapshot};
pub use beside::{Beside, Desk, Whereabouts};
pub use blame::Blames;
pub use findings::Found;
pub use finds::{Choice, Vocabulary};
pub use lanes::{Arrow, Bar, LaneBy, Lanes, LanesWish, MAX_STRETCH, Mark};
pub use logs::LOG_BLOCK;
pub use mailbox::{Mailbox, Next};
pub use request::{DocKind, Hop, Order, Request, Wish};
pub use scans::{ScanWish, Target};
pub use thread::spawn;
pub use tree::{Entry, Facts, Forest, MAX_WEIGHED, TreeWish, VersionRow};

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::render::highlight::Cache;
use crate::session::{OpenRecording, Source};
use crate::tui::actors::ActorNames;
use kuberewind_file::Recording;
use kuberewind_model::{Bookmark, Error, Result, Seq};

use names::Names;
use scans::Scans;

/// Told how much of a long question is done, by its generation and of 100; breaks it off.
pub type Watch = Box<dyn FnMut(u64, u8) -> ControlFlow<()> + Send>;

/// Whether what takes long is to be broken off.
pub type Over = Arc<dyn Fn() -> bool + Send + Sync>;

/// The recording and what is remembered of it.
pub struct Worker {
    recording: OpenRecording,
    names: Names,
    scans: Scans,
    watch: Option<Watch>,
    /// The objects to choose from, as of the last look.
    choices: Option<Vec<Choice>>,
    /// Where the recording lies; only then can it be asked in SQL, and opened anew.
    pub whereabouts: Option<Whereabouts>,
    watching: findings::Watching,
    grove: tree::Grove,
    /// Colours of files within objects.
    colours: Cache,
    /// Whether what takes long is to be broken off.
    over: Over,
}

impl Worker {
    /// Takes over a recording.
    #[must_use]
    pub fn new(recording: OpenRecording) -> Worker {
        let scans = Scans::default();
        Worker {
            recording,
            names: Names::default(),
            scans,
            watch: None,
            choices: None,
            whereabouts: None,
            watching: None,
            grove: tree::Grove::default(),
            colours: Cache::default(),
            over: Arc::new(|| false),
        }
    }

    /// Has somebody told of how long questions go on.
    pub fn watched_by(&mut self, watch: Watch) {
        self.watch = Some(watch);
    }

    /// The recording.
    #[must_use]
    pub fn recording(&self) -> &OpenRecording {
        &self.recording
    }

    /// What takes long is broken off when this says so.
    pub fn until(&mut self, over: Over) {
        self.over = over;
    }

    /// Everything the state begins with.
    ///
    /// # Errors
    /// When the recording cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot> {
        let source = self.recording.source();
        let lineage = self.recording.lineage().clone();
        let sessions = source.sessions()?;
        let first = lineage.ranges().first().map(|range| range.session);
        let start = sessions
            .iter()
            .find(|session| Some(session.no) == first)
            .map_or(self.recording.session().start, |session| session.start);
        let about = source.recording()?;
        Ok(Snapshot {
            id: about.id,
            session: self.recording.session().clone(),
            sessions: sessions.len(),
            actors: ActorNames::of(&source.actors()?),
            remark: about.remark,
            bookmarks: source.bookmarks()?.into(),
            lineage,
            start,
        })
    }

    /// Answers one question. Scans only begin here; they go on by [`Worker::scan_on`], a piece at a time.
    pub fn answer(&mut self, request: Request) -> Option<Answer> {
        let answer = match request {
            Request::Rows { seqs, logs } => self.rows(&seqs, logs).map(|rows| Some(Answer::Rows(rows))),
            Request::Doc { wish, generation } => {
                self.doc(&wish).map(|doc| Some(Answer::Doc { kind: wish.kind, generation, doc: Arc::new(doc.done()) }))
            }
            Request::Beside(_, question) => self.beside(question).map(Some),
            Request::Minimap { buckets, range } => self.minimap(buckets, range).map(Some),
            Request::Step { from, direction, step_target, count, generation } => {
                self.step(from, direction, &step_target, count).map(|to| Some(Answer::Moved { generation, to }))
            }
            Request::Follow { at, direction, generation } => {
                self.link_from(at, direction).map(|to| Some(Answer::Moved { generation, to }))
            }
            Request::GoTo { spec, cursor, generation } => return Some(self.go_to(&spec, cursor, generation)),
            Request::Poll => self.poll().map(|new| new.map(Answer::Snapshot)),
            Request::Reload => self.reload().map(|snapshot| Some(Answer::Snapshot(Box::new(snapshot)))),
            Request::SetBookmark(bookmark) => {
                self.recording.source_mut().set_bookmark(&bookmark).and_then(|()| self.bookmarks(said_of(&bookmark)))
            }
            Request::RemoveBookmark(name) => self
                .recording
                .source_mut()
                .remove_bookmark(&name)
                .and_then(|_| self.bookmarks(format!("bookmark {name} removed"))),
            Request::Scan(wish) => return self.scan(*wish),
            Request::Move { hop, from, generation } => self.hop(&hop, from).map(|to| Some(Answer::Moved { generation, to })),
            Request::Run { expression, of, from, direction, generation } => {
                return Some(self.run_to(&expression, of, from, direction, generation));
            }
            Request::Words => self.vocabulary().map(|words| Some(Answer::Words(Arc::new(words)))),
            Request::Objects { pattern, generation } => self.objects(&pattern, generation).map(Some),
            Request::Preview { object, at } => self.preview(object, at).map(|lines| Some(Answer::Preview { object, lines })),
        };
        answer.unwrap_or_else(|error| Some(Answer::Failed(words(&error))))
    }

    fn bookmarks(&self, said: String) -> Result<Option<Answer>> {
        Ok(Some(Answer::Bookmarks { bookmarks: self.recording.source().bookmarks()?.into(), said }))
    }

    fn minimap(&self, buckets: u16, range: (Seq, Seq)) -> Result<Answer> {
        let lineage = self.recording.lineage();
        let density = self.recording.source().density(lineage, range.0..=range.1, usize::from(buckets.max(1)))?;
        Ok(Answer::Minimap { buckets, range, density })
    }

    fn hop(&self, hop: &Hop, from: Seq) -> Result<Option<Seq>> {
        match hop {
            Hop::Touching(of, direction, count) => self.touching(*of, from, *direction, *count),
            Hop::Change(of, direction, field) => self.change_of(*of, from, *direction, field),
            Hop::Echo => self.echo(from),
            Hop::Nearest(object) => self.nearest_of(*object, from),
        }
    }

    fn poll(&mut self) -> Result<Option<Box<Snapshot>>> {
        if !self.recording.refresh()? {
            return Ok(None);
        }
        self.choices = None;
        Ok(Some(Box::new(self.snapshot()?)))
    }

    fn reload(&mut self) -> Result<Snapshot> {
        if let Some(whereabouts) = &self.whereabouts {
            // What lies there by now, which may be another file.
            let source: Box<dyn Source> = Box::new(Recording::open(&whereabouts.path, &whereabouts.options)?);
            let session = self.recording.session().session_id.clone();
            let there = source.sessions()?.iter().any(|of| of.session_id == session);
            let cursor = self.recording.cursor();
            self.recording = OpenRecording::new(source, there.then_some(session.as_str()))?;
            self.recording.move_to(cursor);
            self.watching = None;
            self.grove = tree::Grove::default();
        }
        self.names = Names::default();
        self.choices = None;
        self.recording.refresh()?;
        self.snapshot()
    }
}

/// What is said when a bookmark was set.
fn said_of(bookmark: &Bookmark) -> String {
    let note = if bookmark.note.is_empty() { String::new() } else { format!(": {}", bookmark.note) };
    format!("bookmark {} set at {}{note}", bookmark.name, bookmark.at)
}

/// An error in one line, with its hint.
#[must_use]
pub fn words(error: &Error) -> String {
    error.hint_text().map_or_else(|| error.chain(), |hint| format!("{}; {hint}", error.chain()))
}
