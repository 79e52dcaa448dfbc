//! The program `kuberewind`: a time-travel debugger for Kubernetes operators.
//!
//! This library contains the program's code for its tests. It is not a stable interface. Operators link
//! `kuberewind-recorder`, tests of controllers `kuberewind-cluster`.

// Internal to the program: names that explain themselves need no comment.
#![allow(missing_docs)]

pub mod cli;
