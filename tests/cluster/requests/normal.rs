//! Placeholders for what differs between two runs of the same requests.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

/// A pattern and its placeholder.
type Rule = (Regex, &'static str);

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let rules = [
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "{uid}"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "{time}"),
        (r"(in record \(|resource version: |current: )\d+", "${1}{rv}"),
        (r#"(\\?"resourceVersion\\?":\\?")\d+"#, "${1}{rv}"),
        (r"\b10\.\d+\.\d+\.\d+\b", "{ip}"),
        (r"\b3\d{4}/(TCP|UDP)", "{port}/${1}"),
        (r"\((\d+[smhdy])+ ago\)", "({age} ago)"),
    ];
    rules.into_iter().map(|(pattern, placeholder)| (Regex::new(pattern).unwrap(), placeholder)).collect()
});

static AGE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(<unknown>|(\d+[smhdy])+)$").unwrap());

/// Columns whose cells are ages.
const AGES: &[&str] = &["Age", "Last Seen", "First Seen", "Duration", "Since"];

pub(super) fn text(text: &str, namespace: &str) -> String {
    let text = text.replace(namespace, "{ns}");
    RULES.iter().fold(text, |text, (pattern, placeholder)| pattern.replace_all(&text, *placeholder).into_owned())
}

/// An object with placeholders.
pub(super) fn object(mut object: Value, namespace: &str, managed_fields: bool) -> Value {
    if object["kind"] == "Table" {
        table(&mut object);
    }
    let mut stack = vec![(String::new(), &mut object)];
    while let Some((key, value)) = stack.pop() {
        if key == "nodePort" && value.is_number() {
            *value = json!("{port}");
            continue;
        }
        if let Some(list) = value.as_array_mut().filter(|_| key == "managedFields") {
            // The order of managers depends on the second in which they wrote.
            let part = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
            list.sort_by_key(|entry| ["manager", "operation", "subresource"].map(|name| part(entry, name)));
        }
        match value {
            Value::Object(map) => {
                let is_metadata = ["generation", "name", "resourceVersion"].iter().any(|name| map.contains_key(*name));
                if is_metadata && !managed_fields {
                    map.shift_remove("managedFields");
                }
                // Opaque: a real server hashes the version in which it stores a kind.
                map.shift_remove("storageVersionHash");
                generated_name(map);
                let members = std::mem::take(map).into_iter().map(|(name, value)| (text(&name, namespace), value));
                map.extend(members);
                stack.extend(map.iter_mut().map(|(name, value)| (name.clone(), value)));
            }
            Value::Array(list) => stack.extend(list.iter_mut().map(|value| (key.clone(), value))),
            Value::String(found) => {
                *found = match key.as_str() {
                    "resourceVersion" if found.parse::<u64>().is_ok() => "{rv}".to_owned(),
                    "continue" if !found.is_empty() => "{continue}".to_owned(),
                    "token" => "{token}".to_owned(),
                    _ => text(found, namespace),
                };
            }
            _ => {}
        }
    }
    object
}

fn generated_name(map: &mut serde_json::Map<String, Value>) {
    let Some(prefix) = map.get("generateName").and_then(Value::as_str).map(str::to_owned) else { return };
    if map.get("name").and_then(Value::as_str).is_some_and(|name| name.starts_with(&prefix)) {
        map.insert("name".to_owned(), json!(format!("{prefix}{{suffix}}")));
    }
}

/// Drops the descriptions of columns and replaces ages.
fn table(table: &mut Value) {
    let mut ages = Vec::new();
    for (at, column) in table["columnDefinitions"].as_array_mut().into_iter().flatten().enumerate() {
        if let Some(column) = column.as_object_mut() {
            column.shift_remove("description");
        }
        if column["name"].as_str().is_some_and(|name| AGES.contains(&name)) {
            ages.push(at);
        }
    }
    for row in table["rows"].as_array_mut().into_iter().flatten() {
        for at in &ages {
            if row["cells"][*at].as_str().is_some_and(|cell| AGE.is_match(cell)) {
                row["cells"][*at] = json!("{age}");
            }
        }
    }
}
