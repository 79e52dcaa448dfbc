//! The content of a version as fingerprints.

use std::sync::Arc;

use super::class::ValueClass;
use super::scan::{Frame, ROOT, Scalar, Scan, Segment, Visitor, member, member_text};
use crate::hash::{bytes, pair};

/// Further leaves are part of the fingerprints, but are not listed.
const MAX_LEAVES: usize = 16_384;

/// The part of an object that a leaf belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The desired state: everything outside `metadata`, `status`, `apiVersion` and `kind`.
    Wanted,
    Metadata,
    Status,
    Type,
}

/// A scalar or an empty container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// Fingerprint of the path.
    pub path: u64,
    /// Fingerprint of the value as written.
    pub value: u64,
    pub class: ValueClass,
    pub section: Section,
    /// True for a number.
    pub number: bool,
    /// Index of its container in [`Content`], `u32::MAX` for a leaf at the root.
    pub(super) around: u32,
    start: u32,
    end: u32,
}

/// An object or list that is not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Container {
    /// Fingerprint of the path.
    pub path: u64,
    /// Its parent container.
    pub around: Option<u32>,
}

/// The content of a version.
#[derive(Debug, Clone)]
pub struct Content {
    pub text: Arc<str>,
    /// In the order of the text.
    pub leaves: Vec<Leaf>,
    /// Fingerprint of all leaves, with volatile values of a class as equal, independent of the order of keys and sets.
    pub norm: u64,
    /// Fingerprint of all leaves with their values as written.
    pub exact: u64,
    /// Normalised fingerprint of the desired state ([`Section::Wanted`]), without the fields that the server allocates.
    pub wanted: u64,
    /// Sum of the normalised values, independent of their paths. Equal for contents that differ only in the order of lists.
    pub(super) values: u64,
    /// True if the object is being deleted.
    pub is_deleting: bool,
    /// The uid of the controlling owner, else of the first one, as written.
    owner: Option<Box<str>>,
    pub(super) containers: Vec<Container>,
    /// `metadata.generation` and every `observedGeneration`. Not part of the fingerprints, but of the changed paths.
    pub(super) counters: Vec<Leaf>,
    /// False if a key is written with escapes, or if not all leaves are listed.
    pub(super) plain: bool,
}

impl Content {
    /// Parses a text. `None` if it is not a JSON object or nests too deep.
    #[must_use]
    pub fn read(text: Arc<str>) -> Option<Content> {
        u32::try_from(text.len()).ok()?;
        if !text.trim_start().starts_with('{') {
            return None;
        }
        let mut reader = ContentBuilder::new(text.len() / 40);
        Scan::new(text.as_bytes()).run(&mut reader)?;
        let ContentBuilder { leaves, norm, exact, wanted, values, is_deleting, owner, containers, counters, plain, .. } = reader;
        Some(Content { text, leaves, norm, exact, wanted, values, is_deleting, owner, containers, counters, plain })
    }

    /// The uid of the controlling owner, else of the first one.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        self.owner.as_deref()
    }

    #[must_use]
    pub fn leaf(&self, path: u64) -> Option<&Leaf> {
        self.leaves.iter().find(|leaf| leaf.path == path)
    }

    /// The value as written, truncated to `limit` characters.
    #[must_use]
    pub fn value_text(&self, leaf: &Leaf, limit: usize) -> String {
        let range = usize::try_from(leaf.start).unwrap_or(0)..usize::try_from(leaf.end).unwrap_or(0);
        let value = self.text.get(range).unwrap_or("");
        match value.char_indices().nth(limit) {
            Some((cut, _)) => format!("{}…", &value[..cut]),
            None => value.to_owned(),
        }
    }

    /// The value as written.
    pub(crate) fn raw(&self, leaf: &Leaf) -> &str {
        let range = usize::try_from(leaf.start).unwrap_or(0)..usize::try_from(leaf.end).unwrap_or(0);
        self.text.get(range).unwrap_or("")
    }

    /// The string at a path as written, if there is one.
    #[must_use]
    pub fn string(&self, path: &[&str]) -> Option<&str> {
        let leaf = self.leaf(pointer_hash(path))?;
        let range = usize::try_from(leaf.start).ok()?..usize::try_from(leaf.end).ok()?;
        let value = self.text.get(range)?;
        value.strip_prefix('"')?.strip_suffix('"')
    }

    /// The integer at a path, if there is one.
    #[must_use]
    pub fn number(&self, path: &[&str]) -> Option<u64> {
        self.value_text(self.leaf(pointer_hash(path))?, 20).parse().ok()
    }

    /// True if the leaf is directly within the container at a path.
    #[must_use]
    pub fn is_within(&self, leaf: &Leaf, path: &[&str]) -> bool {
        let container = usize::try_from(leaf.around).ok().and_then(|no| self.containers.get(no));
        container.is_some_and(|container| container.path == pointer_hash(path))
    }

    /// The JSON pointer of a leaf. Scans the text again. `None` if there is no such leaf.
    #[must_use]
    pub fn pointer(&self, path: u64) -> Option<String> {
        self.leaf(path)?;
        let mut found = None;
        visit_pointers(&self.text, |pointer, other| {
            if other == path && found.is_none() {
                found = Some(pointer());
            }
        })?;
        found
    }
}

/// The fingerprint of a path of keys.
pub(crate) fn pointer_hash(path: &[&str]) -> u64 {
    path.iter().fold(ROOT, |path, key| member(path, key.as_bytes()))
}

struct ContentBuilder {
    leaves: Vec<Leaf>,
    norm: u64,
    exact: u64,
    wanted: u64,
    values: u64,
    section: Section,
    /// True within a field that the server allocates.
    allocated: bool,
    is_deleting: bool,
    owners: u64,
    owner: Option<Box<str>>,
    containers: Vec<Container>,
    counters: Vec<Leaf>,
    plain: bool,
}

impl ContentBuilder {
    fn new(leaves: usize) -> ContentBuilder {
        ContentBuilder {
            leaves: Vec::with_capacity(leaves.min(MAX_LEAVES)),
            norm: 0,
            exact: 0,
            wanted: 0,
            values: 0,
            section: Section::Type,
            allocated: false,
            is_deleting: false,
            owners: pointer_hash(&["metadata", "ownerReferences"]),
            owner: None,
            containers: Vec::with_capacity(leaves.min(MAX_LEAVES) / 3),
            counters: Vec::new(),
            plain: true,
        }
    }
}

impl Visitor for ContentBuilder {
    fn leaf(&mut self, path: u64, scalar: Scalar<'_>, at: (usize, usize), above: &[Frame], _: Segment) {
        let number = matches!(scalar, Scalar::Other([b'0'..=b'9' | b'-', ..]));
        let (class, comparable, whole) = match scalar {
            Scalar::Text(text) => {
                let (class, whole) = (ValueClass::of(text), bytes(text));
                let comparable = if class == ValueClass::Plain { whole } else { bytes(class.comparable_part(text)) };
                (class, pair(comparable, class as u64 + 1), pair(whole, 1))
            }
            Scalar::Other(text) => {
                let whole = bytes(text);
                (ValueClass::Plain, whole, whole)
            }
        };
        // Sums make the fingerprints independent of the order of keys and sets.
        let norm = pair(path, comparable);
        self.norm = self.norm.wrapping_add(norm);
        self.exact = self.exact.wrapping_add(pair(path, whole));
        self.values = self.values.wrapping_add(comparable);
        if self.section == Section::Wanted && !self.allocated {
            self.wanted = self.wanted.wrapping_add(norm);
        }
        let (Ok(start), Ok(end)) = (u32::try_from(at.0), u32::try_from(at.1)) else { return };
        if self.leaves.len() < MAX_LEAVES {
            let around = above.last().map_or(u32::MAX, |frame| frame.no);
            self.leaves.push(Leaf { path, value: whole, class, section: self.section, number, around, start, end });
        } else {
            self.plain = false;
        }
    }

    fn opened(&mut self, path: u64, around: Option<u32>) {
        self.containers.push(Container { path, around });
    }

    fn skipped(&mut self, path: u64, above: &[Frame], key: &[u8], value: &[u8]) {
        // These change on every write, or carry no meaning.
        if matches!(key, b"resourceVersion" | b"managedFields" | b"selfLink") || self.counters.len() >= MAX_LEAVES {
            return;
        }
        let around = above.last().map_or(u32::MAX, |frame| frame.no);
        let (class, section) = (ValueClass::Plain, self.section);
        self.counters.push(Leaf { path, value: bytes(value), class, section, number: true, around, start: 0, end: 0 });
    }

    fn odd_key(&mut self) {
        self.plain = false;
    }

    fn skips(&mut self, key: &[u8], above: &[Frame], text: &[u8]) -> bool {
        if above.len() == 1 {
            self.section = match key {
                b"metadata" => Section::Metadata,
                b"status" => Section::Status,
                b"apiVersion" | b"kind" => Section::Type,
                _ => Section::Wanted,
            };
        }
        match self.section {
            Section::Wanted => self.allocated = is_allocated(key),
            Section::Metadata if above.len() == 2 => self.is_deleting |= key == b"deletionTimestamp",
            _ => {}
        }
        match key {
            b"observedGeneration" => true,
            b"resourceVersion" | b"managedFields" | b"generation" | b"selfLink" => {
                above.len() == 2 && matches!(above[1].segment, Segment::Key(start, end) if &text[start..end] == b"metadata")
            }
            _ => false,
        }
    }

    fn item(&mut self, list: u64, item: &[u8]) {
        if list != self.owners {
            return;
        }
        let controls = member_text(item, b"controller") == Some(b"true");
        if self.owner.is_none() || controls {
            let uid = member_text(item, b"uid").and_then(|uid| std::str::from_utf8(uid).ok());
            self.owner = uid.map(|uid| uid.trim_matches('"').into());
        }
    }
}

/// True for fields that the server or a controller of Kubernetes fills in when an object is created or bound. Two incarnations
/// of one object differ in them.
pub(crate) fn is_allocated(key: &[u8]) -> bool {
    matches!(key, b"clusterIP" | b"clusterIPs" | b"nodePort" | b"healthCheckNodePort" | b"nodeName" | b"volumeName")
}

/// Visits every leaf of a text with a function for its JSON pointer, and its path fingerprint. `None` if the text is not JSON
/// or nests too deep.
pub(crate) fn visit_pointers(text: &str, visit: impl FnMut(&dyn Fn() -> String, u64)) -> Option<()> {
    Scan::new(text.as_bytes()).run(&mut Pointers { text: text.as_bytes(), visit })
}

struct Pointers<'a, T> {
    text: &'a [u8],
    visit: T,
}

impl<T: FnMut(&dyn Fn() -> String, u64)> Visitor for Pointers<'_, T> {
    fn leaf(&mut self, path: u64, _: Scalar<'_>, _: (usize, usize), above: &[Frame], segment: Segment) {
        let text = self.text;
        let pointer = || {
            let mut pointer = String::new();
            // The first frame is the root, which has no segment.
            for segment in above.iter().skip(1).map(|frame| frame.segment).chain([segment]) {
                pointer.push('/');
                match segment {
                    Segment::Index(place) => pointer.push_str(&place.to_string()),
                    Segment::Key(start, end) => {
                        let key = String::from_utf8_lossy(&text[start..end]);
                        pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                    }
                }
            }
            pointer
        };
        (self.visit)(&pointer, path);
    }

    fn skips(&mut self, _: &[u8], _: &[Frame], _: &[u8]) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, Section, pointer_hash};

    fn read(text: &str) -> Content {
        Content::read(text.into()).expect("a JSON object")
    }

    #[test]
    fn volatile_fields_do_not_affect_the_norm() {
        let one = read(
            r#"{"kind":"D","metadata":{"name":"a","resourceVersion":"1","generation":1,"managedFields":[{"x":{"y":"]}"}}]},"status":{"observedGeneration":1,"at":"2026-02-04T10:13:21Z"}}"#,
        );
        let two = read(
            r#"{"metadata":{"resourceVersion":"22","name":"a"},"kind":"D","status":{"at":"2026-02-04T10:13:22Z","observedGeneration":2}}"#,
        );
        assert_eq!(one.norm, two.norm);
        assert_ne!(one.exact, two.exact);
        assert_ne!(one.norm, read(r#"{"kind":"D","metadata":{"name":"b"},"status":{"at":"2026-02-04T10:13:21Z"}}"#).norm);
        assert_ne!(read(r#"{"spec":{"generation":1}}"#).norm, read(r#"{"spec":{"generation":2}}"#).norm, "only metadata's");
    }

    #[test]
    fn keyed_lists_are_sets_and_plain_lists_are_not() {
        let set = |a: &str, b: &str| read(&format!(r#"{{"status":{{"conditions":[{a},{b}]}}}}"#)).norm;
        let (ready, alive) = (r#"{"type":"Ready","status":"True"}"#, r#"{"status":"False","type":"Alive"}"#);
        assert_eq!(set(ready, alive), set(alive, ready));
        assert_ne!(read(r#"{"spec":{"args":["a","b"]}}"#).norm, read(r#"{"spec":{"args":["b","a"]}}"#).norm);
        let finalizers = |list: &str| read(&format!(r#"{{"metadata":{{"finalizers":{list}}}}}"#)).norm;
        assert_eq!(finalizers(r#"["a","b"]"#), finalizers(r#"["b","a"]"#));
    }

    #[test]
    fn leaves_have_pointers_and_values() {
        let content = read(r#"{ "spec" : {"a/b": [ {"name":"x","v": 12} ]}, "status": {"phase":"Failed"} }"#);
        let leaf = content.leaves.iter().find(|leaf| content.value_text(leaf, 9) == "12").copied().expect("there");
        assert_eq!(content.pointer(leaf.path).as_deref(), Some("/spec/a~1b/0/v"));
        assert_eq!(leaf.section, Section::Wanted);
        assert_eq!(content.string(&["status", "phase"]), Some("Failed"));
        assert!(content.leaf(pointer_hash(&["status", "none"])).is_none());
    }

    #[test]
    fn returns_the_controlling_owner() {
        let text = r#"{"metadata":{"ownerReferences":[{"uid":"u1"},{"controller":true,"uid":"u2"},{"uid":"u3"}]}}"#;
        assert_eq!(read(text).owner(), Some("u2"));
    }

    #[test]
    fn rejects_texts_that_are_no_objects() {
        for text in
            ["", "[]", "{", "{\"a\"", "{\"a\":}", "{\"a\":1}}", "{\"a\":1 \"b\":2}", "{\"a\":\"", "{\"a\":\"\\", "nul", "{,}"]
        {
            assert!(Content::read(text.into()).is_none(), "{text}");
        }
        assert!(Content::read(format!("{{\"a\":{}1{}}}", "[".repeat(500), "]".repeat(500)).into()).is_none());
    }
}
