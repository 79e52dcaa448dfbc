//! Imports files of other formats into recordings.
//!
//! An input passes through stages. `input` finds the files in folders, archives and compressed content. `records` splits a file into
//! lines, JSON values, rows or YAML documents. `dialects` opens envelopes around the entries of a record. `readers` write each kind of
//! entry in order of time (`log_import`). Formats that are one file are read as such (`k8shark`, `kubestep`, `kamera_dump`).
//!
//! [`IMPORTERS`] lists the formats. A file is recognised by its content, never by its name. Importers send everything through
//! `capture` and `redact`, as recorded traffic, so that lineage, shapes and actors follow the same rules and no secret
//! reaches the recording. The files themselves do not change.
//!
//! [`import`] writes a recording that the user names, [`open_cached`] one in the cache.

// The items of this crate are internal to the workspace.
#![allow(missing_docs)]

mod audit;
mod cache;
mod cached;
mod client_go;
mod dialects;
mod foreign_report;
mod identity;
mod import;
mod import_job;
mod import_session;
mod importers;
mod input;
mod k8shark;
mod kamera;
mod kamera_dump;
mod kubestep;
mod log_import;
mod newest_time;
mod progress;
mod reader;
mod readers;
mod recording;
mod records;
mod redacting;
mod sorter;
mod temp_file;
mod times;
mod unpack_limit;
mod verify;
mod watch_stream;

pub use cached::{CachedRecording, open_cached};
pub use foreign_report::ForeignReport;
pub use import::{ImportOptions, Imported, import};
pub use importers::{IMPORTERS, Importer, recognise};
pub use progress::{OnProgress, Progress};
pub use verify::verify_foreign;
