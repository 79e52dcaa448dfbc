//! The state that all calls share.

use std::collections::HashMap;
use std::sync::Arc;

use super::gate;
use super::kinds::Kinds;
use super::limits::Limits;
use super::output::Output;
use super::reconciles::Reconciles;
use kuberewind_model::redact::Redactor;
use kuberewind_model::{Event, GapReason, Kind, KindRef, ListKey, NewGap, NewSpan, Result, SpanKey, WatchKey};

/// Limit on the lists whose next page may still be requested.
const MAX_OPEN_LISTS: usize = 4_096;

/// Flushes after which everything that was emitted before is stored.
const HELD_FLUSHES: u32 = 3;

/// A list that may have further pages.
#[derive(Debug, Clone)]
pub(super) struct PagedList {
    pub(super) list: ListKey,
    /// True if every page so far was received completely.
    pub(super) whole: bool,
}

pub(super) struct State {
    pub(super) output: Output,
    pub(super) redactor: Redactor,
    pub(super) kinds: Kinds,
    /// The version of the API server that was emitted last.
    pub(super) server_version: Option<Arc<str>>,
    pub(super) reconciles: Reconciles,
    pub(super) limits: Limits,
    /// Bytes held for responses that are not complete yet.
    pub(super) held: usize,
    /// How many distinctive secrets were known at the last event.
    secrets: u64,
    /// Bodies with lower ids were stored before the last of them was known.
    bodies_below: i64,
    /// Flushes until everything that came before the last of them is stored: a stage may hold events back for two flushes.
    unsettled: u32,
    /// True once the recorded program is ending.
    pub(super) stopping: bool,
    pages: HashMap<(Arc<str>, String), PagedList>,
    lists: u64,
    watches: u64,
}

impl State {
    pub(super) fn new(output: Output, redactor: Redactor, limits: Limits) -> State {
        State {
            output,
            redactor,
            kinds: Kinds::default(),
            server_version: None,
            reconciles: Reconciles::default(),
            limits,
            held: 0,
            secrets: 0,
            bodies_below: 0,
            unsettled: 0,
            stopping: false,
            pages: HashMap::new(),
            lists: 0,
            watches: 0,
        }
    }

    /// Passes an event to the sink, without secrets. Returns false if the sink fails, or drops an operation beyond the session's limit.
    pub(super) fn emit(&mut self, mut event: Event) -> bool {
        gate::clean(&self.redactor, &mut event);
        if self.redactor.seen() != self.secrets {
            // What is stored up to here was not searched for the new ones. The body in this event may be another's first.
            self.secrets = self.redactor.seen();
            self.unsettled = HELD_FLUSHES;
        }
        self.output.emit(event)
    }

    /// Makes the events so far visible to readers. Returns true if events wait for another flush.
    pub(super) fn flush(&mut self) -> bool {
        self.output.flush();
        if self.unsettled > 0 {
            self.unsettled -= 1;
            self.bodies_below = self.output.stored_bodies();
        }
        self.output.waits()
    }

    /// Removes secrets that became known after something that holds them was stored.
    pub(super) fn clean_stored(&mut self) -> Result<()> {
        if self.secrets == 0 {
            return Ok(());
        }
        let below = if self.unsettled > 0 { i64::MAX } else { self.bodies_below };
        self.output.clean_stored(&self.redactor, below)
    }

    /// How many bytes of one body may be held now.
    pub(super) fn room(&self) -> usize {
        self.limits.object.min(self.limits.held.saturating_sub(self.held))
    }

    pub(super) fn next_list(&mut self) -> ListKey {
        self.lists += 1;
        ListKey(self.lists)
    }

    pub(super) fn next_watch(&mut self) -> WatchKey {
        self.watches += 1;
        WatchKey(self.watches)
    }

    /// The list that a request for a page continues; a new list if there is no token.
    pub(super) fn page(&mut self, actor: &Arc<str>, token: &str) -> PagedList {
        if token.is_empty() {
            return PagedList { list: self.next_list(), whole: true };
        }
        // The client may retry the request for a page, so the token stays.
        match self.pages.get(&(actor.clone(), token.to_owned())) {
            Some(paged) => paged.clone(),
            None => PagedList { list: self.next_list(), whole: false },
        }
    }

    /// Remembers the list under the token for its next page.
    pub(super) fn next_page(&mut self, actor: &Arc<str>, previous: &str, token: String, paged: PagedList) {
        if self.pages.len() >= MAX_OPEN_LISTS {
            self.pages.clear();
        }
        self.pages.remove(&(actor.clone(), previous.to_owned()));
        self.pages.insert((actor.clone(), token), paged);
    }

    /// Emits a kind about which something new was learned.
    pub(super) fn learned(&mut self, kind: Option<Kind>) {
        if let Some(kind) = kind {
            self.emit(Event::Kind(kind));
        }
    }

    /// Emits the start of a reconcile.
    pub(super) fn span_started(&mut self, span: Option<NewSpan>) {
        if let Some(mut span) = span {
            span.triggers.iter_mut().for_each(|trigger| trigger.reason = self.redactor.text(&trigger.reason).into());
            self.emit(Event::SpanStarted(span));
        }
    }

    /// The reconcile of a call. If the reconcile has no actor yet, it gets the call's.
    pub(super) fn span_of(&mut self, span: Option<SpanKey>, actor: &Arc<str>) -> Option<SpanKey> {
        let span = span?;
        let started = self.reconciles.belongs_to(&self.kinds, span, actor);
        self.span_started(started);
        Some(span)
    }

    /// Emits a gap at this place. `lost` is the number of messages and bytes.
    pub(super) fn gap(
        &mut self,
        actor: Option<&Arc<str>>,
        scope: (Option<&KindRef>, &Arc<str>),
        lost: (u64, u64),
        reason: GapReason,
    ) {
        let (kind, namespace) = scope;
        let last = self.output.last();
        self.emit(Event::Gap(NewGap {
            actor: actor.cloned(),
            kind: kind.cloned(),
            namespace: namespace.clone(),
            first: last,
            last,
            count: lost.0,
            bytes: lost.1,
            reason,
        }));
    }
}
