//! JSON text and values as they appear in API bodies: scanning, canonical text, paths and pointers.

pub mod keys;
pub mod lex;
pub mod parse;
pub mod paths;
pub mod pointer;
pub mod scalar;
pub mod scan;
