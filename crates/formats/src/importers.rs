//! The table of importers.

use super::dialects::{Dialect, of_sample};
use super::import_job::{ImportJob, ImportStats};
use super::progress::ProgressReporter;
use super::{k8shark, kamera_dump, kubestep, log_import, recording};
use kuberewind_model::Result;

/// Reads the files of one session.
type Import = fn(&ImportJob, &mut ImportStats, &mut ProgressReporter<'_>) -> Result<()>;

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
    /// The changes by a conversion, each in a sentence.
    pub(super) changes: &'static [&'static str],
    pub(super) input: Input,
    pub(super) import: Import,
}

/// The name of the importer of packed recordings.
pub(super) const RECORDING: &str = "recording";

const SECRETS: &str = "values of secrets are replaced by keyed hashes";
const ENTRIES: &[&str] = &[
    "operations are numbered from 1 in the order of time",
    "the stages of a request are one operation",
    "a version without a response body is reconstructed from the request, or its content is unknown",
    SECRETS,
];

/// The input of an importer.
pub(super) enum Input {
    /// Whole files that are recognised by their uncompressed start.
    File(fn(&[u8]) -> bool),
    /// Entries of any files. All such entries become one session.
    Entries,
}

/// All importers. The first that recognises a file reads it.
pub const IMPORTERS: &[Importer] = &[
    Importer {
        name: RECORDING,
        what: "a packed recording",
        doc: "Recordings that are compressed or in an archive, as `kuberewind bundle` makes them.",
        version: 1,
        changes: &[],
        input: Input::File(recording::recognises),
        import: recording::import,
    },
    Importer {
        name: "kubestep",
        what: "a KubeStep database",
        doc: "KubeStep's SQLite databases, all sessions.",
        version: 1,
        changes: &[
            "operations are numbered from 1 in the order of their numbers",
            "NULLs and missing columns are read as empty",
            "statuses, selectors and whether lists are complete stay unknown",
        ],
        input: Input::File(kubestep::recognises),
        import: kubestep::import,
    },
    Importer {
        name: "k8shark",
        what: "a k8shark capture",
        doc: "k8shark's captures (.kshrk): what it polled and what it watched.",
        version: 1,
        changes: &["polled lists and watch events are operations of one actor, in the order of time", SECRETS],
        input: Input::File(k8shark::recognises),
        import: k8shark::import,
    },
    Importer {
        name: "kamera-dump",
        what: "a kamera inspector dump",
        doc: "kamera's inspector dumps: a session for each path, common steps stored once.",
        version: 1,
        changes: &["each path is a session; a step is a reconcile and takes one tick", SECRETS],
        input: Input::File(kamera_dump::recognises),
        import: kamera_dump::import,
    },
    entries(
        "kamera",
        "a kamera trace",
        "kamera's traces, as JSON lines or within a controller's console log, with its reconciles.",
    ),
    entries(
        "audit",
        "Kubernetes audit events",
        "Kubernetes audit events: lines, EventLists, and exports of CloudWatch, Azure, Google, BigQuery, Elasticsearch, Loki, Splunk, Datadog.",
    ),
    entries("http", "HTTP requests and responses", "HAR files, and client-go's log at verbosity 8 or 9."),
    entries("otlp", "spans of the API server", "OpenTelemetry spans of the API server in OTLP JSON: requests without bodies."),
    entries(
        "watch",
        "watch events and objects",
        "Watch events as JSON lines, and objects and lists as kubectl prints them (-o json, -o yaml, -w, cluster-info dump).",
    ),
    entries(
        "log",
        "the log of a controller",
        "The log of a controller (zap, klog, tracing): its reconciles, errors and lines. It has no calls.",
    ),
];

const fn entries(name: &'static str, what: &'static str, doc: &'static str) -> Importer {
    Importer { name, what, doc, version: 2, changes: ENTRIES, input: Input::Entries, import: log_import::import }
}

/// The importer for a file with this start.
#[must_use]
pub fn recognise(sample: &[u8]) -> Option<&'static Importer> {
    let file = |importer: &&Importer| match importer.input {
        Input::File(recognises) => recognises(sample),
        Input::Entries => false,
    };
    IMPORTERS.iter().find(file).or_else(|| of_sample(sample).and_then(of_dialect))
}

/// The importer of a kind of entries.
pub(super) fn of_dialect(dialect: Dialect) -> Option<&'static Importer> {
    IMPORTERS.iter().find(|importer| importer.name == dialect.importer())
}

impl std::fmt::Debug for Importer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Importer").field("name", &self.name).field("version", &self.version).finish_non_exhaustive()
    }
}
