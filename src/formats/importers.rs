//! The table of importers, one file each.

use super::import_job::{ImportJob, ImportStats};
use super::progress::ProgressReporter;
use super::{audit, k8shark, kamera, kubestep, watch_stream};
use kuberewind_model::Result;

/// One format that can be imported.
pub struct Importer {
    /// The name on the command line, in the cache and in messages.
    pub name: &'static str,
    /// The format, to complete "FILE was read as …".
    pub what: &'static str,
    /// The format in a sentence.
    pub doc: &'static str,
    /// Increased when the same file would be converted differently.
    pub version: u32,
    /// True if the uncompressed start of a file has this format.
    pub(super) recognises: fn(&[u8]) -> bool,
    /// Reads the files of one session.
    pub(super) import: fn(&ImportJob, &mut ImportStats, &mut ProgressReporter<'_>) -> Result<()>,
}

/// All importers. The first that recognises a file reads it.
pub const IMPORTERS: &[Importer] = &[
    Importer {
        name: "kubestep",
        what: "a KubeStep database",
        doc: "KubeStep's SQLite databases, all sessions.",
        version: 1,
        recognises: kubestep::recognises,
        import: kubestep::import,
    },
    Importer {
        name: "k8shark",
        what: "a k8shark capture",
        doc: "k8shark's captures (.kshrk): what it polled and what it watched.",
        version: 1,
        recognises: k8shark::recognises,
        import: k8shark::import,
    },
    Importer {
        name: "kamera",
        what: "a kamera trace",
        doc: "kamera's traces, as JSON lines or within a controller's console log, with its reconciles and log lines.",
        version: 1,
        recognises: kamera::recognises,
        import: kamera::import,
    },
    Importer {
        name: "audit",
        what: "Kubernetes audit events",
        doc: "Kubernetes audit events as JSON lines or EventLists, as they are or in Azure's, Amazon's or Google's envelopes.",
        version: 1,
        recognises: audit::recognises,
        import: audit::import,
    },
    Importer {
        name: "watch",
        what: "a stream of watch events",
        doc: "Watch events as JSON lines: {ts, path, type, object}, or as a server sends them.",
        version: 1,
        recognises: watch_stream::recognises,
        import: watch_stream::import,
    },
];

/// The importer for a file with this start.
#[must_use]
pub fn recognise(sample: &[u8]) -> Option<&'static Importer> {
    IMPORTERS.iter().find(|importer| (importer.recognises)(sample))
}
