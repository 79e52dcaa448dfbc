//! The program as a user runs it.

mod bad_input;
mod bookmarks;
mod crash;
mod demo;
mod kubestep;
mod program;
mod questions;
mod tail;
