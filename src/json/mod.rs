//! JSON as bodies have it: scanning, canonical text, structural differences, pointers, plain and coloured rendering.

#[cfg(feature = "cli")]
mod align;
#[cfg(feature = "cli")]
pub mod diff;
pub mod document;
#[cfg(feature = "cli")]
pub mod embedded;
pub mod keys;
pub mod lex;
pub mod parse;
pub mod paths;
pub mod pointer;
pub mod pretty;
#[cfg(feature = "cli")]
mod replaced;
pub mod scalar;
pub mod scan;
pub mod yaml;
