//! JSON of API bodies: scanning, parsing, paths and pointers.

pub mod keys;
pub mod lex;
pub mod parse;
pub mod paths;
pub mod pointer;
pub mod scalar;
pub mod scan;
