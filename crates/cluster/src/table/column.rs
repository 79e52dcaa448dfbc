//! A column of a built-in kind, and the columns that most kinds have.

use serde_json::Value;

use super::cells::{age_of, at, text};
use kuberewind_model::Timestamp;

/// A column of a built-in kind: its name, type, priority and the source of its cells.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    /// 1 for columns of `-o wide`.
    pub(super) priority: i64,
    pub(super) cell: fn(&Value, Timestamp) -> Value,
}

type Cell = fn(&Value, Timestamp) -> Value;

pub(super) const fn string(name: &'static str, cell: Cell) -> Column {
    Column { name, kind: "string", priority: 0, cell }
}

pub(super) const fn integer(name: &'static str, cell: Cell) -> Column {
    Column { name, kind: "integer", priority: 0, cell }
}

pub(super) const fn boolean(name: &'static str, cell: Cell) -> Column {
    Column { name, kind: "boolean", priority: 0, cell }
}

pub(super) const fn date(name: &'static str, cell: Cell) -> Column {
    Column { name, kind: "date", priority: 0, cell }
}

pub(super) const fn wide(name: &'static str, cell: Cell) -> Column {
    Column { name, kind: "string", priority: 1, cell }
}

pub(super) const NAME: Column = string("Name", |o, _| at(o, "/metadata/name").clone());
pub(super) const AGE: Column = string("Age", |o, now| age_of(o, "/metadata/creationTimestamp", now));
pub(super) const CREATED: Column = date("Created At", |o, _| text(o, "/metadata/creationTimestamp"));
