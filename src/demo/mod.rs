//! Scenarios with real controllers.

pub mod operators;
