//! Manifests from files and folders: YAML with several documents, JSON, lists of objects.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Cluster;
use kuberewind_model::{Error, ErrorKind, Result};

/// The largest manifest in bytes.
const FILE_LIMIT: u64 = 64 << 20;
/// The largest number of files of a folder.
const FILES: usize = 10_000;

impl Cluster {
    /// Puts the objects of a file, or of all `.yaml`, `.yml` and `.json` files directly in a folder, into the cluster: namespaces first,
    /// then definitions, then the rest in the order of the files. Returns the number of objects.
    ///
    /// # Errors
    /// If a path cannot be read, a text is neither YAML nor JSON, or the API refuses an object. Objects before it are in the cluster then.
    pub fn load_manifests(&self, path: impl AsRef<Path>) -> Result<usize> {
        let mut objects = Vec::new();
        for file in files(path.as_ref())? {
            objects.extend(read(&file)?);
        }
        objects.sort_by_key(rank);
        let count = objects.len();
        for object in objects {
            self.put(object)?;
        }
        Ok(count)
    }
}

/// The order in which kinds are created.
fn rank(object: &Value) -> u8 {
    match object["kind"].as_str() {
        Some("Namespace") => 0,
        Some("CustomResourceDefinition") => 1,
        _ => 2,
    }
}

fn files(path: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = |error| Error::new(ErrorKind::Io, format!("{} could not be read", path.display())).because(error);
    if !std::fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        let named = file.extension().and_then(|end| end.to_str());
        if matches!(named, Some("yaml" | "yml" | "json")) && file.is_file() {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(Error::new(ErrorKind::NotFound, format!("{} holds no manifests", path.display()))
            .hint("manifests end in .yaml, .yml or .json"));
    }
    if files.len() > FILES {
        return Err(Error::new(ErrorKind::Invalid, format!("{} holds more than {FILES} manifests", path.display())));
    }
    files.sort();
    Ok(files)
}

fn read(file: &Path) -> Result<Vec<Value>> {
    let step = || format!("{} could not be read as manifests", file.display());
    let size = std::fs::metadata(file).map_err(|error| Error::new(ErrorKind::Io, step()).because(error))?.len();
    if size > FILE_LIMIT {
        return Err(Error::new(ErrorKind::Invalid, step()).because(format!("it has more than {FILE_LIMIT} bytes")));
    }
    let text = std::fs::read_to_string(file).map_err(|error| Error::new(ErrorKind::Io, step()).because(error))?;
    let json = file.extension().is_some_and(|end| end == "json");
    let documents = if json { json_documents(&text) } else { yaml_documents(&text) };
    let documents = documents.map_err(|why| Error::new(ErrorKind::Invalid, step()).because(why))?;
    Ok(documents.into_iter().flat_map(unlist).collect())
}

fn json_documents(text: &str) -> Result<Vec<Value>, String> {
    let stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    stream.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())
}

fn yaml_documents(text: &str) -> Result<Vec<Value>, String> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).map_err(|error| error.to_string())?;
    Ok(documents.into_iter().filter(|document| !document.is_null()).collect())
}

/// The items of a `List`, or the object itself.
fn unlist(document: Value) -> Vec<Value> {
    match document {
        Value::Object(mut map) if map.get("items").is_some_and(Value::is_array) && map.get("kind").is_some_and(is_list) => {
            match map.remove("items") {
                Some(Value::Array(items)) => items,
                _ => Vec::new(),
            }
        }
        other => vec![other],
    }
}

fn is_list(kind: &Value) -> bool {
    kind.as_str().is_some_and(|kind| kind.ends_with("List"))
}
