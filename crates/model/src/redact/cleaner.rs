//! Finds the secret values of a parsed body and replaces them.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::archives;
use super::body_info::{BodyInfo, is_secret_object};
use super::document::{Content, Document, NodeId, ROOT};
use super::edits::Edits;
use super::looks::{self, Looks};
use super::path_rule::pointer_keys;
use super::secret_values::SecretValues;
use super::session_key::SessionKey;
use super::text;
use crate::json::scan::{Scan, compact};

/// How a replaced value keeps its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A text stays a text.
    Plain,
    /// Base64 stays base64.
    Base64,
}

/// Replaces values of one document, and remembers them for the texts that may quote them.
pub(super) struct Cleaner<'r, 'd> {
    looks: &'r Looks,
    key: &'r SessionKey,
    replaced: &'r mut SecretValues,
    document: &'d Document<'d>,
    pub(super) edits: Edits<'d>,
    /// Never remembered as secrets, though a Secret may hold them: its own name and namespace.
    public_words: Vec<String>,
}

impl<'r, 'd> Cleaner<'r, 'd> {
    pub(super) fn new(
        looks: &'r Looks,
        key: &'r SessionKey,
        replaced: &'r mut SecretValues,
        document: &'d Document<'d>,
    ) -> Cleaner<'r, 'd> {
        Cleaner { looks, key, replaced, document, edits: Edits::new(document), public_words: Vec::new() }
    }

    /// Replaces all scalars at and below `root` except `null`.
    pub(super) fn replace(&mut self, root: NodeId, form: Form) {
        for node in self.document.subtree(root) {
            match self.document.content(node) {
                // A value that two rules name is replaced once.
                _ if self.edits.contains(node) => {}
                Content::Object | Content::Array | Content::Null => {}
                Content::Text(secret) => {
                    let text = self.replacement(&secret.text(), form);
                    self.edits.set_text(node, text);
                }
                Content::Number(number) => self.edits.set_number(node, self.key.replace_number(number.as_bytes())),
                // A boolean has two values only, so that a boolean in its place would reveal it.
                Content::Bool(secret) => {
                    self.edits.set_text(node, self.key.replace(if secret { b"true" } else { b"false" }));
                }
            }
        }
    }

    fn replacement(&mut self, secret: &str, form: Form) -> String {
        if SessionKey::is_replacement(secret) {
            return secret.to_owned();
        }
        let (replacement, plain, shown) = match form {
            Form::Plain => (self.key.replace(secret.as_bytes()), None, None),
            Form::Base64 => {
                let (shown, plain) = self.key.replace_base64(secret);
                (self.key.replace(&plain), Some(plain), Some(shown))
            }
        };
        if !self.public_words.iter().any(|word| word == secret || Some(word.as_bytes()) == plain.as_deref()) {
            self.replaced.add(secret.as_bytes(), &replacement);
            match &plain {
                Some(plain) => self.replaced.add(plain, &replacement),
                // The server returns `stringData` as base64.
                None => self.replaced.add(STANDARD.encode(secret).as_bytes(), &replacement),
            }
        }
        shown.unwrap_or(replacement)
    }

    /// Cleans a body about Secrets: an object, a list, a table, a table row or a patch.
    pub(super) fn secret_body(&mut self, info: &BodyInfo<'_>) {
        let document = self.document;
        if info.is_json_patch() {
            return self.secret_patch(ROOT);
        }
        if !document.is_object(ROOT) {
            return self.replace(ROOT, Form::Plain);
        }
        if document.member_is(ROOT, "kind", "PartialObjectMetadata") {
            document.members(ROOT, "metadata").for_each(|metadata| self.secret_metadata(metadata));
            return;
        }
        for list in ["items", "rows"] {
            // A list is one by its array, wherever the key is repeated.
            let mut lists = document.members(ROOT, list).peekable();
            if lists.peek().is_some() && document.members(ROOT, list).all(|list| document.is_array(list)) {
                lists.for_each(|list| document.children(list).for_each(|item| self.secret_item(item)));
                return;
            }
        }
        self.secret_item(ROOT);
    }

    /// A Secret, or a table row with one in it. The cells hold its name, type, age and number of values.
    fn secret_item(&mut self, item: NodeId) {
        let document = self.document;
        if !document.is_object(item) {
            self.replace(item, Form::Plain);
        } else if document.members(item, "cells").next().is_some() {
            document.members(item, "object").filter(|object| document.is_object(*object)).for_each(|object| self.secret(object));
        } else {
            self.secret(item);
        }
    }

    /// A Secret, or the part of one that a patch has. Fields that the schema does not have are replaced too: a mistyped
    /// `stringdata` holds secrets as well.
    fn secret(&mut self, object: NodeId) {
        let document = self.document;
        for metadata in document.members(object, "metadata") {
            for field in ["name", "namespace"] {
                let words = document.members(metadata, field).filter_map(|word| document.text(word));
                self.public_words.extend(words.map(Cow::into_owned));
            }
        }
        for (key, value) in document.entries(object) {
            match &*key {
                "apiVersion" | "kind" | "type" | "immutable" => self.scalar_or_replace(value),
                "metadata" => self.secret_metadata(value),
                "data" => self.secret_data(value),
                // Fields of DeleteOptions, which are sent about Secrets as well.
                "propagationPolicy" | "gracePeriodSeconds" | "dryRun" | "orphanDependents" | "preconditions" => {}
                key if key.starts_with('$') => {}
                _ => self.replace(value, Form::Plain),
            }
        }
        self.public_words.clear();
    }

    fn secret_data(&mut self, data: NodeId) {
        let document = self.document;
        if !document.is_object(data) {
            return self.replace(data, Form::Base64);
        }
        for (key, value) in document.entries(data) {
            // The directives of a strategic merge patch are no values.
            let directive = key == "$patch" && ["replace", "merge", "delete"].iter().any(|word| document.is_text(value, word));
            if !directive {
                if let Some(text) = document.text(value) {
                    self.learn_archive(&text);
                }
                self.replace(value, Form::Base64);
            }
        }
    }

    /// Keeps a scalar; replaces objects and arrays, which the schema does not have here.
    fn scalar_or_replace(&mut self, value: NodeId) {
        if self.document.is_object(value) || self.document.is_array(value) {
            self.replace(value, Form::Plain);
        }
    }

    /// The annotations of a Secret may hold whole copies of it.
    fn secret_metadata(&mut self, metadata: NodeId) {
        let document = self.document;
        document.members(metadata, "annotations").for_each(|annotations| self.secret_annotations(annotations));
    }

    fn secret_annotations(&mut self, annotations: NodeId) {
        let document = self.document;
        document.entries(annotations).for_each(|(key, value)| self.secret_annotation(&key, value));
    }

    fn secret_annotation(&mut self, key: &str, value: NodeId) {
        let Some(text) = self.document.text(value) else { return };
        if !key.contains("last-applied") && !text.trim_start().starts_with(['{', '[']) {
            return;
        }
        let cleaned = self.in_text(&text, |inner| {
            let is_object = inner.document.is_object(ROOT);
            if is_object {
                inner.copy_of_secret(ROOT);
            }
            is_object
        });
        match cleaned {
            Some(cleaned) => self.edits.set_text(value, cleaned),
            None => self.replace(value, Form::Plain),
        }
    }

    /// A Secret that is the text of a string. Annotations of such a copy are replaced as a whole.
    fn copy_of_secret(&mut self, object: NodeId) {
        let document = self.document;
        for (key, value) in document.entries(object) {
            match &*key {
                "apiVersion" | "kind" | "type" | "immutable" => {}
                "metadata" => {
                    for annotations in document.members(value, "annotations") {
                        self.replace(annotations, Form::Plain);
                    }
                }
                "data" => self.replace(value, Form::Base64),
                _ => self.replace(value, Form::Plain),
            }
        }
    }

    /// Cleans a string that is itself JSON. `None` if it is no JSON, or `clean` rejects it by returning false.
    fn in_text(&mut self, json: &str, clean: impl FnOnce(&mut Cleaner<'_, '_>) -> bool) -> Option<String> {
        let mut scan = Scan::new(json.as_bytes());
        scan.skip().and_then(|_| scan.end()).ok()?;
        let json = String::from_utf8(compact(json.as_bytes())).ok()?;
        let document = Document::parse(&json).ok()?;
        let mut inner = Cleaner::new(self.looks, self.key, self.replaced, &document);
        clean(&mut inner).then(|| inner.edits.apply())
    }

    /// Cleans any other body: Secrets inside it (templates, `List`s, copies in annotations), and texts that look like secrets.
    pub(super) fn other_body(&mut self) {
        let mut node = ROOT;
        while node < self.document.subtree(ROOT).end {
            if is_secret_object(self.document, node) {
                self.secret(node);
                node = self.document.subtree(node).end;
                continue;
            }
            if self.looks.keys {
                self.named_secrets(node);
            }
            let suspicious = |text: &str| holds_secret(text) || text::suspicious(self.looks, text.as_bytes());
            if let Some(text) = self.edits.text(node).filter(|text| suspicious(text)) {
                let before = text.into_owned();
                let cleaned = self.other_text(before.clone());
                if cleaned != before {
                    self.edits.set_text(node, cleaned);
                }
            }
            node += 1;
        }
    }

    /// Remembers the secrets in a compressed text, such as the Secrets of a Helm release, so that other texts that quote them are cleaned.
    fn learn_archive(&mut self, text: &str) {
        let Some(plain) = archives::unpacked(text) else { return };
        let mut manifests = Vec::new();
        let read = self.in_text(&plain, |inner| {
            inner.copies_of_secrets();
            for node in inner.document.subtree(ROOT) {
                inner.named_secrets(node);
                let text = inner.document.text(node).unwrap_or_default();
                manifests.extend(archives::secrets_of_manifest(&text));
            }
            true
        });
        if read.is_none() {
            manifests = archives::secrets_of_manifest(&plain);
        }
        for manifest in manifests {
            let cleaned = self.in_text(&manifest, |inner| {
                inner.copies_of_secrets();
                true
            });
            // Only its values count; of the text nothing is stored.
            drop(cleaned);
        }
    }

    fn other_text(&mut self, mut text: String) -> String {
        if self.looks.archives {
            self.learn_archive(&text);
        }
        if holds_secret(&text) {
            let cleaned = self.in_text(&text, |inner| {
                inner.copies_of_secrets();
                true
            });
            text = cleaned.unwrap_or_else(|| self.key.replace(text.as_bytes()));
        }
        if self.looks.keys && text.trim_start().starts_with(['{', '[']) {
            // A configuration in JSON: its values are found by their keys.
            let cleaned = self.in_text(&text, |inner| {
                for node in inner.document.subtree(ROOT) {
                    inner.named_secrets(node);
                }
                !inner.edits.is_empty()
            });
            text = cleaned.unwrap_or(text);
        }
        if text::suspicious(self.looks, text.as_bytes()) { text::clean(self.looks, self.key, &text).into_owned() } else { text }
    }

    /// Replaces the values of an object or array that are secrets by their names: `password: x`, `{name: DB_PASSWORD, value: x}` and
    /// `[--password, x]`.
    fn named_secrets(&mut self, node: NodeId) {
        let document = self.document;
        if document.is_array(node) {
            let mut after_flag = false;
            for item in document.children(node) {
                let text = document.text(item).unwrap_or_default();
                if after_flag && !text.starts_with('-') {
                    self.named_secret(item);
                }
                after_flag = text.starts_with("--") && !text.contains('=') && looks::is_secret_key(&text);
            }
            return;
        }
        let mut named = false;
        for (key, value) in document.entries(node) {
            if document.is_any_text(value) && looks::is_secret_key(&key) {
                self.named_secret(value);
            } else if key == "auth" && document.text(value).is_some_and(|text| looks::is_docker_auth(&key, &text)) {
                self.replace(value, Form::Base64);
            }
            named |= key == "name" && document.text(value).is_some_and(|name| looks::is_secret_key(&name));
        }
        if named {
            document.members(node, "value").for_each(|value| self.named_secret(value));
        }
    }

    fn named_secret(&mut self, value: NodeId) {
        if self.document.text(value).is_some_and(|text| looks::is_value(&text)) {
            self.replace(value, Form::Plain);
        }
    }

    fn copies_of_secrets(&mut self) {
        let mut node = ROOT;
        while node < self.document.subtree(ROOT).end {
            if is_secret_object(self.document, node) {
                self.copy_of_secret(node);
                node = self.document.subtree(node).end;
            } else {
                node += 1;
            }
        }
    }

    /// A JSON patch of a Secret. Only values at paths that are known to hold no secret stay.
    fn secret_patch(&mut self, operations: NodeId) {
        let document = self.document;
        if !document.is_array(operations) {
            return self.replace(operations, Form::Plain);
        }
        for operation in document.children(operations) {
            let mut paths = document.members(operation, "path");
            let path = paths.next().filter(|_| paths.next().is_none()).and_then(|path| pointer_keys(document, path));
            document.members(operation, "value").for_each(|value| self.secret_patch_value(path.as_deref(), value));
        }
    }

    /// The value of one operation; `path` is `None` if the operation has no readable path.
    fn secret_patch_value(&mut self, path: Option<&[String]>, value: NodeId) {
        let keys: Option<Vec<&str>> = path.map(|keys| keys.iter().map(String::as_str).collect());
        match keys.as_deref() {
            Some([]) if self.document.is_object(value) => self.secret(value),
            Some(["data", ..]) => self.replace(value, Form::Base64),
            Some(["type" | "immutable" | "kind" | "apiVersion"]) => self.scalar_or_replace(value),
            Some(["metadata"]) => self.secret_metadata(value),
            Some(["metadata", "annotations"]) => self.secret_annotations(value),
            Some(["metadata", "annotations", key]) => self.secret_annotation(key, value),
            Some(["metadata", ..]) => {}
            _ => self.replace(value, Form::Plain),
        }
    }
}

/// True if a text may be JSON with a Secret in it.
fn holds_secret(text: &str) -> bool {
    text.contains("\"Secret\"") && text.trim_start().starts_with(['{', '['])
}
