//! The orders of the views. The menu, the `order` command, the palette, the saved position and the requests to the worker use
//! this table.

use std::collections::BTreeMap;

use crate::view::{DocKind, Pane};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Order {
    #[default]
    Name,
    /// The latest change first.
    Changed,
    Versions,
    Severity,
    /// In recorded order.
    Time,
    Object,
    Detector,
    Operations,
    Errors,
}

/// An order of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderRow {
    pub pane: Pane,
    /// The letter in the menu.
    pub letter: char,
    pub order: Order,
    pub name: &'static str,
    pub doc: &'static str,
}

const fn row(pane: Pane, letter: char, order: Order, name: &'static str, doc: &'static str) -> OrderRow {
    OrderRow { pane, letter, order, name, doc }
}

const FINDINGS: Pane = Pane::Detail(DocKind::Findings);
const SESSIONS: Pane = Pane::Detail(DocKind::Sessions);

/// All orders. The first order of a view is its default.
pub static ORDERS: &[OrderRow] = &[
    row(Pane::Objects, 'n', Order::Name, "name", "by namespace, kind and name"),
    row(Pane::Objects, 'c', Order::Changed, "change", "the latest change first"),
    row(Pane::Objects, 'v', Order::Versions, "versions", "the most versions first"),
    row(FINDINGS, 's', Order::Severity, "severity", "the worst first"),
    row(FINDINGS, 't', Order::Time, "time", "by their first operation"),
    row(FINDINGS, 'o', Order::Object, "object", "by object"),
    row(FINDINGS, 'd', Order::Detector, "detector", "by detector"),
    row(SESSIONS, 't', Order::Time, "time", "as they were recorded"),
    row(SESSIONS, 'n', Order::Name, "name", "by name"),
    row(SESSIONS, 'p', Order::Operations, "operations", "the most operations first"),
    row(SESSIONS, 'e', Order::Errors, "errors", "the most errors first"),
    row(Pane::Lanes, 'n', Order::Name, "name", "by name"),
    row(Pane::Lanes, 'p', Order::Operations, "operations", "the busiest first"),
    row(Pane::Lanes, 't', Order::Time, "time", "by their first operation in the range"),
    row(Pane::Lanes, 'e', Order::Errors, "errors", "the most errors first"),
];

/// The chosen order of each view.
pub type Orders = BTreeMap<Pane, Order>;

pub fn orders_of(pane: Pane) -> impl Iterator<Item = &'static OrderRow> {
    ORDERS.iter().filter(move |row| row.pane == pane)
}

#[must_use]
pub fn order_named(pane: Pane, name: &str) -> Option<&'static OrderRow> {
    orders_of(pane).find(|row| row.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn letters_and_orders_are_unique_in_each_menu() {
        let letters: BTreeSet<_> = ORDERS.iter().map(|row| (row.pane, row.letter)).collect();
        let orders: BTreeSet<_> = ORDERS.iter().map(|row| (row.pane, row.order)).collect();
        assert_eq!((letters.len(), orders.len()), (ORDERS.len(), ORDERS.len()));
        // These keys move in every menu.
        assert!(ORDERS.iter().all(|row| !matches!(row.letter, 'j' | 'k' | 'g' | 'q')), "a letter moves in the menu");
    }
}
