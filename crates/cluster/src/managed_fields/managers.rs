//! The field managers of an object: its `managedFields`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::entry::Entry;
use crate::meta;

/// The entries of one object. Versions share the entries that a write does not change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Managers(Arc<[Arc<Entry>]>);

impl Managers {
    /// Collects entries: drops the empty ones, sorts applies first, then by time.
    pub(crate) fn of(entries: impl IntoIterator<Item = Arc<Entry>>) -> Managers {
        let mut entries: Vec<_> = entries.into_iter().filter(|entry| !entry.paths.is_empty()).collect();
        entries.sort_by(|one, two| key(one).cmp(&key(two)));
        Managers(entries.into())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn entries(&self) -> &[Arc<Entry>] {
        &self.0
    }

    /// The managers with each entry replaced.
    pub(super) fn map(&self, each: impl FnMut(&Arc<Entry>) -> Arc<Entry>) -> Managers {
        let entries: Vec<_> = self.0.iter().map(each).collect();
        if entries.iter().zip(&*self.0).all(|(after, before)| Arc::ptr_eq(after, before)) {
            return self.clone();
        }
        Managers::of(entries)
    }

    /// Adds an entry.
    pub(super) fn add(&mut self, entry: Entry) {
        *self = Managers::of(self.0.iter().cloned().chain([Arc::new(entry)]));
    }

    /// True if the managers differ at most in the times.
    pub(crate) fn is_same_but_times(&self, other: &Managers) -> bool {
        let pair = |(one, two): (&Arc<Entry>, &Arc<Entry>)| {
            let same = (&one.manager, one.operation, &one.api_version, &one.subresource)
                == (&two.manager, two.operation, &two.api_version, &two.subresource);
            Arc::ptr_eq(one, two) || (same && one.paths == two.paths)
        };
        Arc::ptr_eq(&self.0, &other.0) || self.0.len() == other.0.len() && self.0.iter().zip(&*other.0).all(pair)
    }

    /// Writes the entries into an object, or removes them if there are none.
    pub(crate) fn write(&self, object: &mut Value) {
        if self.is_empty() {
            meta::unset(object, "managedFields");
        } else {
            meta::set(object, "managedFields", self.0.iter().map(|entry| entry.to_value()).collect::<Vec<_>>());
        }
    }

    /// Appends the entries as JSON.
    pub(crate) fn write_text(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        for (at, entry) in self.0.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            entry.write_text(out);
        }
        out.push(b']');
    }

    /// The managers after a client wrote this list: none for a reset, `before` if the list is absent, empty of entries or unreadable.
    pub(crate) fn sent(list: Option<&Value>, before: &Managers) -> Managers {
        let Some(Value::Array(list)) = list else { return before.clone() };
        if list.is_empty() || *list == [json!({})] {
            return Managers::default();
        }
        let entries: Option<Vec<_>> = list.iter().map(|entry| Entry::read(entry).map(Arc::new)).collect();
        let sent = entries.map(Managers::of).filter(|sent| !sent.is_empty() && sent != before);
        sent.unwrap_or_else(|| before.clone())
    }
}

fn key(entry: &Entry) -> (&str, &str, &str, &str) {
    (entry.operation, &entry.time, &entry.manager, &entry.subresource)
}
