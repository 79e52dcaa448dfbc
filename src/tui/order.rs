//! The orders in which views can be: a row each. The menu, the command, the palette, what is remembered, and what the
//! worker is asked for are made from this table.

use std::collections::BTreeMap;

use crate::tui::view::{DocKind, Pane};

/// An order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Order {
    /// By name.
    #[default]
    Name,
    /// The latest change first.
    Changed,
    /// The most versions first.
    Versions,
    /// The worst first.
    Severity,
    /// As they came.
    Time,
    /// By the object that they are about.
    Object,
    /// By what found them.
    Detector,
    /// The most operations first.
    Operations,
    /// The most errors first.
    Errors,
}

/// A row: an order of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderRow {
    /// The view.
    pub pane: Pane,
    /// The letter that chooses it in the menu.
    pub letter: char,
    /// Which order.
    pub order: Order,
    /// Its name.
    pub name: &'static str,
    /// In a few words.
    pub doc: &'static str,
}

const fn row(pane: Pane, letter: char, order: Order, name: &'static str, doc: &'static str) -> OrderRow {
    OrderRow { pane, letter, order, name, doc }
}

const FINDINGS: Pane = Pane::Detail(DocKind::Findings);
const SESSIONS: Pane = Pane::Detail(DocKind::Sessions);

/// All orders; the first of a view is the one that it has until another is chosen.
pub static ORDERS: &[OrderRow] = &[
    row(Pane::Objects, 'n', Order::Name, "name", "by namespace, kind and name"),
    row(Pane::Objects, 'c', Order::Changed, "change", "the latest change first"),
    row(Pane::Objects, 'v', Order::Versions, "versions", "the most versions first"),
    row(FINDINGS, 's', Order::Severity, "severity", "the worst first"),
    row(FINDINGS, 't', Order::Time, "time", "by their first operation"),
    row(FINDINGS, 'o', Order::Object, "object", "by object"),
    row(FINDINGS, 'd', Order::Detector, "detector", "by what found them"),
    row(SESSIONS, 't', Order::Time, "time", "as they were recorded"),
    row(SESSIONS, 'n', Order::Name, "name", "by name"),
    row(SESSIONS, 'p', Order::Operations, "operations", "the most operations first"),
    row(SESSIONS, 'e', Order::Errors, "errors", "the most errors first"),
    row(Pane::Lanes, 'n', Order::Name, "name", "by name"),
    row(Pane::Lanes, 'p', Order::Operations, "operations", "the busiest first"),
    row(Pane::Lanes, 't', Order::Time, "time", "by their first operation in the range"),
    row(Pane::Lanes, 'e', Order::Errors, "errors", "the most errors first"),
];

/// What was chosen, by view.
pub type Orders = BTreeMap<Pane, Order>;

/// The orders that a view can have.
pub fn orders_of(pane: Pane) -> impl Iterator<Item = &'static OrderRow> {
    ORDERS.iter().filter(move |row| row.pane == pane)
}

/// The order of a view by its name.
#[must_use]
pub fn order_named(pane: Pane, name: &str) -> Option<&'static OrderRow> {
    orders_of(pane).find(|row| row.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_letter_and_no_order_stands_twice_in_a_menu() {
        let letters: BTreeSet<_> = ORDERS.iter().map(|row| (row.pane, row.letter)).collect();
        let orders: BTreeSet<_> = ORDERS.iter().map(|row| (row.pane, row.order)).collect();
        assert_eq!((letters.len(), orders.len()), (ORDERS.len(), ORDERS.len()));
        // j and k move in every menu.
        assert!(ORDERS.iter().all(|row| !matches!(row.letter, 'j' | 'k' | 'g' | 'q')), "a letter moves in the menu");
    }
}
