//! Reading what others have written: files that are no recordings become recordings.
//!
//! What can be read is a table, [`IMPORTERS`]; a file is recognised by its content, never by its name. Whatever an importer
//! reads goes through `capture` and `redact` like recorded traffic does, so that lineage, shapes and actors are as they
//! would have been, and no secret reaches the recording. The files themselves stay as they are.
//!
//! [`import`] writes a recording of the user's choice, [`opened`] one in the cache.

mod audit;
mod cache;
mod cached;
mod import;
mod importers;
mod k8shark;
mod kamera;
mod kubestep;
mod lines;
mod order;
mod player;
mod progress;
mod records;
mod source;
mod spool;
mod watch_stream;
mod work;

pub use cached::{Opened, opened};
pub use import::{ImportOptions, Imported, import};
pub use importers::{IMPORTERS, Importer, recognise};
pub use progress::{OnProgress, Progress};
