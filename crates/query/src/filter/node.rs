//! The steps of a filter.

use super::fields::{Field, Property};
use super::values::{Operator, Value};

/// A step of a filter in postfix order: a test pushes its result, the operators pop theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A field compared with values. It holds if any value matches (for `!=` and `!~`: if all do).
    Test {
        field: Field,
        operator: Operator,
        /// One value, or the values of `in (…)`.
        values: Vec<Value>,
    },
    /// A property.
    Has(Property),
    /// Text that the row contains, in lower case.
    Text(String),
    /// Negates the last result.
    Not,
    And,
    Or,
}
