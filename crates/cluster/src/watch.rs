//! Watches: positions in the change log, advanced by their readers.
//!
//! A watch has no queue. It reads the shared log from its position when its reader wants more, so a slow reader costs nothing. Once
//! the log no longer reaches back to its position, the watch gets 410 and ends.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use tokio::sync::watch::Receiver;
use tokio::time::{Instant, sleep_until};

use super::change::Change;
use super::encode;
use super::list::too_large;
use super::managed_fields::Managers;
use super::scope::Scope;
use super::shown::Shown;
use super::source::Feed;
use super::version::Version;
use super::view::View;
use kuberewind_model::Timestamp;
use kuberewind_model::k8s::request::Query;
use kuberewind_model::k8s::status::Status;

/// The duration of a watch if the client names none.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30 * 60);
/// The longest duration of a watch in seconds: a day.
const LONGEST_TIMEOUT: u64 = 86_400;
/// The number of changes read under one lock.
const BATCH: usize = 256;

pub(super) struct Watch {
    feed: Weak<dyn Feed>,
    revisions: Receiver<u64>,
    scope: Scope,
    view: View,
    position: u64,
    bookmarks: bool,
    /// Encoded events that the reader has not taken yet. Refilled only when empty.
    ready: VecDeque<Bytes>,
    deadline: Instant,
    /// The interval of bookmarks while the watch is quiet.
    bookmark_every: Duration,
    next_bookmark: Instant,
    /// True once the table columns were sent: only the first event carries them.
    header_sent: bool,
    ended: bool,
}

struct Event {
    kind: &'static str,
    object: Arc<Version>,
    /// The resourceVersion of a deletion. The last state has an older one.
    revision: Option<u64>,
}

impl Watch {
    /// Opens a watch. Refuses what a real server refuses before streaming.
    pub(super) fn open(feed: &Arc<dyn Feed>, scope: Scope, view: View, query: &Query) -> Result<Watch, Status> {
        let seconds = match query.get("timeoutSeconds") {
            "" => None,
            text => Some(text.parse::<u64>().map_err(|_| Status::bad_request(format!("invalid timeoutSeconds: {text}")))?),
        };
        let timeout = seconds
            .filter(|&seconds| seconds > 0)
            .map_or(DEFAULT_TIMEOUT, |seconds| Duration::from_secs(seconds.min(LONGEST_TIMEOUT)));
        let now = Instant::now();
        let mut watch = Watch {
            feed: Arc::downgrade(feed),
            revisions: feed.subscribe(),
            scope,
            view,
            position: feed.revision(),
            bookmarks: query.flag("allowWatchBookmarks"),
            ready: VecDeque::new(),
            deadline: now + timeout,
            bookmark_every: feed.bookmark_every(),
            next_bookmark: now + feed.bookmark_every(),
            header_sent: false,
            ended: false,
        };
        watch.begin(&**feed, query)?;
        Ok(watch)
    }

    /// Sets the start position and queues the initial events.
    fn begin(&mut self, feed: &dyn Feed, query: &Query) -> Result<(), Status> {
        let version = query.get("resourceVersion");
        let now = feed.revision();
        let asked = match version {
            "" => 0,
            text => text.parse::<u64>().map_err(|_| {
                let why = format!("strconv.ParseUint: parsing {text:?}: invalid syntax");
                Status::new(500, "", format!("resourceVersion: Invalid value: {text:?}: {why}"))
            })?,
        };
        if asked > now {
            return Err(too_large(asked, now));
        }
        let initial = query.flag("sendInitialEvents");
        if initial || (asked == 0 && !query.has("sendInitialEvents")) {
            self.tell_all(feed)?;
            if initial && self.bookmarks {
                self.push(&Event { kind: "BOOKMARK", object: self.bookmark(true), revision: None }, feed.now());
            }
        } else if asked != 0 {
            self.position = asked;
            self.advance(feed);
        }
        Ok(())
    }

    /// Queues every object as ADDED.
    fn tell_all(&mut self, feed: &dyn Feed) -> Result<(), Status> {
        let (revision, objects) = feed.all(&self.scope.table, self.scope.namespace())?;
        self.position = revision;
        for (name, object) in objects {
            if self.scope.selects(&self.scope.table, &name, &object) {
                self.push(&Event { kind: "ADDED", object, revision: None }, feed.now());
            }
        }
        Ok(())
    }

    /// Reads the log further: up to [`BATCH`] changes, or until an event is ready.
    fn advance(&mut self, feed: &dyn Feed) {
        let (position, changes) = match feed.changes_after(self.position, &self.scope.table, BATCH) {
            Ok(read) => read,
            Err(status) => {
                self.ready.push_back(encode::frame(self.view.encoding, "ERROR", &status.to_json()));
                self.ended = true;
                return;
            }
        };
        self.position = position;
        for change in &changes {
            if let Some(event) = self.seen(change) {
                self.push(&event, feed.now());
            }
        }
    }

    /// The event that a change causes under the selector: entering the selection is ADDED, leaving it DELETED.
    fn seen(&self, change: &Change) -> Option<Event> {
        let selected = |object: &&Arc<Version>| self.scope.selects(&change.table, &change.name, object);
        let (before, after) = (change.before.as_ref().filter(selected), change.after.as_ref().filter(selected));
        let event = |kind, object: &Arc<Version>, revision| Some(Event { kind, object: object.clone(), revision });
        match (before, after) {
            (None, None) => None,
            (None, Some(object)) => event("ADDED", object, None),
            (Some(_), Some(object)) => event("MODIFIED", object, None),
            (Some(object), None) => event("DELETED", object, Some(change.revision)),
        }
    }

    fn push(&mut self, event: &Event, now: Timestamp) {
        let state = Shown { object: &event.object, revision: event.revision };
        let line = encode::event(&self.scope.shown, self.view, event.kind, state, !self.header_sent, now);
        self.header_sent = true;
        self.ready.push_back(line);
    }

    /// An object that carries only the revision.
    fn bookmark(&self, initial_end: bool) -> Arc<Version> {
        let mut meta = json!({"resourceVersion": self.position.to_string()});
        if initial_end {
            meta["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let object = json!({"kind": self.scope.shown.kind, "apiVersion": self.scope.shown.api_version(), "metadata": meta});
        Arc::new(Version::new(object, Managers::default()))
    }

    /// The next line of the stream, or `None` at its end.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Some(line);
            }
            if self.ended {
                return None;
            }
            let seen = *self.revisions.borrow_and_update();
            if seen > self.position {
                let feed = self.feed.upgrade()?;
                self.advance(&*feed);
                continue;
            }
            tokio::select! {
                biased;
                changed = self.revisions.changed() => changed.ok()?,
                () = sleep_until(self.deadline) => return None,
                () = sleep_until(self.next_bookmark), if self.bookmarks => {
                    self.next_bookmark = Instant::now() + self.bookmark_every;
                    self.push(&Event { kind: "BOOKMARK", object: self.bookmark(false), revision: None }, Timestamp::default());
                }
            }
        }
    }
}
