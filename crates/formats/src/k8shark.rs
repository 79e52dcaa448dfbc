//! k8shark's captures: an archive of polled lists and watch events, each record in compressed JSON.
//!
//! A polled list is a snapshot: a change between two of them has the time of the second. Watch events have their own times.
//! Tables that the capture made for its own use are ignored.

use std::collections::BTreeMap;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Uri};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use zip::ZipArchive;

use super::import_job::{ImportJob, ImportStats};
use super::import_session::{ImportSession, Request, Response};
use super::input::{Source, SourceReader};
use super::progress::{Progress, ProgressReporter};
use super::unpack_limit::UnpackLimit;
use kuberewind_capture::CallId;
use kuberewind_model::{ClockKind, Error, ErrorKind, Result, Timestamp};

/// The newest known format.
const FORMAT: u64 = 2;
/// The folder of all files in the archive.
const ROOT: &str = "k8shark-capture/";
/// All files of a capture may become this large together, plus a multiple of the capture's own size. What is parsed from an index
/// takes several times as many bytes.
const UNPACKED: u64 = 32 << 20;
/// Records per capture.
const MAX_RECORDS: usize = 4_000_000;
/// The first bytes of a file encrypted with age.
const ENCRYPTED: &[u8] = b"age-encryption.org/v1";

/// True for a capture, or an encrypted file that may be one.
pub(super) fn recognises(sample: &[u8]) -> bool {
    let archive = sample.starts_with(b"PK\x03\x04") && memchr::memmem::find(sample, ROOT.as_bytes()).is_some();
    archive || sample.starts_with(ENCRYPTED)
}

pub(super) fn import(job: &ImportJob, stats: &mut ImportStats, progress: &mut ProgressReporter<'_>) -> Result<()> {
    let [source] = job.sources.as_slice() else {
        return Err(
            Error::new(ErrorKind::Invalid, "cannot import several captures into one session").hint("import them one by one")
        );
    };
    if source.sample()?.starts_with(ENCRYPTED) {
        return Err(Error::new(ErrorKind::Invalid, format!("{} is encrypted", source.path.display()))
            .hint("decrypt it with `age -d` and import the result"));
    }
    let mut capture = Capture::open(source)?;
    let captured = capture.records_in_order(stats, source)?;
    let Some(first) = captured.first() else { return Err(stats.nothing_read(job)) };
    let mut session = ImportSession::begin(&job.output, job.import.clone(), first.at, ClockKind::Wall, "k8shark")?;
    let mut watches = BTreeMap::new();
    for (done, one) in (0_u64..).zip(&captured) {
        progress.at(Progress::Writing { done, total: captured.len() as u64 })?;
        match capture.record(one) {
            Ok(record) => {
                stats.records += 1;
                write(one, &record, &mut watches, &mut session)?;
            }
            Err(why) => {
                if capture.is_exhausted {
                    return Err(capture.limit.exceeded(&source.path));
                }
                stats.unreadable(&source.path, done + 1, &why);
                session.unreadable(0);
            }
        }
    }
    stats.operations += session.finish()?;
    Ok(())
}

/// A record in an index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct CapturedRecord {
    at: Timestamp,
    /// The type of a watch event; `None` for a polled list. At the same time, polled lists come first.
    event: Option<String>,
    path: Arc<str>,
    seq: u64,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    format_version: Option<u64>,
}

#[derive(Deserialize)]
struct Index {
    entries: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    seqs: Vec<u64>,
    #[serde(default)]
    times: Vec<String>,
    #[serde(default)]
    event_types: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Record {
    api_path: String,
    #[serde(default)]
    response_code: u16,
    #[serde(default)]
    response_body: Option<Box<RawValue>>,
}

struct Capture {
    archive: ZipArchive<BufReader<SourceReader>>,
    /// Path → folder of its records.
    folders: BTreeMap<String, String>,
    /// The bytes that all files may still unpack to, each time that one is read.
    limit: UnpackLimit,
    /// True once a file did not fit.
    is_exhausted: bool,
}

impl Capture {
    fn open(source: &Source) -> Result<Capture> {
        let cannot = |why: String| {
            Error::new(ErrorKind::Damaged, format!("cannot read the capture {}", source.path.display())).because(why)
        };
        let archive =
            ZipArchive::new(BufReader::new(SourceReader::new(source.clone()))).map_err(|error| cannot(error.to_string()))?;
        let limit = UnpackLimit::of(source.length, UNPACKED);
        let mut capture = Capture { archive, folders: BTreeMap::new(), limit, is_exhausted: false };
        let metadata: Metadata = capture.json("metadata.json").map_err(cannot)?;
        if let Some(version) = metadata.format_version.filter(|version| *version > FORMAT) {
            return Err(Error::new(
                ErrorKind::Newer,
                format!("{} has format {version}; this program reads formats up to {FORMAT}", source.path.display()),
            ));
        }
        Ok(capture)
    }

    /// The records of the indexes in order of time.
    fn records_in_order(&mut self, stats: &mut ImportStats, source: &Source) -> Result<Vec<CapturedRecord>> {
        self.find_folders(stats, source);
        if self.is_exhausted {
            return Err(self.limit.exceeded(&source.path));
        }
        let mut captured = Vec::new();
        for name in ["index.json.zst", "watch-index.json.zst"] {
            if self.archive.index_for_name(&format!("{ROOT}{name}")).is_none() {
                continue;
            }
            match self.index(name) {
                Ok(entries) => {
                    let named: usize = entries.values().map(|entry| entry.seqs.len()).sum();
                    if captured.len() + named > MAX_RECORDS {
                        let message = format!("the capture has more than {MAX_RECORDS} records");
                        return Err(Error::new(ErrorKind::Invalid, message));
                    }
                    entries.into_iter().for_each(|(path, entry)| captured.extend(records_of(&path, entry)));
                }
                Err(_) if self.is_exhausted => return Err(self.limit.exceeded(&source.path)),
                Err(why) => stats.unreadable(&source.path, 0, &format!("{name}: {why}")),
            }
        }
        captured.sort();
        Ok(captured)
    }

    fn index(&mut self, name: &str) -> std::result::Result<BTreeMap<String, Entry>, String> {
        let text = self.text(name)?;
        // The first format has no wrapper.
        match serde_json::from_slice(&text) {
            Ok(Index { entries }) => Ok(entries),
            Err(_) => serde_json::from_slice(&text).map_err(|error| error.to_string()),
        }
    }

    /// Finds the folder of each path by its first record.
    fn find_folders(&mut self, stats: &mut ImportStats, source: &Source) {
        let mut first: BTreeMap<String, String> = BTreeMap::new();
        for name in self.archive.file_names() {
            if let Some((folder, _)) = name.strip_prefix(ROOT).and_then(|name| name.strip_prefix("records/")?.split_once('/')) {
                first.entry(folder.to_owned()).or_insert_with(|| name.trim_start_matches(ROOT).to_owned());
            }
        }
        for (folder, name) in first {
            if self.is_exhausted {
                return;
            }
            match self.json::<Record>(&name) {
                Ok(record) => drop(self.folders.insert(record.api_path, folder)),
                Err(why) => stats.unreadable(&source.path, 0, &format!("{name}: {why}")),
            }
        }
    }

    fn record(&mut self, captured: &CapturedRecord) -> std::result::Result<Record, String> {
        let folder = self.folders.get(&*captured.path).ok_or_else(|| format!("there are no records of {}", captured.path))?;
        let name = format!("records/{folder}/{}.json.zst", captured.seq);
        self.json(&name).map_err(|why| format!("{name}: {why}"))
    }

    /// Parses a file of the archive.
    fn json<T: DeserializeOwned>(&mut self, name: &str) -> std::result::Result<T, String> {
        serde_json::from_slice(&self.text(name)?).map_err(|error| error.to_string())
    }

    /// Reads a file of the archive. What it unpacks to is taken from the budget.
    fn text(&mut self, name: &str) -> std::result::Result<Vec<u8>, String> {
        let file = self.archive.by_name(&format!("{ROOT}{name}")).map_err(|error| error.to_string())?;
        let mut text = Vec::new();
        let left = self.limit.left();
        let read = if Path::new(name).extension().is_some_and(|ending| ending == "zst") {
            zstd::Decoder::new(file).and_then(|file| file.take(left.saturating_add(1)).read_to_end(&mut text))
        } else {
            file.take(left.saturating_add(1)).read_to_end(&mut text)
        };
        let read = read.map_err(|error| error.to_string())?;
        if !self.limit.take(read as u64) {
            self.is_exhausted = true;
            return Err("it unpacks to more than the rest of the budget".to_owned());
        }
        Ok(text)
    }
}

fn records_of(path: &str, entry: Entry) -> Vec<CapturedRecord> {
    // `?as=Table` and `?as=TableSchema` are for the capture's own use.
    if path.contains("?as=Table") {
        return Vec::new();
    }
    let path: Arc<str> = path.into();
    let events = entry.event_types;
    let times = entry.times.iter().map(|text| text.parse().ok().map(Timestamp::from_jiff));
    let named = entry.seqs.iter().zip(times).enumerate();
    named
        .filter_map(|(at, (seq, time))| {
            let event = events.as_ref().map(|events| events.get(at).cloned().unwrap_or_default());
            Some(CapturedRecord { at: time?, event, path: path.clone(), seq: *seq })
        })
        .collect()
}

fn write(
    captured: &CapturedRecord,
    record: &Record,
    watches: &mut BTreeMap<Arc<str>, CallId>,
    session: &mut ImportSession,
) -> Result<()> {
    let body = record.response_body.as_deref().map_or("null", RawValue::get);
    let separator = if captured.path.contains('?') { '&' } else { '?' };
    let uri: std::result::Result<Uri, _> = match &captured.event {
        Some(_) => format!("{}{separator}watch=true", captured.path).parse(),
        None => captured.path.parse(),
    };
    let Ok(uri) = uri else {
        session.unreadable(body.len() as u64);
        return Ok(());
    };
    let request = Request {
        at: captured.at,
        actor: "k8shark".into(),
        method: Method::GET,
        uri,
        user_agent: None,
        media_type: "".into(),
        body: Bytes::new(),
        span: None,
    };
    let Some(event) = &captured.event else {
        let call = session.request(request)?;
        let status = if record.response_code == 0 { 200 } else { record.response_code };
        return session
            .response(call, Response { at: captured.at, status, audit_id: None, body: Bytes::copy_from_slice(body.as_bytes()) });
    };
    let call = match watches.get(&captured.path) {
        Some(call) => *call,
        None => {
            let call = session.request(request)?;
            session.response_head(call, captured.at, 200, None)?;
            watches.insert(captured.path.clone(), call);
            call
        }
    };
    let line = format!("{{\"type\":{},\"object\":{}}}\n", Value::from(event.as_str()), body.replace(['\n', '\r'], " "));
    session.response_body(call, captured.at, Bytes::from(line))
}
