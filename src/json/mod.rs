//! JSON as bodies have it: scanning, canonical text, structural differences, pointers, plain and coloured rendering.

pub mod keys;
pub mod paths;
