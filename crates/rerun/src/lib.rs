//! Runs a changed operator against a recorded moment.
//!
//! [`Plan`] is what the other actors did after the moment, each change with its cause. [`Replay`] is a state machine without I/O: it says
//! which change is due when, given the time and what the operator does. [`Stage`] is the cluster with the world of the moment, and the
//! service through which the operator reaches it; [`Stage::drive`] carries out what the state machine says.

// The items of this crate are internal to the workspace.
#![allow(missing_docs)]

mod activity;
mod edits;
mod observed;
mod plan;
mod replacement;
mod replay;
mod stage;
mod world;

pub use plan::{Others, Plan, PlannedChange};
pub use replacement::Replacement;
pub use replay::{Activity, Ending, Pacing, Replay, Step, Summary, Timing};
pub use stage::{NewClient, Stage};
pub use world::{StartWorld, WorldOptions};
