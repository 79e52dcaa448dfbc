//! One file per subcommand.

pub mod analyze;
pub mod blame;
pub mod bookmark;
pub mod causality;
pub mod cluster;
pub mod config;
pub mod demo;
pub mod diff;
pub mod find;
pub mod history;
pub mod info;
pub mod open;
pub mod record;
pub mod replay;
pub mod sessions;
pub mod show;
pub mod sql;
pub mod stale;
pub mod verify;
pub mod why;
