//! Imports files of other formats into recordings.
//!
//! [`IMPORTERS`] lists the formats. A file is recognised by its content, never by its name. Importers send everything through
//! `capture` and `redact`, as recorded traffic, so that lineage, shapes and actors follow the same rules and no secret
//! reaches the recording. The files themselves do not change.
//!
//! [`import`] writes a recording that the user names, [`open_cached`] one in the cache.

mod audit;
mod cache;
mod cached;
mod import;
mod import_job;
mod import_session;
mod importers;
mod k8shark;
mod kamera;
mod kubestep;
mod log_import;
mod progress;
mod records;
mod sorter;
mod source;
mod temp_file;
mod watch_stream;

pub use cached::{CachedRecording, open_cached};
pub use import::{ImportOptions, Imported, import};
pub use importers::{IMPORTERS, Importer, recognise};
pub use progress::{OnProgress, Progress};
