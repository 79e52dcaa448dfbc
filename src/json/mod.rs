//! JSON as bodies have it: scanning, canonical text, structural differences, pointers, plain and coloured rendering.

#[cfg(feature = "cli")]
mod align;
#[cfg(feature = "cli")]
pub mod diff;
pub mod document;
pub mod lex;
pub mod parse;
pub mod pointer;
#[cfg(feature = "cli")]
mod replaced;
pub mod scalar;
pub mod scan;
pub mod yaml;
