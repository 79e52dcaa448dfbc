//! The worker owns the recording and handles requests on its own thread, so that no key waits for the file.

mod authors;
mod changes;
mod error_text;
mod findings;
mod finds;
mod lanes;
mod links;
mod live;
mod location;
mod logs;
mod mailbox;
mod moves;
mod names;
mod object;
mod pool;
mod raw;
mod refusal;
mod rows;
mod scan_set;
mod scans;
mod sessions;
mod slow;
mod sql;
mod summaries;
mod summary_cache;
mod thread;
mod tree;
mod tree_cache;
mod weights;
mod why;

pub use error_text::error_text;
pub use location::RecordingLocation;
pub use mailbox::Mailbox;
pub use pool::WorkerPool;
pub use thread::spawn;

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::actors::ActorNames;
use crate::protocol::{ObjectMatch, Related, Reply, Request, Snapshot};
use kuberewind_file::Recording;
use kuberewind_model::{Bookmark, Result, Seq};
use kuberewind_render::highlight::Cache;
use kuberewind_session::{OpenRecording, Source};

use live::LiveDetectors;
use names::Names;
use scan_set::Scan;
use summary_cache::SummaryCache;
use tree_cache::TreeCache;

/// Receives the generation and the percentage of a long-running request, and may cancel it.
pub type OnProgress = Box<dyn FnMut(u64, u8) -> ControlFlow<()> + Send>;

/// Returns true if a long-running request is to be cancelled.
pub type Stopped = Arc<dyn Fn() -> bool + Send + Sync>;

pub struct Worker {
    recording: OpenRecording,
    names: Names,
    scans: Vec<Scan>,
    progress: Option<OnProgress>,
    /// The objects for the picker; `None` after the recording has grown.
    choices: Option<Vec<ObjectMatch>>,
    /// The recording's file. SQL queries and the reload need it.
    pub location: Option<RecordingLocation>,
    live: Option<LiveDetectors>,
    tree: TreeCache,
    /// Highlighted files within objects.
    colours: Cache,
    /// What changed in a version.
    summaries: SummaryCache,
    stopped: Stopped,
}

impl Worker {
    #[must_use]
    pub fn new(recording: OpenRecording) -> Worker {
        Worker {
            recording,
            names: Names::default(),
            scans: Vec::new(),
            progress: None,
            choices: None,
            location: None,
            live: None,
            tree: TreeCache::default(),
            colours: Cache::default(),
            summaries: SummaryCache::default(),
            stopped: Arc::new(|| false),
        }
    }

    /// Sets the receiver of progress.
    pub fn on_progress(&mut self, progress: OnProgress) {
        self.progress = Some(progress);
    }

    #[must_use]
    pub fn recording(&self) -> &OpenRecording {
        &self.recording
    }

    /// Sets the condition that cancels a long-running request.
    pub fn stop_when(&mut self, stopped: Stopped) {
        self.stopped = stopped;
    }

    /// Reads the metadata of the recording.
    ///
    /// # Errors
    /// If the recording cannot be read.
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
            actors: self.actor_names()?,
            remark: about.remark,
            bookmarks: source.bookmarks()?.into(),
            lineage,
            start,
        })
    }

    /// Reads the names of the actors, and which of them this session or its past has.
    fn actor_names(&self) -> Result<ActorNames> {
        let (source, lineage) = (self.recording.source(), self.recording.lineage());
        let actors = source.actors()?;
        let mut acting = 0;
        for actor in &actors {
            acting += usize::from(!source.viewers(lineage, actor.id)?.is_empty());
        }
        Ok(ActorNames::of(&actors).with_acting(acting))
    }

    /// Handles one request. A scan only starts here; [`Worker::scan_on`] continues it step by step.
    pub fn handle(&mut self, request: Request) -> Option<Reply> {
        let reply = match request {
            Request::Rows { seqs, logs } => self.rows(&seqs, logs).map(|rows| Some(Reply::Rows(rows))),
            Request::Doc { request, generation } => {
                self.doc(&request).map(|doc| Some(Reply::Doc { kind: request.kind, generation, doc: Arc::new(doc.done()) }))
            }
            Request::Slow(_, slow) => self.slow(slow).map(Some),
            Request::Minimap { buckets, range } => self.minimap(buckets, range).map(Some),
            Request::Step { from, direction, step_target, count, generation } => {
                self.step(from, direction, &step_target, count).map(|to| Some(Reply::Moved { generation, to }))
            }
            Request::Follow { at, direction, generation } => {
                self.link_from(at, direction).map(|to| Some(Reply::Moved { generation, to }))
            }
            Request::GoTo { spec, cursor, generation } => return Some(self.go_to(&spec, cursor, generation)),
            Request::Poll => self.poll().map(|new| new.map(Reply::Snapshot)),
            Request::Reload => self.reload().map(|snapshot| Some(Reply::Snapshot(Box::new(snapshot)))),
            Request::SetBookmark(bookmark) => {
                self.recording.source_mut().set_bookmark(&bookmark).and_then(|()| self.bookmarks(bookmark_message(&bookmark)))
            }
            Request::RemoveBookmark(name) => self
                .recording
                .source_mut()
                .remove_bookmark(&name)
                .and_then(|_| self.bookmarks(format!("bookmark {name} removed"))),
            Request::Scan(scan) => return self.scan(*scan),
            Request::Related { to, from, generation } => self.related(&to, from).map(|to| Some(Reply::Moved { generation, to })),
            Request::Run { expression, of, from, direction, generation } => {
                return Some(self.run_to(&expression, of, from, direction, generation));
            }
            Request::Vocabulary => self.vocabulary().map(|names| Some(Reply::Vocabulary(Arc::new(names)))),
            Request::Objects { pattern, generation } => self.objects(&pattern, generation).map(Some),
            Request::Preview { object, at } => self.preview(object, at).map(|lines| Some(Reply::Preview { object, lines })),
        };
        reply.unwrap_or_else(|error| Some(Reply::Failed(error_text(&error))))
    }

    fn bookmarks(&self, message: String) -> Result<Option<Reply>> {
        Ok(Some(Reply::Bookmarks { bookmarks: self.recording.source().bookmarks()?.into(), message }))
    }

    fn minimap(&self, buckets: u16, range: (Seq, Seq)) -> Result<Reply> {
        let lineage = self.recording.lineage();
        let density = self.recording.source().density(lineage, range.0..=range.1, usize::from(buckets.max(1)))?;
        Ok(Reply::Minimap { buckets, range, density })
    }

    fn related(&self, to: &Related, from: Seq) -> Result<Option<Seq>> {
        match to {
            Related::Touching(of, direction, count) => self.touching(*of, from, *direction, *count),
            Related::Change(of, direction, field) => self.change_of(*of, from, *direction, field),
            Related::Echo => self.echo(from),
            Related::Refusal(refused) => self.around_refusal(*refused, from),
            Related::Nearest(object) => self.nearest_of(*object, from),
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
        if let Some(location) = &self.location {
            // The file may have been replaced.
            let source: Box<dyn Source> = Box::new(Recording::open(&location.path, &location.options)?);
            let session = self.recording.session().session_id.clone();
            let there = source.sessions()?.iter().any(|of| of.session_id == session);
            let cursor = self.recording.cursor();
            self.recording = OpenRecording::new(source, there.then_some(session.as_str()))?;
            self.recording.move_to(cursor);
            self.live = None;
            self.tree = TreeCache::default();
        }
        self.names = Names::default();
        self.choices = None;
        self.recording.refresh()?;
        self.snapshot()
    }
}

/// The message after a bookmark was set.
fn bookmark_message(bookmark: &Bookmark) -> String {
    let note = if bookmark.note.is_empty() { String::new() } else { format!(": {}", bookmark.note) };
    format!("bookmark {} set at {}{note}", bookmark.name, bookmark.at)
}
