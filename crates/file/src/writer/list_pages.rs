//! Lists: items as they arrive, the ends of pages, and objects that a complete list lacks.

use std::sync::Arc;

use bytes::Bytes;
use rusqlite::params;

use kuberewind_model::{ListKey, Observation, ObservationKind, Page, Result, Seq};

use super::open_lists::PendingItem;
use super::rows::{INFERRED, LIST_ITEM, ViewChangeRow};
use super::session_writer::SessionWriter;
use super::versions::number_of;
use super::views::Scope;
use crate::body_reader::BodyReader;
use crate::error::Context;
use crate::maps::Set;
use crate::observation_index::ObservationRef;
use crate::schema::op_id;

/// The most open lists. Beyond it, the oldest is considered abandoned.
const MAX_OPEN: usize = 4096;

/// The operation that received a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageOperation {
    pub(super) seq: Seq,
    pub(super) began: Seq,
    pub(super) viewer: i64,
    pub(super) kind: i64,
    pub(super) namespace: i64,
}

impl SessionWriter {
    /// Stores the body of an item. The observation waits for the number of its operation.
    pub(super) fn receive_item(&mut self, list: ListKey, mut observation: Observation) -> Result<()> {
        let key = self.key_of(&observation)?;
        let known = self.is_known(key, &observation)?;
        let body = match observation.body.take() {
            Some(text) if !known => Some(self.bodies.put_state(&self.db, &mut self.rows, key, &text.bytes)?),
            _ => None,
        };
        if self.lists.len() >= MAX_OPEN && !self.lists.contains_key(&list) {
            self.lists.pop_first();
        }
        self.lists.entry(list).or_default().pending.push(PendingItem { observation, body });
        Ok(())
    }

    /// Returns true if items are waiting whose bodies are in this segment.
    pub(super) fn has_pending_items(&self) -> bool {
        self.lists.values().any(|list| !list.pending.is_empty())
    }

    /// Ends a page: its items are observed. After the last page, objects that the list lacks are absent. Returns true if the
    /// world changed.
    pub(super) fn receive_page(&mut self, of: PageOperation, page: &Page) -> Result<bool> {
        let selector = self.names.some_text(&self.db, &page.selector).context("cannot write a name")?;
        let scope = (of.kind, of.namespace, selector.unwrap_or(0));
        let mut list = self.lists.remove(&page.list).unwrap_or_default();
        let items = list.pending.len();
        let (mut changed, mut changed_world) = (0u64, false);
        for item in std::mem::take(&mut list.pending) {
            let (view, world) = self.observe_item(of, &item, scope, &mut list.seen)?;
            changed += u64::from(view);
            changed_world |= world;
        }
        let covers = page.complete && selector.is_none();
        if let (true, Some(number)) = (covers, number_of(&page.resource_version)) {
            let covered = self.covered.entry((of.kind, of.namespace)).or_default();
            *covered = number.max(*covered);
        }
        if page.complete {
            changed_world |= self.record_absences(of, scope, &page.resource_version, &list.seen)?;
        } else {
            self.lists.insert(page.list, list);
        }
        let namespace = of.namespace;
        self.db
            .prepare_cached("INSERT INTO list (op, viewer, kind, namespace, selector, rv, complete, covers, items, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .and_then(|mut insert| {
                let op = op_id(self.session, of.seq);
                let rv = &page.resource_version;
                insert.execute(params![op, of.viewer, of.kind, namespace, selector, rv, page.complete, covers, items, changed])
            })
            .context("cannot write a list")?;
        Ok(changed_world)
    }

    /// Applies the response of a `deletecollection`: all items are deleted.
    pub(super) fn receive_deleted(&mut self, of: PageOperation, list: ListKey) -> Result<bool> {
        let list = self.lists.remove(&list).unwrap_or_default();
        let (mut changed_world, mut seen) = (false, Set::default());
        for mut item in list.pending {
            item.observation.observation_kind = ObservationKind::Gone;
            changed_world |= self.observe_item(of, &item, (of.kind, of.namespace, 0), &mut seen)?.1;
        }
        Ok(changed_world)
    }

    fn observe_item(&mut self, of: PageOperation, item: &PendingItem, scope: Scope, seen: &mut Set<i64>) -> Result<(bool, bool)> {
        let Some(effect) = self.observe(of.seq, of.began, &item.observation, item.body)? else { return Ok((false, false)) };
        // An object that appears twice in one list, because pages moved, changes the view once.
        let again = !seen.insert(effect.object);
        let version = effect.version.filter(|_| !effect.gone);
        let changed = self.update_view(of.viewer, of.seq, effect.object, version, scope) || effect.gone;
        if changed || again {
            self.write_view_change(effect.object, of.viewer, of.seq, effect.version, LIST_ITEM);
        }
        Ok((changed, effect.changed_world))
    }

    /// Records the absence of objects that a complete list lacks. Under a selector, these are the objects that the view had
    /// under that selector; otherwise all objects in the scope, in the view and in the world.
    fn record_absences(&mut self, of: PageOperation, scope: Scope, resource_version: &Arc<str>, seen: &Set<i64>) -> Result<bool> {
        let as_of = number_of(resource_version);
        let narrowed = scope.2 != 0;
        let mut changed_world = false;
        if !narrowed {
            for object in self.lacking_in_world(of, as_of, seen) {
                changed_world |= self.add_absence(object, of.seq, as_of).1;
            }
        }
        let held: Vec<_> = self.views.entries(of.viewer).collect();
        for (object, held) in held {
            let within = if narrowed { held.scope == scope } else { self.is_within(object, of) };
            if !within || seen.contains(&object) {
                continue;
            }
            let end = if narrowed { None } else { self.end_of(object) };
            self.views.remove(of.viewer, object);
            self.write_view_change(object, of.viewer, of.seq, end, INFERRED);
        }
        Ok(changed_world)
    }

    /// Returns the objects in the scope that the world has, the list lacks, and that cannot be newer than the list.
    fn lacking_in_world(&self, of: PageOperation, as_of: Option<u64>, seen: &Set<i64>) -> Vec<i64> {
        let lacks = |object: i64| !seen.contains(&object) && self.is_within(object, of);
        let mut lacking: Vec<i64> = self
            .objects
            .present_of_kind(of.kind)
            .filter(|(object, known)| {
                let older = known.head.is_some_and(|head| match as_of {
                    Some(number) if head.rank.number > 0 => head.rank.number <= number,
                    _ => head.first_observed <= of.began,
                });
                older && lacks(*object)
            })
            .map(|(object, _)| object)
            .collect();
        lacking.sort_unstable();
        lacking
    }

    fn is_within(&self, object: i64, of: PageOperation) -> bool {
        self.objects
            .get(object)
            .is_some_and(|known| known.key.0 == of.kind && (of.namespace == self.no_text || known.key.1 == of.namespace))
    }

    /// Writes a change of a view other than by the operation's own object.
    pub(super) fn write_view_change(&mut self, object: i64, viewer: i64, seq: Seq, version: Option<i64>, item: i64) {
        let op = op_id(self.session, seq);
        self.rows.view_change(ViewChangeRow { op, object, viewer, version, item });
        self.observations.add(object, viewer, ObservationRef { op, version, inferred: item == INFERRED });
    }

    /// Stores the bodies of waiting items again, in the segment that begins.
    pub(super) fn carry_pending(&mut self) -> Result<()> {
        let mut lists = std::mem::take(&mut self.lists);
        for item in lists.values_mut().flat_map(|list| &mut list.pending) {
            let Some(stored) = item.body else { continue };
            let text = BodyReader::default().text(&self.db, stored.id)?;
            let key = self.key_of(&item.observation)?;
            item.body = match text {
                Some(text) => {
                    let text = Bytes::copy_from_slice(text.as_bytes());
                    Some(self.bodies.put_state(&self.db, &mut self.rows, key, &text)?)
                }
                None => None,
            };
        }
        self.lists = lists;
        Ok(())
    }
}
