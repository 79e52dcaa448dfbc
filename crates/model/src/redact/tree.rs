//! Taking the values out of a parsed body.

use serde_json::{Map, Value};

use super::hash::SessionKey;
use super::seen::Seen;
use super::{About, path, text};

/// How a replaced value keeps its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A text stays a text.
    Plain,
    /// Base64 stays base64.
    Base64,
}

/// What replaces values, and remembers them.
pub(super) struct Cleaner<'r> {
    pub(super) key: &'r SessionKey,
    pub(super) seen: &'r mut Seen,
    /// Words that are never remembered as secrets, though a Secret may hold them: its own name and namespace.
    pub(super) plain_words: Vec<String>,
}

impl Cleaner<'_> {
    /// Replaces every value within `root`.
    pub(super) fn replace(&mut self, root: &mut Value, form: Form) {
        let mut waiting = vec![root];
        while let Some(value) = waiting.pop() {
            match value {
                Value::Null => {}
                Value::Object(members) => waiting.extend(members.values_mut()),
                Value::Array(items) => waiting.extend(items.iter_mut()),
                Value::String(secret) => *secret = self.replacement(secret, form),
                Value::Number(number) => *value = self.key.replace_number(number.to_string().as_bytes()).into(),
                // Two values cannot hide behind one of the same type.
                Value::Bool(secret) => *value = Value::String(self.key.replace(if *secret { b"true" } else { b"false" })),
            }
        }
    }

    fn replacement(&mut self, secret: &str, form: Form) -> String {
        let (stands, plain, shown) = match form {
            Form::Plain => (self.key.replace(secret.as_bytes()), None, None),
            Form::Base64 => {
                let (shown, plain) = self.key.replace_base64(secret);
                (self.key.replace(&plain), Some(plain), Some(shown))
            }
        };
        if !self.plain_words.iter().any(|word| word == secret || Some(word.as_bytes()) == plain.as_deref()) {
            self.seen.remember(secret.as_bytes(), &stands);
            match &plain {
                Some(plain) => self.seen.remember(plain, &stands),
                // What is sent as text comes back as base64.
                None => {
                    use base64::Engine as _;
                    let encoded = base64::engine::general_purpose::STANDARD.encode(secret);
                    self.seen.remember(encoded.as_bytes(), &stands);
                }
            }
        }
        shown.unwrap_or(stands)
    }

    /// A Secret, or a part of one as a patch has it. What a Secret does not have by its schema is replaced too: a
    /// mistyped `stringdata` is as secret as the right one.
    pub(super) fn secret(&mut self, members: &mut Map<String, Value>) {
        for field in ["name", "namespace"] {
            if let Some(word) = members.get("metadata").and_then(|metadata| metadata.get(field)).and_then(Value::as_str) {
                self.plain_words.push(word.to_owned());
            }
        }
        for (key, value) in members.iter_mut() {
            match key.as_str() {
                "apiVersion" | "kind" | "type" | "immutable" => self.expect_plain(value),
                "metadata" => self.secret_metadata(value),
                "data" => self.secret_data(value),
                // Of delete options, which are sent about Secrets as well.
                "propagationPolicy" | "gracePeriodSeconds" | "dryRun" | "orphanDependents" | "preconditions" => {}
                key if key.starts_with('$') => {}
                _ => self.replace(value, Form::Plain),
            }
        }
        self.plain_words.clear();
    }

    fn secret_data(&mut self, data: &mut Value) {
        let Value::Object(members) = data else { return self.replace(data, Form::Base64) };
        for (key, value) in members.iter_mut() {
            // A strategic merge patch's directives are no values.
            let directive = key == "$patch" && matches!(value.as_str(), Some("replace" | "merge" | "delete"));
            if !directive {
                self.replace(value, Form::Base64);
            }
        }
    }

    /// A text or a boolean stays; what should not be there at all goes.
    fn expect_plain(&mut self, value: &mut Value) {
        if value.is_object() || value.is_array() {
            self.replace(value, Form::Plain);
        }
    }

    /// A Secret's metadata: its annotations may hold whole copies of it.
    pub(super) fn secret_metadata(&mut self, metadata: &mut Value) {
        if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
            for (key, value) in annotations.iter_mut() {
                self.annotation(key, value);
            }
        }
    }

    /// One annotation of a Secret.
    pub(super) fn annotation(&mut self, key: &str, value: &mut Value) {
        let Value::String(text) = value else { return };
        let copy = key.contains("last-applied") || text.trim_start().starts_with(['{', '[']);
        if !copy {
            return;
        }
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(mut inner)) => {
                // Copies of copies are nobody's practice: what has one goes as a whole.
                if let Some(Value::Object(annotations)) = inner.get_mut("metadata").and_then(|m| m.get_mut("annotations")) {
                    annotations.values_mut().for_each(|value| self.replace(value, Form::Plain));
                }
                let words = std::mem::take(&mut self.plain_words);
                self.copy_of_secret(&mut inner);
                self.plain_words = words;
                *text = Value::Object(inner).to_string();
            }
            _ => self.replace(value, Form::Plain),
        }
    }

    fn copy_of_secret(&mut self, members: &mut Map<String, Value>) {
        for (key, value) in members.iter_mut() {
            match key.as_str() {
                "apiVersion" | "kind" | "type" | "immutable" | "metadata" => {}
                "data" => self.replace(value, Form::Base64),
                _ => self.replace(value, Form::Plain),
            }
        }
    }

    /// Anything else: Secrets inside it (templates, `List`s, copies in annotations), and texts that look like secrets.
    pub(super) fn anything(&mut self, root: &mut Value) {
        let mut waiting = vec![root];
        while let Some(value) = waiting.pop() {
            match value {
                Value::Object(members) if is_secret(members) => self.secret(members),
                Value::Object(members) => waiting.extend(members.values_mut()),
                Value::Array(items) => waiting.extend(items.iter_mut()),
                Value::String(words) => self.string(words),
                _ => {}
            }
        }
    }

    fn string(&mut self, words: &mut String) {
        if words.contains("\"Secret\"") && words.trim_start().starts_with(['{', '[']) {
            match serde_json::from_str::<Value>(words) {
                Ok(mut inner) => {
                    self.secrets_in(&mut inner);
                    *words = inner.to_string();
                }
                Err(_) => *words = self.key.replace(words.as_bytes()),
            }
        }
        if text::suspicious(words.as_bytes()) {
            *words = text::clean(self.key, words).into_owned();
        }
    }

    fn secrets_in(&mut self, root: &mut Value) {
        let mut waiting = vec![root];
        while let Some(value) = waiting.pop() {
            match value {
                Value::Object(members) if is_secret(members) => self.copy_of_secret(members),
                Value::Object(members) => waiting.extend(members.values_mut()),
                Value::Array(items) => waiting.extend(items.iter_mut()),
                _ => {}
            }
        }
    }

    /// A JSON patch of a Secret. Only what is known to be none of its values stays.
    pub(super) fn secret_patch(&mut self, operations: &mut Value) {
        let Value::Array(operations) = operations else { return self.replace(operations, Form::Plain) };
        for operation in operations {
            let keys = pointer_of(operation);
            let Some(value) = operation.get_mut("value") else { continue };
            let keys: Option<Vec<&str>> = keys.as_ref().map(|keys| keys.iter().map(String::as_str).collect());
            match keys.as_deref() {
                Some([]) => match value {
                    Value::Object(members) => self.secret(members),
                    other => self.replace(other, Form::Plain),
                },
                Some(["data", ..]) => self.replace(value, Form::Base64),
                Some(["type" | "immutable" | "kind" | "apiVersion"]) => self.expect_plain(value),
                Some(["metadata"]) => self.secret_metadata(value),
                Some(["metadata", "annotations"]) => {
                    if let Value::Object(annotations) = value {
                        annotations.iter_mut().for_each(|(key, value)| self.annotation(key, value));
                    }
                }
                Some(["metadata", "annotations", key]) => self.annotation(key, value),
                Some(["metadata", ..]) => {}
                _ => self.replace(value, Form::Plain),
            }
        }
    }

    /// Whatever body is about Secrets: an object, a list, a table, a row of one, a patch.
    pub(super) fn about_secrets(&mut self, root: &mut Value, about: &About<'_>) {
        if about.is_json_patch() {
            return self.secret_patch(root);
        }
        let Value::Object(members) = root else { return self.replace(root, Form::Plain) };
        if matches!(members.get("kind").and_then(Value::as_str), Some("PartialObjectMetadata")) {
            if let Some(metadata) = members.get_mut("metadata") {
                self.secret_metadata(metadata);
            }
            return;
        }
        for list in ["items", "rows"] {
            if let Some(Value::Array(items)) = members.get_mut(list) {
                items.iter_mut().for_each(|item| self.item(item));
                return;
            }
        }
        self.item(root);
    }

    /// A Secret, or a table's row with one in it. Cells say its name, type, age and how many values it has.
    fn item(&mut self, item: &mut Value) {
        let Value::Object(members) = item else { return self.replace(item, Form::Plain) };
        if members.contains_key("cells") {
            if let Some(Value::Object(object)) = members.get_mut("object") {
                self.secret(object);
            }
        } else {
            self.secret(members);
        }
    }
}

fn is_secret(members: &Map<String, Value>) -> bool {
    members.get("kind").and_then(Value::as_str) == Some("Secret")
        && members.get("apiVersion").and_then(Value::as_str).is_none_or(|version| version == "v1")
}

/// The path of a patch's operation; `None` where it is none.
pub(super) fn pointer_of(operation: &Value) -> Option<Vec<String>> {
    match operation.get("path")?.as_str()? {
        "" => Some(Vec::new()),
        pointer => Some(path::keys(pointer.strip_prefix('/')?)),
    }
}
