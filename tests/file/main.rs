//! Recordings read back as written, at every moment, whatever happened to the file.

// Tests panic to fail; the lint only knows functions that are tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod dictionaries;
mod events;
mod facts;
mod files;
mod hostile;
mod kills;
mod notes;
mod observations;
mod places;
mod power_loss;
#[path = "../../benches/file/recompress.rs"]
mod recompress;
mod replay;
mod ring;
mod rollout;
mod sql;
mod story;
mod tail;
mod unprivileged;
mod verify;
mod worlds;
