//! The tree of objects: its groups and the selected row.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use crate::protocol::{ObjectEntry, ObjectFacts, ObjectTree, TreeRequest, VersionRow};
use kuberewind_model::{ObjectId, Seq, SessionNo};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreeRow {
    /// A namespace with the indices of its objects.
    Namespace(Range<usize>),
    /// A kind in a namespace, with the indices of its objects.
    Kind(Range<usize>),
    /// The index of an object.
    Object(usize),
}

/// A group that can be closed: a namespace, or a kind within it.
type Group = (Arc<str>, Option<Arc<str>>);

#[derive(Debug, Clone, Default)]
pub struct Objects {
    /// The last request and its session.
    pub asked: Option<(SessionNo, TreeRequest)>,
    /// The generation of the last reply.
    pub generation: u64,
    /// The moment of the tree; `None` before the first reply.
    pub at: Option<Seq>,
    pub entries: Arc<[ObjectEntry]>,
    /// True if objects are left out.
    pub more: bool,
    /// Facts about the visible objects.
    pub facts: HashMap<ObjectId, ObjectFacts>,
    /// The object whose versions are listed.
    pub selected: Option<ObjectEntry>,
    pub versions: Vec<VersionRow>,
    /// The actor whose view is compared with the newest versions.
    pub actor: Arc<str>,
    /// The rows outside closed groups.
    pub rows: Vec<TreeRow>,
    /// The selected row.
    pub row: usize,
    /// True if the user selected the row. Otherwise the selection follows the object at the cursor.
    pub selected_by_user: bool,
    /// The first row on the screen.
    pub top: usize,
    closed: BTreeSet<Group>,
}

impl Objects {
    /// Takes a reply.
    pub fn take(&mut self, tree: ObjectTree, generation: u64) {
        let here = self.object();
        self.generation = generation;
        self.at = Some(tree.at);
        self.more = tree.more;
        self.facts = tree.facts;
        self.versions = tree.versions;
        self.actor = tree.actor;
        if !Arc::ptr_eq(&self.entries, &tree.entries) {
            self.entries = tree.entries;
            self.unfold();
            if let Some(row) = here.and_then(|object| self.row_of(object)) {
                self.row = row;
            }
        }
        self.row = self.row.min(self.rows.len().saturating_sub(1));
    }

    /// The object in a row; `None` for a group.
    #[must_use]
    pub fn entry(&self, row: usize) -> Option<&ObjectEntry> {
        match self.rows.get(row)? {
            TreeRow::Object(place) => self.entries.get(*place),
            _ => None,
        }
    }

    /// The selected object.
    #[must_use]
    pub fn object(&self) -> Option<ObjectId> {
        self.entry(self.row).map(|entry| entry.id)
    }

    /// The row of an object; `None` if its group is closed.
    #[must_use]
    pub fn row_of(&self, object: ObjectId) -> Option<usize> {
        (0..self.rows.len()).find(|row| self.entry(*row).is_some_and(|entry| entry.id == object))
    }

    /// The group of a row, and whether it is closed.
    #[must_use]
    pub fn group(&self, row: usize) -> Option<(Group, bool)> {
        let (range, with_kind) = match self.rows.get(row)? {
            TreeRow::Namespace(range) => (range, false),
            TreeRow::Kind(range) => (range, true),
            TreeRow::Object(_) => return None,
        };
        let first = self.entries.get(range.start)?;
        let group = (first.namespace.clone(), with_kind.then(|| first.kind.clone()));
        let closed = self.closed.contains(&group);
        Some((group, closed))
    }

    /// Opens or closes the selected group; closing an object selects its kind.
    pub fn fold(&mut self, open: bool) {
        let Some(entry) = self.entry(self.row).cloned() else {
            let Some((group, _)) = self.group(self.row) else { return };
            if open {
                self.closed.remove(&group)
            } else {
                self.closed.insert(group)
            };
            return self.unfold();
        };
        if !open {
            let group = (entry.namespace, Some(entry.kind));
            let head = (0..self.row).rev().find(|row| self.group(*row).is_some_and(|(of, _)| of == group));
            self.row = head.unwrap_or(self.row);
        }
    }

    pub fn toggle(&mut self) {
        let closed = self.group(self.row).is_some_and(|(_, closed)| closed);
        self.fold(closed);
    }

    /// Opens or closes all kinds.
    pub fn fold_all(&mut self, open: bool) {
        let here = self.object();
        self.closed.clear();
        if !open {
            self.closed = self.entries.iter().map(|entry| (entry.namespace.clone(), Some(entry.kind.clone()))).collect();
        }
        self.unfold();
        self.row = here.and_then(|object| self.row_of(object)).unwrap_or(0);
    }

    fn unfold(&mut self) {
        self.rows.clear();
        let entries = self.entries.clone();
        let mut at = 0;
        while let Some(first) = entries.get(at) {
            let end = at + entries[at..].partition_point(|entry| entry.namespace == first.namespace);
            self.rows.push(TreeRow::Namespace(at..end));
            if self.closed.contains(&(first.namespace.clone(), None)) {
                at = end;
                continue;
            }
            while at < end {
                let kind = &entries[at].kind;
                let last = at + entries[at..end].partition_point(|entry| entry.kind == *kind);
                self.rows.push(TreeRow::Kind(at..last));
                if !self.closed.contains(&(entries[at].namespace.clone(), Some(kind.clone()))) {
                    self.rows.extend((at..last).map(TreeRow::Object));
                }
                at = last;
            }
        }
    }

    pub fn go(&mut self, by: i64) {
        self.selected_by_user = true;
        let to = i64::try_from(self.row).unwrap_or(i64::MAX).saturating_add(by).max(0);
        self.row = usize::try_from(to).unwrap_or(usize::MAX).min(self.rows.len().saturating_sub(1));
    }

    /// Scrolls a row onto the screen.
    pub fn show(&mut self, row: usize, height: u16) {
        let height = usize::from(height.max(1));
        self.top = self.top.min(row).max((row + 1).saturating_sub(height));
        self.top = self.top.min(self.rows.len().saturating_sub(height));
    }

    /// The visible objects.
    #[must_use]
    pub fn on_screen(&self, height: u16) -> Vec<ObjectId> {
        let rows = self.top..self.top.saturating_add(usize::from(height)).min(self.rows.len());
        rows.filter_map(|row| self.entry(row)).map(|entry| entry.id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kuberewind_model::Presence;

    fn objects(of: &[(&str, &str, &str)]) -> Objects {
        let entry = |(id, (namespace, kind, name)): (i64, &(&str, &str, &str))| ObjectEntry {
            id: ObjectId(id),
            namespace: Arc::from(*namespace),
            kind: Arc::from(*kind),
            name: Arc::from(*name),
            incarnation: 1,
            presence: Presence::Present,
        };
        let entries: Arc<[ObjectEntry]> = (1..).zip(of).map(entry).collect();
        let tree =
            ObjectTree { at: Seq(1), entries, more: false, facts: HashMap::new(), versions: Vec::new(), actor: Arc::from("") };
        let mut objects = Objects::default();
        objects.take(tree, 1);
        objects
    }

    #[test]
    fn groups_fold_and_the_object_is_found_again() {
        let mut objects = objects(&[("", "Node", "a"), ("shop", "Pod", "p"), ("shop", "Pod", "q"), ("shop", "Service", "s")]);
        assert_eq!(objects.rows.len(), 3 + 1 + 2 + 3 - 1 + 1, "two namespaces, three kinds, four objects");
        objects.row = objects.row_of(ObjectId(3)).unwrap();
        objects.fold(false);
        assert_eq!(objects.group(objects.row).unwrap().0.1.as_deref(), Some("Pod"), "on an object it goes to its kind");
        objects.fold(false);
        assert_eq!((objects.rows.len(), objects.row_of(ObjectId(3))), (7, None));
        objects.toggle();
        assert_eq!(objects.rows.len(), 9);
        objects.fold_all(false);
        assert_eq!(objects.rows.len(), 5);
        objects.go(99);
        assert_eq!(objects.row, 4);
        objects.show(objects.row, 2);
        assert_eq!((objects.top, objects.on_screen(2)), (3, Vec::new()));
    }
}
