//! The recording: one SQLite file, its writer, its reader.
//!
//! [`SessionWriter`] takes events and writes a session; [`Recording`] answers for any moment of any lineage. All SQL of
//! the project is in here.

// Internal to the workspace: names that explain themselves need no comment.
#![allow(missing_docs)]

mod blocks;
pub mod cache;
mod codec;
mod heads;
mod kubestep;
mod lock;
mod maps;
mod reader;
mod schema;
pub mod sql;
mod trail;
mod varint;
mod verify;
mod writer;

pub use lock::is_being_written;
pub use reader::{OpenOptions, Recording, convert_kubestep};
pub use schema::{APPLICATION_ID, SCHEMA_VERSION};
pub use verify::{VerifyFinding, VerifyReport, verify};
pub use writer::{Branch, Keep, NewSession, SessionWriter, WriterLimits};
