//! The language of the command line: `:` in the debugger, `--exec` at the start, storyboards of tours and tests.
//!
//! ```text
//! script    = statement, { (";" | newline), statement }      a line that begins with "--" is a comment
//! statement = [":"], ( "goto" MOMENT | "filter" [EXPR] | "search" [TEXT] | "set" OPTION ["="] [VALUE]
//!           | "order" [VIEW] NAME | "keys" KEY … | "type" TEXT | "wait" LENGTH | [COUNT] ACTION [COUNT | LETTER] )
//! ```
//!
//! An ACTION is any of the key table's by its name: `next-write 3`, `set-mark a`. A `;` within quotes divides nothing; a
//! quoted VALUE or TEXT is taken without its quotes.

mod parse;
mod split;
mod statement;

pub use parse::{parse, statement};
pub use split::{Piece, pieces};
pub use statement::{Statement, WORDS, names};
