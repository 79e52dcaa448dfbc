//! The language of `:`, of `--exec`, and of the scripts of tours and tests.
//!
//! ```text
//! script    = statement, { (";" | newline), statement }      a line that begins with "--" is a comment
//! statement = [":"], ( "goto" MOMENT | "filter" [EXPR] | "search" [TEXT] | "set" OPTION ["="] [VALUE]
//!           | "order" [VIEW] NAME | "keys" KEY … | "type" TEXT | "wait" LENGTH | [COUNT] ACTION [COUNT | LETTER] )
//! ```
//!
//! ACTION is the name of an action: `next-write 3`, `set-mark a`. A `;` within quotes does not separate statements. A quoted
//! VALUE or TEXT is used without its quotes.

mod parse;
mod split;
mod statement;

pub use parse::{parse, statement};
pub use split::{Piece, pieces};
pub use statement::{Statement, WORDS, names};
