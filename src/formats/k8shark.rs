//! k8shark's captures: an archive of what was polled and watched, each record compressed JSON.
//!
//! Polled lists are snapshots: what changed between two of them happened at some time in between, and is shown when it
//! was seen. What was watched is shown as it came. Tables that the capture made for itself are left out.

use std::collections::BTreeMap;
use std::fs::File;
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

use super::player::{Player, Request, Response};
use super::progress::{Progress, Watcher};
use super::source::Source;
use super::work::{Tally, Work};
use kuberewind_capture::CallId;
use kuberewind_model::{ClockKind, Error, ErrorKind, Result, Timestamp};

/// The newest format that is known.
const FORMAT: u64 = 2;
/// Where everything lies.
const ROOT: &str = "k8shark-capture/";
/// A record that unpacks to more than this is not read: a list of many thousand objects has less.
const LONGEST: u64 = 256 << 20;
/// Records of a capture.
const MOST: usize = 4_000_000;
/// The first words of a file that age has encrypted.
const ENCRYPTED: &[u8] = b"age-encryption.org/v1";

/// Whether a file is a capture, or an encrypted file that may be one.
pub(super) fn recognises(sample: &[u8]) -> bool {
    let archive = sample.starts_with(b"PK\x03\x04") && memchr::memmem::find(sample, ROOT.as_bytes()).is_some();
    archive || sample.starts_with(ENCRYPTED)
}

/// Imports captures.
pub(super) fn import(work: &Work, tally: &mut Tally, watcher: &mut Watcher<'_>) -> Result<()> {
    let [source] = work.sources.as_slice() else {
        return Err(Error::new(ErrorKind::Invalid, "several captures cannot become one session").hint("import them one by one"));
    };
    if source.sample()?.starts_with(ENCRYPTED) {
        return Err(Error::new(ErrorKind::Invalid, format!("{} is encrypted", source.path.display()))
            .hint("`age -d` decrypts it; import what comes out"));
    }
    let mut capture = Capture::open(source)?;
    let seen = capture.seen(tally, source)?;
    let Some(first) = seen.first() else { return Err(tally.nothing(work)) };
    let mut player = Player::begin(&work.output, work.import.clone(), first.at, ClockKind::Wall, "k8shark")?;
    let mut watches = BTreeMap::new();
    for (done, one) in (0_u64..).zip(&seen) {
        watcher.at(Progress::Writing { done, total: seen.len() as u64 })?;
        match capture.record(one) {
            Ok(record) => {
                tally.records += 1;
                play(one, &record, &mut watches, &mut player)?;
            }
            Err(why) => {
                tally.unreadable(source, done + 1, &why);
                player.lost(0);
            }
        }
    }
    tally.operations += player.finish()?;
    Ok(())
}

/// A record as an index names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    at: Timestamp,
    /// Of a watch event, its type. Of what was seen at one time, what was polled comes first.
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
    archive: ZipArchive<BufReader<File>>,
    /// The folder of a path's records.
    folders: BTreeMap<String, String>,
}

impl Capture {
    fn open(source: &Source) -> Result<Capture> {
        let cannot = |why: String| {
            Error::new(ErrorKind::Damaged, format!("{} is no capture that can be read", source.path.display())).because(why)
        };
        let file = source.file.try_clone().map_err(|error| source.unreadable(error))?;
        let archive = ZipArchive::new(BufReader::new(file)).map_err(|error| cannot(error.to_string()))?;
        let mut capture = Capture { archive, folders: BTreeMap::new() };
        let metadata: Metadata = capture.json("metadata.json").map_err(cannot)?;
        if let Some(version) = metadata.format_version.filter(|version| *version > FORMAT) {
            return Err(Error::new(
                ErrorKind::Newer,
                format!("{} is of format {version}, and only formats up to {FORMAT} are known", source.path.display()),
            ));
        }
        Ok(capture)
    }

    /// What the indexes name, in order of time.
    fn seen(&mut self, tally: &mut Tally, source: &Source) -> Result<Vec<Seen>> {
        self.find_folders(tally, source);
        let mut seen = Vec::new();
        for name in ["index.json.zst", "watch-index.json.zst"] {
            if self.archive.index_for_name(&format!("{ROOT}{name}")).is_none() {
                continue;
            }
            match self.index(name) {
                Ok(entries) => entries.into_iter().for_each(|(path, entry)| seen.extend(of_entry(&path, entry))),
                Err(why) => tally.unreadable(source, 0, &format!("{name}: {why}")),
            }
        }
        if seen.len() > MOST {
            return Err(Error::new(ErrorKind::Invalid, format!("a capture of more than {MOST} records is not read")));
        }
        seen.sort();
        Ok(seen)
    }

    fn index(&mut self, name: &str) -> std::result::Result<BTreeMap<String, Entry>, String> {
        let value: Value = self.json(name)?;
        // The first format has no wrapper.
        let wrapped = value.get("entries").is_some_and(|entries| entries.get("api_path").is_none());
        let entries =
            if wrapped { serde_json::from_value(value).map(|Index { entries }| entries) } else { serde_json::from_value(value) };
        entries.map_err(|error| error.to_string())
    }

    /// Which folder is which path's: its records say so.
    fn find_folders(&mut self, tally: &mut Tally, source: &Source) {
        let mut first: BTreeMap<String, String> = BTreeMap::new();
        for name in self.archive.file_names() {
            if let Some((folder, _)) = name.strip_prefix(ROOT).and_then(|name| name.strip_prefix("records/")?.split_once('/')) {
                first.entry(folder.to_owned()).or_insert_with(|| name.trim_start_matches(ROOT).to_owned());
            }
        }
        for (folder, name) in first {
            match self.json::<Record>(&name) {
                Ok(record) => drop(self.folders.insert(record.api_path, folder)),
                Err(why) => tally.unreadable(source, 0, &format!("{name}: {why}")),
            }
        }
    }

    fn record(&mut self, seen: &Seen) -> std::result::Result<Record, String> {
        let folder = self.folders.get(&*seen.path).ok_or_else(|| format!("there are no records of {}", seen.path))?;
        let name = format!("records/{folder}/{}.json.zst", seen.seq);
        self.json(&name).map_err(|why| format!("{name}: {why}"))
    }

    /// A file of the archive, unpacked up to a limit.
    fn json<T: DeserializeOwned>(&mut self, name: &str) -> std::result::Result<T, String> {
        let file = self.archive.by_name(&format!("{ROOT}{name}")).map_err(|error| error.to_string())?;
        let mut text = Vec::new();
        let read = if Path::new(name).extension().is_some_and(|ending| ending == "zst") {
            zstd::Decoder::new(file).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut text))
        } else {
            file.take(LONGEST + 1).read_to_end(&mut text)
        };
        let read = read.map_err(|error| error.to_string())?;
        if read as u64 > LONGEST {
            return Err(format!("it unpacks to more than {LONGEST} bytes"));
        }
        serde_json::from_slice(&text).map_err(|error| error.to_string())
    }
}

fn of_entry(path: &str, entry: Entry) -> Vec<Seen> {
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
            Some(Seen { at: time?, event, path: path.clone(), seq: *seq })
        })
        .collect()
}

fn play(seen: &Seen, record: &Record, watches: &mut BTreeMap<Arc<str>, CallId>, player: &mut Player) -> Result<()> {
    let body = record.response_body.as_deref().map_or("null", RawValue::get);
    let joint = if seen.path.contains('?') { '&' } else { '?' };
    let uri: std::result::Result<Uri, _> = match &seen.event {
        Some(_) => format!("{}{joint}watch=true", seen.path).parse(),
        None => seen.path.parse(),
    };
    let Ok(uri) = uri else {
        player.lost(body.len() as u64);
        return Ok(());
    };
    let request = Request {
        at: seen.at,
        actor: "k8shark".into(),
        method: Method::GET,
        uri,
        user_agent: None,
        media_type: "",
        body: Bytes::new(),
        span: None,
    };
    let Some(event) = &seen.event else {
        let call = player.start(request)?;
        let status = if record.response_code == 0 { 200 } else { record.response_code };
        return player
            .answer(call, Response { at: seen.at, status, audit_id: None, body: Bytes::copy_from_slice(body.as_bytes()) });
    };
    let call = match watches.get(&seen.path) {
        Some(call) => *call,
        None => {
            let call = player.start(request)?;
            player.head(call, seen.at, 200, None)?;
            watches.insert(seen.path.clone(), call);
            call
        }
    };
    let line = format!("{{\"type\":{},\"object\":{}}}\n", Value::from(event.as_str()), body.replace(['\n', '\r'], " "));
    player.chunk(call, seen.at, Bytes::from(line))
}
