//! The state that all calls share.

use std::collections::HashMap;
use std::sync::Arc;

use super::kinds::Kinds;
use super::limits::Limits;
use super::output::Output;
use super::reconciles::Reconciles;
use kuberewind_model::redact::Redactor;
use kuberewind_model::{Event, GapReason, Kind, KindRef, ListKey, NewGap, NewSpan, SpanKey, WatchKey};

/// Limit on the lists whose next page may still be requested.
const MAX_OPEN_LISTS: usize = 4_096;

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
    pub(super) reconciles: Reconciles,
    pub(super) limits: Limits,
    /// Bytes held for responses that are not complete yet.
    pub(super) held: usize,
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
            reconciles: Reconciles::default(),
            limits,
            held: 0,
            pages: HashMap::new(),
            lists: 0,
            watches: 0,
        }
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
            self.output.emit(Event::Kind(kind));
        }
    }

    /// Emits the start of a reconcile.
    pub(super) fn span_started(&mut self, span: Option<NewSpan>) {
        if let Some(mut span) = span {
            span.triggers.iter_mut().for_each(|trigger| trigger.reason = self.redactor.text(&trigger.reason).into());
            self.output.emit(Event::SpanStarted(span));
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
        self.output.emit(Event::Gap(NewGap {
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
