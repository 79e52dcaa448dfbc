//! What a recording can be asked, and what is wrong in it.

pub mod questions;
