//! The tracked state of one object.

use std::collections::VecDeque;
use std::sync::Arc;

use super::cause::Cause;
use super::version::{TrackedVersion, VersionAuthor};
use super::view::ObjectView;
use crate::normalise::{Content, Leaf};
use crate::stream::{ObservedVersion, OperationItem};
use kuberewind_model::{ActorId, Certainty, Derived, Object, Rank, Seq, Timestamp, Version};

const MAX_STATES: usize = 40;
const MAX_VIEWS: usize = 16;
const MAX_OBSERVATIONS: usize = 4;
const MAX_MEMBERS: usize = 64;

/// The tracked state of one object.
#[derive(Debug)]
pub struct TrackedObject {
    pub object: Arc<Object>,
    /// The latest versions by rank, oldest first.
    pub history: VecDeque<TrackedVersion>,
    /// The content of the latest version, if known.
    pub content: Option<Arc<Content>>,
    /// The content of the version before.
    pub content_before: Option<Arc<Content>>,
    pub views: Vec<ObjectView>,
}

impl TrackedObject {
    pub(super) fn new(object: Arc<Object>) -> TrackedObject {
        TrackedObject { object, history: VecDeque::new(), content: None, content_before: None, views: Vec::new() }
    }

    #[must_use]
    pub fn latest(&self) -> Option<&TrackedVersion> {
        self.history.back()
    }

    /// The observations of an actor, or of the process whose watches serve it.
    #[must_use]
    pub fn view(&self, actor: ActorId) -> Option<&ObjectView> {
        let views = self.views.iter().filter(|view| view.receiver == actor || view.members.contains(&actor));
        views.max_by_key(|view| view.delivered.map(|(seq, ..)| seq))
    }

    /// Notes that the watches of a receiver serve an actor.
    pub(super) fn join(&mut self, actor: ActorId, receiver: ActorId) {
        let view = self.views.iter_mut().find(|view| view.receiver == receiver);
        if let Some(view) = view.filter(|view| view.members.len() < MAX_MEMBERS && !view.members.contains(&actor)) {
            view.members.push(actor);
        }
    }

    /// The JSON pointer of a path in the latest two contents.
    #[must_use]
    pub fn pointer(&self, path: u64) -> Option<String> {
        [&self.content, &self.content_before].into_iter().flatten().find_map(|content| content.pointer(path))
    }

    /// The latest two values at a path as short texts, the older first.
    #[must_use]
    pub fn values(&self, path: u64) -> Option<(String, String)> {
        let text = |content: &Option<Arc<Content>>| {
            let content = content.as_ref()?;
            Some(content.leaf(path).map_or_else(|| "nothing".to_owned(), |leaf| content.value_text(leaf, 24)))
        };
        Some((text(&self.content_before)?, text(&self.content)?))
    }

    pub(super) fn content_bytes(&self) -> usize {
        let bytes = |content: &Option<Arc<Content>>| {
            content.as_ref().map_or(0, |content| content.text.len() + content.leaves.len() * std::mem::size_of::<Leaf>())
        };
        bytes(&self.content) + bytes(&self.content_before)
    }

    pub(super) fn position(&self, rank: Rank) -> Option<usize> {
        self.history.iter().rposition(|state| state.rank == rank)
    }

    /// Computes the derived row of a version that is about to be added. Its base is the previous version if that one's content
    /// is at hand. `None` for a late or known version and for one without content.
    pub(super) fn derive(&self, version: &Version, content: Option<&Content>) -> Option<Derived> {
        let content = content.filter(|_| self.position(version.rank).is_none())?;
        let last = self.history.back();
        if last.is_some_and(|last| last.rank > version.rank) {
            return None;
        }
        let before = self.content.as_ref().zip(last.filter(|last| last.norm.is_some() && !last.gone));
        Some(Derived {
            version: version.id,
            base: before.map(|(_, last)| last.version),
            norm_hash: content.norm,
            changed: before.and_then(|(before, _)| content.changed_paths_from(before)).map(Arc::from),
        })
    }

    /// Adds a version at its rank. Returns its position if it is new. Fills in the content of a known version without content.
    pub(super) fn add(
        &mut self,
        observed: &ObservedVersion,
        content: Option<Arc<Content>>,
        keep: bool,
        seq: Seq,
        at: Timestamp,
    ) -> Option<usize> {
        let version = &observed.version;
        if let Some(position) = self.position(version.rank) {
            let last = position + 1 == self.history.len();
            let state = self.history.get_mut(position)?;
            if let (None, Some(content)) = (state.norm, content) {
                (state.norm, state.exact, state.wanted) = (Some(content.norm), content.exact, content.wanted);
                if last && keep {
                    self.content_before = self.content.replace(content);
                }
            }
            return None;
        }
        let mut state = TrackedVersion {
            rank: version.rank,
            version: version.id,
            resource_version: Arc::clone(&version.resource_version),
            generation: version.generation,
            gone: version.gone,
            seq,
            at,
            norm: content.as_ref().map(|content| content.norm),
            exact: content.as_ref().map_or(0, |content| content.exact),
            wanted: content.as_ref().map_or(0, |content| content.wanted),
            changes: None,
            reordered: Arc::default(),
            growth: None,
            author: None,
        };
        let position = self.history.iter().rposition(|known| known.rank < version.rank).map_or(0, |before| before + 1);
        if position == self.history.len() {
            let before_is_known = self.history.back().is_some_and(|before| before.norm.is_some());
            if let (Some(before), Some(after), true) = (&self.content, &content, before_is_known) {
                let changes = after.changes_from(before);
                state.growth = after.growth_from(before, &changes);
                state.reordered = after.reordered_lists(before).into();
                state.changes = Some(changes.into());
            }
            if let Some(content) = content.filter(|_| keep) {
                self.content_before = self.content.replace(content);
            } else if state.norm.is_some() {
                (self.content, self.content_before) = (None, None);
            }
        } else if let Some(next) = self.history.get_mut(position) {
            // A version was inserted before it, so its changes are unknown now.
            next.changes = None;
        }
        self.history.insert(position, state);
        if self.history.len() > MAX_STATES {
            self.history.pop_front();
            return position.checked_sub(1);
        }
        Some(position)
    }

    /// Sets the author of the version that a write was answered with, and returns its position. A write that changed nothing
    /// is answered with a version known before the write began; it is not the author.
    pub(super) fn set_author(
        &mut self,
        operation: &OperationItem,
        cause: Option<Cause>,
        sent: Option<&Arc<Content>>,
    ) -> Option<usize> {
        let op = &operation.op;
        let rank = operation.observed.as_ref()?.version.rank;
        let position = self.position(rank)?;
        let before =
            position.checked_sub(1).and_then(|before| self.history.get(before)).map(|state| Arc::clone(&state.resource_version));
        let state = self.history.get_mut(position)?;
        if state.author.is_some() || state.seq <= op.started_after {
            return None;
        }
        let precondition = operation.detail.as_ref().map(|detail| Arc::clone(&detail.precondition));
        let on_base = precondition.as_ref().is_some_and(|wanted| !wanted.is_empty() && before.as_ref() == Some(wanted));
        let asserted = sent.zip(state.changes.as_ref()).is_some_and(|(sent, changes)| {
            !changes.is_empty()
                && changes
                    .iter()
                    .filter(|change| !change.volatile)
                    .all(|change| sent.leaf(change.path).is_some_and(|leaf| leaf.value == change.after))
        });
        state.author = Some(VersionAuthor {
            actor: op.actor,
            name: Arc::clone(&operation.actor),
            manager: operation.detail.as_ref().map_or_else(|| Arc::from(""), |detail| Arc::clone(&detail.field_manager)),
            seq: op.seq,
            at: op.at,
            began: operation.began(),
            started_after: op.started_after,
            verb: op.verb,
            span: op.span,
            precondition,
            cause,
            certainty: if on_base || asserted { Certainty::Exact } else { Certainty::Likely },
        });
        Some(position)
    }

    pub(super) fn observe(&mut self, receiver: ActorId, rank: Rank, seq: Seq, at: Timestamp, delivered: bool) {
        let position = self.views.iter().position(|view| view.receiver == receiver).unwrap_or_else(|| {
            if self.views.len() >= MAX_VIEWS {
                self.views.remove(0);
            }
            self.views.push(ObjectView {
                receiver,
                members: Vec::new(),
                observations: VecDeque::new(),
                delivered: None,
                highest_delivered: Rank::default(),
            });
            self.views.len() - 1
        });
        let Some(view) = self.views.get_mut(position) else { return };
        view.observations.push_back((seq, rank));
        if view.observations.len() > MAX_OBSERVATIONS {
            view.observations.pop_front();
        }
        if delivered {
            view.delivered = Some((seq, rank, at));
            view.highest_delivered = view.highest_delivered.max(rank);
        }
    }
}
