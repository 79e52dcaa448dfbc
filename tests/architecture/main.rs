//! Keeps the house in order: arrows point down, no function calls itself, nothing forbidden slips in.

mod layers;
mod recursion;
mod source;
