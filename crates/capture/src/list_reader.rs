//! Splits a list into its items while it is received.

use std::sync::Arc;

use bytes::Bytes;

use super::body;
use super::message::Started;
use super::observation::{self, ItemType, ReceivedObject};
use super::reconciles::Delivered;
use super::request::{RequestInfo, header};
use super::state::{PagedList, State};
use kuberewind_model::json::scan::{ListHead, ListSplitter, Metadata, Piece};
use kuberewind_model::{Event, GapReason, ListKey, ObservationKind, Page, Shape, Verb};

/// Limit on the items of one page that are kept as possible triggers of reconciles.
const MAX_DELIVERIES: usize = 100_000;

#[derive(Debug)]
pub(super) struct ListReader {
    splitter: ListSplitter,
    paged: PagedList,
    /// True for deletecollection.
    deletes: bool,
    /// True if the request asks for metadata only.
    partial: bool,
    /// True once the rest cannot be parsed.
    broken: bool,
    /// Items that were emitted.
    pub(super) items: u64,
    delivered: Vec<Delivered>,
}

/// The result of a page.
pub(super) struct ListSummary {
    pub(super) page: Page,
    /// True if the page was read to its end.
    pub(super) whole: bool,
    pub(super) head: ListHead,
    pub(super) delivered: Vec<Delivered>,
}

impl ListReader {
    pub(super) fn new(state: &mut State, started: &Started, request: &RequestInfo) -> ListReader {
        let accept = header(started.headers.accept.as_ref());
        ListReader {
            splitter: ListSplitter::new(state.limits.object),
            paged: state.page(&started.actor, &request.continues),
            deletes: request.verb == Verb::DeleteCollection,
            partial: accept.contains("as=PartialObjectMetadataList"),
            broken: false,
            items: 0,
            delivered: Vec::new(),
        }
    }

    pub(super) fn key(&self) -> ListKey {
        self.paged.list
    }

    /// Bytes held for the item that is being received.
    pub(super) fn held(&self) -> usize {
        self.splitter.held()
    }

    /// Bytes are missing here, so that the rest cannot be parsed.
    pub(super) fn lost(&mut self) {
        self.broken = true;
    }

    /// Reads a chunk. Reading ends if the body is no list but, for example, a `Status`.
    pub(super) fn push(&mut self, state: &mut State, actor: &Arc<str>, request: &RequestInfo, bytes: &Bytes) {
        if self.broken {
            return;
        }
        let mut pieces = Vec::new();
        self.broken = self.splitter.push(bytes, &mut pieces).is_err();
        for piece in pieces {
            if !self.item(state, actor, request, &piece) {
                let length = match &piece {
                    Piece::Item(item) => item.len() as u64,
                    Piece::Cut(_, length) => *length,
                };
                self.paged.whole = false;
                state.gap(Some(actor), (Some(&request.kind), &request.namespace), (1, length), GapReason::Unreadable);
            }
        }
    }

    /// Ends the page; `whole` is true if its last byte was received.
    pub(super) fn end(self, state: &mut State, actor: &Arc<str>, request: &RequestInfo, whole: bool) -> ListSummary {
        let mut paged = self.paged;
        let partial_head = self.splitter.head().clone();
        let read = if self.broken || !whole { None } else { self.splitter.finish().ok().filter(|head| head.has_items) };
        paged.whole &= read.is_some();
        let whole = read.is_some();
        let head = read.unwrap_or(partial_head);
        let page = Page {
            list: paged.list,
            resource_version: head.resource_version.as_str().into(),
            selector: request.selector.clone(),
            complete: paged.whole && head.continue_token.is_empty(),
        };
        if !head.continue_token.is_empty() {
            state.next_page(actor, &request.continues, head.continue_token.clone(), paged);
        }
        ListSummary { page, whole, head, delivered: self.delivered }
    }

    /// Emits an item. Returns false if it cannot be parsed or has no name.
    fn item(&mut self, state: &mut State, actor: &Arc<str>, request: &RequestInfo, piece: &Piece) -> bool {
        let head = self.splitter.head();
        let row = head.kind == "Table";
        let (metadata, text) = match piece {
            Piece::Item(text) => (body::metadata(text, row).ok(), Some(text)),
            Piece::Cut(beginning, _) => (Some(Metadata::of_beginning(beginning)), None),
        };
        let Some(metadata) = metadata else { return false };
        let item = item_type(head, self.partial);
        let says = match () {
            () if !self.deletes => ObservationKind::State,
            // Finalizers or a grace period delay the deletion.
            () if metadata.finalizers || metadata.grace_seconds.is_some_and(|seconds| seconds > 0) => ObservationKind::State,
            () => ObservationKind::Gone,
        };
        let shape = match text {
            None => Shape::Cut,
            Some(_) if row => Shape::TableRow,
            Some(_) if item.kind == "PartialObjectMetadata" => Shape::Metadata,
            Some(_) => Shape::Full,
        };
        let object = ReceivedObject { says, shape, created: false, metadata, text };
        let Some((sight, delivered)) = observation::observe(state, request, &object, item) else { return false };
        self.items += 1;
        if self.delivered.len() < MAX_DELIVERIES {
            self.delivered.push(delivered);
        }
        state.emit(Event::ListItem { list: self.paged.list, actor: actor.clone(), observation: sight });
        true
    }
}

/// The type of the items, from the list's kind. The items of a `List` have types themselves.
fn item_type(head: &ListHead, partial: bool) -> ItemType<'_> {
    match head.kind.strip_suffix("List") {
        Some("") | None if partial => ItemType { kind: "PartialObjectMetadata", api_version: "meta.k8s.io/v1" },
        Some("") | None => ItemType::default(),
        Some(kind) => ItemType { kind, api_version: &head.api_version },
    }
}
