//! Tables within JSON: names and rows of values, or rows of pairs of a name and a value.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

#[derive(serde::Deserialize)]
struct Column {
    name: String,
}

/// Joins the rows of a table with the names of its columns.
pub(super) fn rows(columns: &[u8], rows: &[u8]) -> Option<Vec<Vec<u8>>> {
    let columns: Vec<Column> = serde_json::from_slice(columns).ok()?;
    let rows: Vec<Vec<&RawValue>> = serde_json::from_slice(rows).ok()?;
    let names: Vec<String> = columns.iter().map(|column| Value::from(column.name.as_str()).to_string()).collect();
    let row = |cells: Vec<&RawValue>| {
        let members: Vec<String> = names.iter().zip(cells).map(|(name, cell)| format!("{name}:{}", cell.get())).collect();
        format!("{{{}}}", members.join(",")).into_bytes()
    };
    Some(rows.into_iter().map(row).collect())
}

#[derive(serde::Deserialize)]
struct Pair {
    field: String,
    value: Value,
}

/// Makes an object of `[{"field": …, "value": …}, …]`; `None` for any other array.
pub(super) fn pairs(array: &[u8]) -> Option<Vec<u8>> {
    let start = array.get(..64.min(array.len()))?;
    memchr::memmem::find(start, b"\"field\"")?;
    let pairs: Vec<Pair> = serde_json::from_slice(array).ok()?;
    let object: Map<String, Value> = pairs.into_iter().map(|pair| (pair.field, pair.value)).collect();
    Some(Value::Object(object).to_string().into_bytes())
}
