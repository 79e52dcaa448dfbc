//! What all calls share: the way out, the redactor, what was learned.

use std::collections::HashMap;
use std::sync::Arc;

use super::Limits;
use super::kinds::Kinds;
use super::outlet::Outlet;
use super::reconciles::Reconciles;
use kuberewind_model::redact::Redactor;
use kuberewind_model::{Event, GapReason, Kind, KindRef, ListKey, NewGap, NewSpan, SpanKey, WatchKey};

/// Lists whose next page may still be asked for.
const OPEN_LISTS: usize = 4_096;

/// A list of several pages that is being read.
#[derive(Debug, Clone)]
pub(super) struct Paged {
    pub(super) list: ListKey,
    /// Whether every page so far was seen whole.
    pub(super) whole: bool,
}

pub(super) struct Desk {
    pub(super) outlet: Outlet,
    pub(super) redactor: Redactor,
    pub(super) kinds: Kinds,
    pub(super) reconciles: Reconciles,
    pub(super) limits: Limits,
    /// Bytes that calls keep alive until they are whole.
    pub(super) held: usize,
    pages: HashMap<(Arc<str>, String), Paged>,
    lists: u64,
    watches: u64,
}

impl Desk {
    pub(super) fn new(outlet: Outlet, redactor: Redactor, limits: Limits) -> Desk {
        Desk {
            outlet,
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

    /// How many bytes of one body there is room for now.
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

    /// The list that a request for a page goes on with.
    pub(super) fn page(&mut self, actor: &Arc<str>, token: &str) -> Paged {
        if token.is_empty() {
            return Paged { list: self.next_list(), whole: true };
        }
        // A page may be asked for again (a retry): the token stays.
        match self.pages.get(&(actor.clone(), token.to_owned())) {
            Some(paged) => paged.clone(),
            None => Paged { list: self.next_list(), whole: false },
        }
    }

    /// A page ended with a token for the next one.
    pub(super) fn next_page(&mut self, actor: &Arc<str>, asked_with: &str, token: String, paged: Paged) {
        if self.pages.len() >= OPEN_LISTS {
            self.pages.clear();
        }
        self.pages.remove(&(actor.clone(), asked_with.to_owned()));
        self.pages.insert((actor.clone(), token), paged);
    }

    pub(super) fn learned(&mut self, news: Option<Kind>) {
        if let Some(kind) = news {
            self.outlet.emit(Event::Kind(kind));
        }
    }

    pub(super) fn span_told(&mut self, told: Option<NewSpan>) {
        if let Some(mut span) = told {
            span.triggers.iter_mut().for_each(|trigger| trigger.reason = self.redactor.text(&trigger.reason).into());
            self.outlet.emit(Event::SpanStarted(span));
        }
    }

    /// The span of a call, if it is one that the sink was told of; its actor is told by the call.
    pub(super) fn span_of(&mut self, span: Option<SpanKey>, actor: &Arc<str>) -> Option<SpanKey> {
        let span = span?;
        let told = self.reconciles.belongs_to(&self.kinds, span, actor);
        self.span_told(told);
        Some(span)
    }

    /// Something in this scope is missing, here.
    pub(super) fn gap(
        &mut self,
        actor: Option<&Arc<str>>,
        scope: (Option<&KindRef>, &Arc<str>),
        lost: (u64, u64),
        reason: GapReason,
    ) {
        let (kind, namespace) = scope;
        let last = self.outlet.last();
        self.outlet.emit(Event::Gap(NewGap {
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
