//! One file per subcommand.

pub mod bookmark;
pub mod cluster;
pub mod demo;
pub mod diff;
pub mod info;
pub mod open;
pub mod record;
pub mod replay;
pub mod sessions;
pub mod show;
pub mod sql;
pub mod verify;
