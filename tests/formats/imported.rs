//! Imports files and lists the resulting operations, one per line.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use kuberewind_file::{OpenOptions, Recording};
use kuberewind_formats::{ImportOptions, Imported, import};
use kuberewind_model::{History, MomentSpec, Perspective, Presence, Result, Seq, SessionNo};
use kuberewind_report::Names;
use kuberewind_session::OpenRecording;

/// An imported recording.
pub struct Made {
    _folder: tempfile::TempDir,
    pub summary: Imported,
    pub open: OpenRecording,
    pub path: PathBuf,
}

pub fn options(output: &Path) -> ImportOptions {
    ImportOptions { output: output.to_owned(), session: None, recording_id: 7, key: [7; 32], rules: Vec::new() }
}

/// Imports files with these contents.
pub fn attempt(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Result<Imported>) {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = files.iter().map(|(name, _)| folder.path().join(name)).collect();
    for (path, (_, content)) in paths.iter().zip(files) {
        fs::write(path, content).unwrap();
    }
    let made = import(&paths, &options(&folder.path().join("out.db")), &mut |_| ControlFlow::Continue(()));
    let mut left: Vec<String> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    left.retain(|name| name != "out.db" && files.iter().all(|(file, _)| file != name));
    assert!(left.is_empty(), "no other file is left: {left:?}");
    (folder, made)
}

/// Imports one file with this content.
#[track_caller]
pub fn made(content: impl AsRef<[u8]>) -> Made {
    made_of(&[("log", content.as_ref())])
}

/// Imports files with these contents.
#[track_caller]
pub fn made_of(files: &[(&str, &[u8])]) -> Made {
    let (folder, summary) = attempt(files);
    let path = folder.path().join("out.db");
    let summary = summary.unwrap_or_else(|error| panic!("{}", error.chain()));
    opened(folder, summary, &path)
}

/// Imports existing files.
#[track_caller]
pub fn made_from(paths: &[PathBuf]) -> Made {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.db");
    let summary = import(paths, &options(&path), &mut |_| ControlFlow::Continue(())).unwrap();
    opened(folder, summary, &path)
}

fn opened(folder: tempfile::TempDir, summary: Imported, path: &Path) -> Made {
    let recording = Recording::open(path, &OpenOptions::default()).unwrap();
    assert!(kuberewind_file::verify(path, &OpenOptions::default(), false).unwrap().is_fine());
    Made { _folder: folder, summary, open: OpenRecording::new(Box::new(recording), None).unwrap(), path: path.to_owned() }
}

impl Made {
    pub fn history(&self) -> &dyn History {
        self.open.source()
    }

    /// One operation per line: `#3 +1.5s update 409 ConfigMap/shop/settings by kubectl: refused`, with its observation.
    pub fn listing(&self) -> Vec<String> {
        let history = self.history();
        let lineage = self.open.lineage();
        let names = Names::read(self.open.source()).unwrap();
        let start = self.open.session().start;
        let operations = history.operations(lineage, Seq(1)..=lineage.last(), 10_000).unwrap();
        let lines = operations.iter().map(|operation| {
            let shown =
                operation.version.and_then(|version| history.version(version).unwrap()).map_or_else(String::new, |version| {
                    let gone = if version.gone { " gone" } else { "" };
                    let number = if version.resource_version.is_empty() {
                        String::new()
                    } else {
                        format!("@{}", version.resource_version)
                    };
                    format!(" {number}({}{gone})", version.shape.as_str())
                });
            format!(
                "{} +{} {} {} {} by {}: {}{shown}",
                operation.seq,
                operation.at.since(start),
                operation.verb,
                operation.status,
                names.target(operation),
                names.actor(operation),
                operation.outcome.as_str(),
            )
        });
        lines.collect()
    }

    /// The presence of an object at a moment, and its body.
    pub fn object(&self, resource: (&str, &str), name: (&str, &str), at: &str) -> (Presence, serde_json::Value) {
        let at = self.open.find(&MomentSpec::parse(at).unwrap(), false).unwrap().at;
        let key = kuberewind_model::ObjectKey {
            group: resource.0.into(),
            resource: resource.1.into(),
            namespace: name.0.into(),
            name: name.1.into(),
        };
        let object_at = self.history().key_at(self.open.lineage(), at, Perspective::World, &key).unwrap();
        let body =
            object_at.version.as_ref().and_then(|version| version.body).and_then(|body| self.history().body(body).unwrap());
        (object_at.presence, body.map_or(serde_json::Value::Null, |body| serde_json::from_str(&body).unwrap()))
    }

    /// The number of records in each gap.
    pub fn gaps(&self) -> Vec<u64> {
        self.history().gaps(self.open.lineage(), 1_000).unwrap().iter().map(|gap| gap.count).collect()
    }

    pub fn session_no(&self) -> SessionNo {
        self.open.session().no
    }
}

/// The folder with real inputs, if it is there; prints a note if not.
pub fn real_input(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("KUBEREWIND_REAL_INPUTS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let file = folder.join(name);
    if !file.exists() {
        eprintln!("skipped: {} does not exist", file.display());
        return None;
    }
    Some(file)
}
