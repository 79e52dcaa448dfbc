//! A list: taken apart into its items while it is being received.

use std::sync::Arc;

use bytes::Bytes;

use super::body;
use super::call::{Asked, Call, header};
use super::desk::{Desk, Paged};
use super::reconciles::Delivered;
use super::sight::{self, Found, ItemType};
use kuberewind_model::json::scan::{ListHead, ListSplitter, Metadata, Piece};
use kuberewind_model::{Event, GapReason, ListKey, ObservationKind, Page, Shape, Verb};

/// Items of one page that are remembered as possible triggers.
const DELIVERIES: usize = 100_000;

/// Reads a list.
#[derive(Debug)]
pub(super) struct Listing {
    splitter: ListSplitter,
    paged: Paged,
    removes: bool,
    partial: bool,
    broken: bool,
    /// Items that were told.
    pub(super) items: u64,
    delivered: Vec<Delivered>,
}

/// What came of a list.
pub(super) struct Listed {
    pub(super) page: Page,
    /// Whether the page was read to its end.
    pub(super) whole: bool,
    pub(super) head: ListHead,
    pub(super) delivered: Vec<Delivered>,
}

impl Listing {
    pub(super) fn begin(desk: &mut Desk, call: &Call, asked: &Asked) -> Listing {
        let accept = header(call.started.headers.accept.as_ref());
        Listing {
            splitter: ListSplitter::new(desk.limits.object),
            paged: desk.page(&call.started.actor, &asked.continues),
            removes: asked.verb == Verb::DeleteCollection,
            partial: accept.contains("as=PartialObjectMetadataList"),
            broken: false,
            items: 0,
            delivered: Vec::new(),
        }
    }

    pub(super) fn list(&self) -> ListKey {
        self.paged.list
    }

    pub(super) fn held(&self) -> usize {
        self.splitter.held()
    }

    /// Bytes of it are missing: what is read from here on would make no sense.
    pub(super) fn lost(&mut self) {
        self.broken = true;
    }

    /// A piece of it came. What is no list (a `Status`, say) is given up.
    pub(super) fn push(&mut self, desk: &mut Desk, actor: &Arc<str>, asked: &Asked, bytes: &Bytes) {
        if self.broken {
            return;
        }
        let mut pieces = Vec::new();
        self.broken = self.splitter.push(bytes, &mut pieces).is_err();
        for piece in pieces {
            if !self.item(desk, actor, asked, &piece) {
                let length = match &piece {
                    Piece::Item(item) => item.len() as u64,
                    Piece::Cut(_, length) => *length,
                };
                self.paged.whole = false;
                desk.gap(Some(actor), (Some(&asked.kind), &asked.namespace), (1, length), GapReason::Unreadable);
            }
        }
    }

    /// The answer ended; `whole` says whether to its last byte.
    pub(super) fn end(self, desk: &mut Desk, actor: &Arc<str>, asked: &Asked, whole: bool) -> Listed {
        let mut paged = self.paged;
        let partial_head = self.splitter.head().clone();
        let read = if self.broken || !whole { None } else { self.splitter.finish().ok().filter(|head| head.has_items) };
        paged.whole &= read.is_some();
        let whole = read.is_some();
        let head = read.unwrap_or(partial_head);
        let page = Page {
            list: paged.list,
            resource_version: head.resource_version.as_str().into(),
            selector: asked.selector.clone(),
            complete: paged.whole && head.continue_token.is_empty(),
        };
        if !head.continue_token.is_empty() {
            desk.next_page(actor, &asked.continues, head.continue_token.clone(), paged);
        }
        Listed { page, whole, head, delivered: self.delivered }
    }

    fn item(&mut self, desk: &mut Desk, actor: &Arc<str>, asked: &Asked, piece: &Piece) -> bool {
        let head = self.splitter.head();
        let row = head.kind == "Table";
        let (found, text) = match piece {
            Piece::Item(text) => (body::metadata(text, row).ok(), Some(text)),
            Piece::Cut(beginning, _) => (Some(Metadata::of_beginning(beginning)), None),
        };
        let Some(metadata) = found else { return false };
        let item = item_type(head, self.partial);
        let says = match () {
            () if !self.removes => ObservationKind::State,
            // Finalizers or a grace period keep what was to be deleted.
            () if metadata.finalizers || metadata.grace_seconds.is_some_and(|seconds| seconds > 0) => ObservationKind::State,
            () => ObservationKind::Gone,
        };
        let shape = match text {
            None => Shape::Cut,
            Some(_) if row => Shape::TableRow,
            Some(_) if item.kind == "PartialObjectMetadata" => Shape::Metadata,
            Some(_) => Shape::Full,
        };
        let found = Found { says, shape, created: false, metadata, text };
        let Some((sight, delivered)) = sight::tell(desk, asked, &found, item) else { return false };
        self.items += 1;
        if self.delivered.len() < DELIVERIES {
            self.delivered.push(delivered);
        }
        desk.outlet.emit(Event::ListItem { list: self.paged.list, actor: actor.clone(), observation: observation: sight });
        true
    }
}

/// What the server leaves out of each item: the list's kind says it. A `List` holds anything, typed by itself.
fn item_type(head: &ListHead, partial: bool) -> ItemType<'_> {
    match head.kind.strip_suffix("List") {
        Some("") | None if partial => ItemType { kind: "PartialObjectMetadata", api_version: "meta.k8s.io/v1" },
        Some("") | None => ItemType::default(),
        Some(kind) => ItemType { kind, api_version: &head.api_version },
    }
}
