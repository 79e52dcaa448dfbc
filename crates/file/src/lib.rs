//! The recording: one SQLite file, its writer and its reader.
//!
//! [`SessionWriter`] takes events and writes a session. [`Recording`] answers queries at any moment of any lineage. All SQL of the format
//! is in this crate.

// The items of this crate are internal to the workspace.
#![allow(missing_docs)]

mod blocks;
mod body_reader;
mod codec;
mod columns;
mod copy;
mod dictionary;
mod draft;
mod error;
#[cfg(feature = "filter")]
pub mod filter;
mod heads;
mod id_runs;
mod kinds;
mod lineages;
mod lock;
mod maps;
mod observation_index;
mod place;
mod query_limit;
mod reader;
mod remarks;
mod schema;
mod server_version;
mod soundness;
pub mod sql;
pub mod sqlite;
mod text_columns;
mod varint;
mod verify;
mod version_ids;
mod version_row;
mod versions;
mod writer;

pub use copy::copy;
pub use lock::is_being_written;
pub use reader::{OpenOptions, Recording, TextPlace};
pub use schema::{SCHEMA_VERSION, is_recording};
pub use verify::{VerifyFinding, VerifyReport, verify};
pub use writer::{Branch, Keep, NewSession, SessionWriter, WriterLimits, clean};
