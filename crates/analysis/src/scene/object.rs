//! What is remembered of one object.

use std::collections::VecDeque;
use std::sync::Arc;

use super::actors::Cause;
use crate::normalise::{Change, Content, Leaf};
use crate::stream::{Fact, Observed};
use kuberewind_model::{ActorId, Certainty, Derived, Object, Rank, Seq, SpanId, Timestamp, Verb, Version, VersionId};

const MAX_STATES: usize = 40;
const MAX_VIEWS: usize = 16;
const MAX_SHOWINGS: usize = 4;

/// Who wrote a state.
#[derive(Debug, Clone)]
pub struct Author {
    /// Who.
    pub actor: ActorId,
    /// Its name.
    pub name: Arc<str>,
    /// The field manager it gave, '' for none.
    pub manager: Arc<str>,
    /// The write.
    pub seq: Seq,
    /// Its answer's time.
    pub at: Timestamp,
    /// When it was sent.
    pub began: Timestamp,
    /// The last operation known when it was sent.
    pub started_after: Seq,
    /// What sort of write.
    pub verb: Verb,
    /// The reconcile it belongs to.
    pub span: Option<SpanId>,
    /// The resourceVersion it insisted on; `None` where that was not read, '' for none.
    pub precondition: Option<Arc<str>>,
    /// What it answered to.
    pub cause: Option<Cause>,
    /// How sure it is that the state's changes are this write's.
    pub certainty: Certainty,
}

/// One state in an object's history.
#[derive(Debug, Clone)]
pub struct State {
    /// Its place.
    pub rank: Rank,
    /// The version that told of it, in the shape that was known first.
    pub version: VersionId,
    /// Its resourceVersion.
    pub resource_version: Arc<str>,
    /// generation.
    pub generation: Option<i64>,
    /// Whether it says that the object is gone.
    pub gone: bool,
    /// The operation that first showed it.
    pub seq: Seq,
    /// When that was.
    pub at: Timestamp,
    /// Normalised fingerprint; `None` where the content is not known.
    pub norm: Option<u64>,
    /// Fingerprint as is.
    pub exact: u64,
    /// Fingerprint of what is wanted.
    pub wanted: u64,
    /// What differs from the state before; `None` where that cannot be told.
    pub changes: Option<Arc<[Change]>>,
    /// Who wrote it.
    pub author: Option<Author>,
}

impl State {
    /// Whether nothing but volatile values changed (or nothing at all); `false` where that cannot be told.
    #[must_use]
    pub fn says_nothing_new(&self) -> bool {
        self.changes.as_ref().is_some_and(|changes| changes.iter().all(|change| change.volatile))
    }
}

/// What an actor was shown of an object last.
#[derive(Debug, Clone)]
pub struct View {
    /// Who.
    pub actor: ActorId,
    /// The latest showings, oldest first.
    pub showings: VecDeque<(Seq, Rank)>,
    /// The latest by a list or a watch.
    pub told: Option<(Seq, Rank, Timestamp)>,
    /// The highest by a list or a watch.
    pub told_highest: Rank,
}

impl View {
    /// The highest rank shown by operation `seq`; `None` where that is not remembered.
    #[must_use]
    pub fn highest_by(&self, seq: Seq) -> Option<Rank> {
        self.showings.iter().filter(|(shown, _)| *shown <= seq).map(|(_, rank)| *rank).max()
    }
}

/// What is remembered of one object.
#[derive(Debug)]
pub struct ObjectState {
    /// The object.
    pub object: Arc<Object>,
    /// Its latest states by rank, oldest first.
    pub history: VecDeque<State>,
    /// The content of the latest state, where it is known.
    pub content: Option<Arc<Content>>,
    /// The content before that.
    pub content_before: Option<Arc<Content>>,
    /// Who was shown what.
    pub views: Vec<View>,
}

impl ObjectState {
    pub(super) fn new(object: Arc<Object>) -> ObjectState {
        ObjectState { object, history: VecDeque::new(), content: None, content_before: None, views: Vec::new() }
    }

    /// The latest state.
    #[must_use]
    pub fn latest(&self) -> Option<&State> {
        self.history.back()
    }

    /// What an actor was shown.
    #[must_use]
    pub fn view(&self, actor: ActorId) -> Option<&View> {
        self.views.iter().find(|view| view.actor == actor)
    }

    /// The JSON pointer of a path, where one of the latest two contents has it.
    #[must_use]
    pub fn pointer(&self, path: u64) -> Option<String> {
        [&self.content, &self.content_before].into_iter().flatten().find_map(|content| content.pointer(path))
    }

    /// The latest two values at a path, the older first, as short texts.
    #[must_use]
    pub fn values(&self, path: u64) -> Option<(String, String)> {
        let text = |content: &Option<Arc<Content>>| {
            let content = content.as_ref()?;
            Some(content.leaf(path).map_or_else(|| "nothing".to_owned(), |leaf| content.value_text(leaf, 24)))
        };
        Some((text(&self.content_before)?, text(&self.content)?))
    }

    pub(super) fn kept_bytes(&self) -> usize {
        let bytes = |content: &Option<Arc<Content>>| {
            content.as_ref().map_or(0, |content| content.text.len() + content.leaves.len() * std::mem::size_of::<Leaf>())
        };
        bytes(&self.content) + bytes(&self.content_before)
    }

    pub(super) fn place(&self, rank: Rank) -> Option<usize> {
        self.history.iter().rposition(|state| state.rank == rank)
    }

    /// What is kept of a version that is about to be added: compared with the state before it where that is the one
    /// whose content is at hand. `None` for what comes late, is known already, or has no content.
    pub(super) fn derive(&self, version: &Version, content: Option<&Content>) -> Option<Derived> {
        let content = content.filter(|_| self.place(version.rank).is_none())?;
        let last = self.history.back();
        if last.is_some_and(|last| last.rank > version.rank) {
            return None;
        }
        let before = self.content.as_ref().zip(last.filter(|last| last.norm.is_some() && !last.gone));
        Some(Derived {
            version: version.id,
            base: before.map(|(_, last)| last.version),
            norm_hash: content.norm,
            changed: before.and_then(|(before, _)| content.prints_from(before)).map(Arc::from),
        })
    }

    /// Adds a state at its rank; its place where it is new. One that was known without content gets it.
    pub(super) fn add(
        &mut self,
        fact: &Fact,
        content: Option<Arc<Content>>,
        keep: bool,
        seq: Seq,
        at: Timestamp,
    ) -> Option<usize> {
        let version = &fact.version;
        if let Some(place) = self.place(version.rank) {
            let last = place + 1 == self.history.len();
            let state = self.history.get_mut(place)?;
            if let (None, Some(content)) = (state.norm, content) {
                (state.norm, state.exact, state.wanted) = (Some(content.norm), content.exact, content.wanted);
                if last && keep {
                    self.content_before = self.content.replace(content);
                }
            }
            return None;
        }
        let mut state = State {
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
            author: None,
        };
        let place = self.history.iter().rposition(|known| known.rank < version.rank).map_or(0, |before| before + 1);
        if place == self.history.len() {
            let before_is_known = self.history.back().is_some_and(|before| before.norm.is_some());
            if let (Some(before), Some(after), true) = (&self.content, &content, before_is_known) {
                state.changes = Some(after.changes_from(before).into());
            }
            if let Some(content) = content.filter(|_| keep) {
                self.content_before = self.content.replace(content);
            } else if state.norm.is_some() {
                (self.content, self.content_before) = (None, None);
            }
        } else if let Some(next) = self.history.get_mut(place) {
            // It comes between two states: what the later one changed is no longer known.
            next.changes = None;
        }
        self.history.insert(place, state);
        if self.history.len() > MAX_STATES {
            self.history.pop_front();
            return place.checked_sub(1);
        }
        Some(place)
    }

    /// Names the author of the state that a write was answered with; its place. A write that changed nothing is
    /// answered with a state that was known before it began, and is nobody's author.
    pub(super) fn author(&mut self, seen: &Observed, cause: Option<Cause>, sent: Option<&Arc<Content>>) -> Option<usize> {
        let op = &seen.op;
        let rank = seen.fact.as_ref()?.version.rank;
        let place = self.place(rank)?;
        let before =
            place.checked_sub(1).and_then(|before| self.history.get(before)).map(|state| Arc::clone(&state.resource_version));
        let state = self.history.get_mut(place)?;
        if state.author.is_some() || state.seq <= op.started_after {
            return None;
        }
        let precondition = seen.detail.as_ref().map(|detail| Arc::clone(&detail.precondition));
        let on_base = precondition.as_ref().is_some_and(|wanted| !wanted.is_empty() && before.as_ref() == Some(wanted));
        let asserted = sent.zip(state.changes.as_ref()).is_some_and(|(sent, changes)| {
            !changes.is_empty()
                && changes
                    .iter()
                    .filter(|change| !change.volatile)
                    .all(|change| sent.leaf(change.path).is_some_and(|leaf| leaf.value == change.after))
        });
        state.author = Some(Author {
            actor: op.actor,
            name: Arc::clone(&seen.actor),
            manager: seen.detail.as_ref().map_or_else(|| Arc::from(""), |detail| Arc::clone(&detail.field_manager)),
            seq: op.seq,
            at: op.at,
            began: seen.began(),
            started_after: op.started_after,
            verb: op.verb,
            span: op.span,
            precondition,
            cause,
            certainty: if on_base || asserted { Certainty::Exact } else { Certainty::Likely },
        });
        Some(place)
    }

    pub(super) fn shown(&mut self, actor: ActorId, rank: Rank, seq: Seq, at: Timestamp, told: bool) {
        let place = self.views.iter().position(|view| view.actor == actor).unwrap_or_else(|| {
            if self.views.len() >= MAX_VIEWS {
                self.views.remove(0);
            }
            self.views.push(View { actor, showings: VecDeque::new(), told: None, told_highest: Rank::default() });
            self.views.len() - 1
        });
        let Some(view) = self.views.get_mut(place) else { return };
        view.showings.push_back((seq, rank));
        if view.showings.len() > MAX_SHOWINGS {
            view.showings.pop_front();
        }
        if told {
            view.told = Some((seq, rank, at));
            view.told_highest = view.told_highest.max(rank);
        }
    }
}
