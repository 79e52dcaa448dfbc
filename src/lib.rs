//! The program `kuberewind`: a time-travel debugger for Kubernetes operators.
//!
//! This library is the program's code, and its tests' way in; it is no stable interface. An operator author links
//! `kuberewind-recorder`, a test of a controller `kuberewind-cluster`.

// Internal to the program: names that explain themselves need no comment.
#![allow(missing_docs)]

pub mod cli;
pub mod demo;
pub mod formats;
mod logs;
pub mod proxy;
pub mod render;
pub mod report;
pub mod session;
pub mod text;
pub mod tui;
