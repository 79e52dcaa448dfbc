//! The filter of the timeline: `kind=deploy and (verb == patch or code >= 400) and not actor ~ hpa`.
//!
//! `f` in the debugger and `--filter` on the command line read the same language:
//!
//! ```text
//! filter  = either, { "or", either }         also ||
//! either  = term, { ["and"], term }          also &&; two adjacent terms are joined by "and"
//! term    = "not" term | "(" filter ")" | test | text            also !
//! test    = FIELD ( "==" | "!=" | "~" | "!~" | "<" | "<=" | ">" | ">=" ) VALUE | FIELD "in" "(" VALUE, … ")"
//!         | "has:" PROPERTY | FIELD ":" VALUE
//! ```
//!
//! A bare word is text that the row contains. A filter is stored in postfix order, so that its evaluation needs a stack of booleans (or of
//! bits) and no recursion.

mod fields;
#[expect(clippy::module_inception, reason = "the file is named after the type that it holds")]
mod filter;
mod lex;
mod node;
mod parse;
pub mod reasons;
pub mod row;
#[cfg(test)]
mod tests;
mod values;

pub use fields::{Field, Property, completions};
pub use filter::Filter;
pub use node::Node;
pub use row::{Names, short_name};
pub use values::{Operator, Value};
