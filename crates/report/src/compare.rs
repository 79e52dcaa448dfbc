//! The comparison of two sessions as text and JSON.

use serde_json::{Map, Value, json};

use kuberewind_analysis::compare::{ChangedPath, Comparison, Divergence, ObjectDifference, Side, Trouble, WorldDifference};
use kuberewind_analysis::queries::why::{Chain, why_operation};
use kuberewind_model::json::parse::parse;
use kuberewind_model::json::paths::lookup;
use kuberewind_model::json::scalar;
use kuberewind_model::{Error, ErrorKind, History, Result, Seq, VersionId};
use kuberewind_text::{counted, counted_len, printable};

use super::why::why_text;

/// The most links of a chain of causes.
const CAUSES: usize = 6;
/// The most fields that the text lists.
const LISTED: usize = 20;

/// Returns a comparison as JSON: the keys `first_divergence`, `writes`, `end` and `findings`. `causes` adds the causes of both sides of
/// the divergence.
///
/// # Errors
/// A recording cannot be read.
pub fn comparison_json(comparison: &Comparison, old: &Side<'_>, new: &Side<'_>, causes: bool) -> Result<Map<String, Value>> {
    let divergence = comparison.first_divergence.as_ref();
    let counts = comparison.counts();
    let first = divergence.map(|first| divergence_json(first, old, new, causes)).transpose()?;
    let writes = json!({"same": counts.same, "new": counts.new, "missing": counts.missing, "different": counts.different});
    let list = |list: &[Trouble]| list.iter().map(trouble_json).collect::<Value>();
    let found = &comparison.findings;
    let findings = json!({"gone": list(&found.gone), "still": list(&found.still), "new": list(&found.new)});
    let all = [
        ("first_divergence", first.unwrap_or_default()),
        ("writes", writes),
        ("end", end_json(&comparison.end, old, new)?),
        ("findings", findings),
    ];
    Ok(all.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn divergence_json(divergence: &Divergence, old: &Side<'_>, new: &Side<'_>, causes: bool) -> Result<Value> {
    let side = |side: &Side<'_>, seq: Option<Seq>| -> Result<Value> {
        let Some(seq) = seq else { return Ok(Value::Null) };
        let (verb, object) = write_of(side, seq)?;
        let mut write = json!({"operation": seq.0, "verb": verb, "object": object});
        if causes {
            write["causes"] = super::json::value_of(&why(side, seq)?.links.get(1..).unwrap_or_default())?;
        }
        Ok(write)
    };
    let step = divergence.step;
    Ok(json!({"old": side(old, step.old)?, "new": side(new, step.new)?, "fields": divergence.fields}))
}

fn trouble_json(trouble: &Trouble) -> Value {
    json!({"detector": trouble.finding.detector, "object": trouble.finding.object})
}

fn end_json(end: &WorldDifference, old: &Side<'_>, new: &Side<'_>) -> Result<Value> {
    let mut fields = Vec::new();
    for object in &end.objects {
        for field in fields_of(object, old.history, new.history)? {
            fields.push(json!({"object": object.object, "path": field.path, "old": field.old, "new": field.new}));
        }
    }
    Ok(json!({"same": end.is_same(), "fields": fields}))
}

/// Formats a comparison for people.
///
/// # Errors
/// A recording cannot be read.
pub fn comparison_text(comparison: &Comparison, old: &Side<'_>, new: &Side<'_>) -> Result<String> {
    let counts = comparison.counts();
    let mut out =
        format!("writes: {} same, {} new, {} missing, {} different\n", counts.same, counts.new, counts.missing, counts.different);
    if let Some(first) = &comparison.first_divergence {
        out.push_str(&divergence_text(first, old, new)?);
    }
    out.push_str(&end_text(&comparison.end, old, new)?);
    let found = &comparison.findings;
    for (word, list) in [("gone", &found.gone), ("still there", &found.still), ("new", &found.new)] {
        for trouble in list {
            let finding = &trouble.finding;
            out.push_str(&format!("finding {word}: {} {}\n", finding.detector, printable(&finding.sentence)));
        }
    }
    if found.gone.is_empty() && found.still.is_empty() && found.new.is_empty() {
        out.push_str("no findings in either session\n");
    }
    Ok(out)
}

fn divergence_text(first: &Divergence, old: &Side<'_>, new: &Side<'_>) -> Result<String> {
    let mut out = String::from("first divergence:");
    if !first.fields.is_empty() {
        out.push_str(&format!(" {}", printable(&first.fields.join(", "))));
    }
    out.push('\n');
    for (word, side, seq) in [("old", old, first.step.old), ("new", new, first.step.new)] {
        let Some(seq) = seq else {
            out.push_str(&format!("  {word}: {} has no such write\n", printable(side.session_id)));
            continue;
        };
        for (at, line) in why_text(&why(side, seq)?).lines().enumerate() {
            let indent = if at == 0 { format!("  {word}: ") } else { " ".repeat(7) };
            out.push_str(&format!("{indent}{line}\n"));
        }
    }
    Ok(out)
}

fn end_text(end: &WorldDifference, old: &Side<'_>, new: &Side<'_>) -> Result<String> {
    if end.is_same() {
        return Ok("both sessions end in the same world\n".to_owned());
    }
    let count = u64::try_from(end.objects.len()).unwrap_or(u64::MAX).saturating_add(end.more);
    let differ = if count == 1 { "differs" } else { "differ" };
    let mut out = format!("at the end {} {differ}:\n", counted(count, "object"));
    let (mut listed, mut hidden) = (0, 0);
    for object in &end.objects {
        for field in fields_of(object, old.history, new.history)? {
            listed += 1;
            if listed > LISTED {
                hidden += 1;
                continue;
            }
            let line = match (&object.old, &object.new) {
                (Some(_), Some(_)) => format!("{}: {} → {}", field.path, inline(&field.old), inline(&field.new)),
                (Some(_), None) => "only in the old session".to_owned(),
                (None, _) => "only in the new session".to_owned(),
            };
            out.push_str(&format!("  {} {}\n", printable(&object.object), printable(&line)));
        }
    }
    if hidden > 0 || end.more > 0 {
        let objects = if end.more > 0 { format!(" and {}", counted(end.more, "further object")) } else { String::new() };
        out.push_str(&format!("  and {}{objects}; --format json lists them\n", counted_len(hidden, "further field")));
    }
    Ok(out)
}

fn inline(value: &Value) -> String {
    scalar::inline(value)
}

/// A field that differs at the end, with its values.
struct Field {
    path: String,
    old: Value,
    new: Value,
}

/// The fields of an object that differ. An object of one world only has one field with an empty path.
fn fields_of(object: &ObjectDifference, old: &dyn History, new: &dyn History) -> Result<Vec<Field>> {
    let before = object.old.map(|version| content(old, version)).transpose()?.unwrap_or_default();
    let after = object.new.map(|version| content(new, version)).transpose()?.unwrap_or_default();
    if object.old.is_none() || object.new.is_none() {
        return Ok(vec![Field { path: String::new(), old: before, new: after }]);
    }
    let value = |content: &Value, path: &Option<String>| {
        path.as_ref().and_then(|path| lookup(content, path)).cloned().unwrap_or_default()
    };
    let field = |changed: &ChangedPath| Field {
        path: changed.path().to_owned(),
        old: value(&before, &changed.before),
        new: value(&after, &changed.after),
    };
    Ok(object.paths.iter().map(field).collect())
}

fn content(history: &dyn History, version: VersionId) -> Result<Value> {
    let body = history.version(version)?.and_then(|version| version.body);
    let text = body.map(|body| history.body(body)).transpose()?.flatten();
    text.map(|text| {
        parse(&text).map_err(|error| Error::new(ErrorKind::Damaged, "an object is not JSON").because(error.to_string()))
    })
    .transpose()
    .map(Option::unwrap_or_default)
}

/// The verb and the object of a write.
fn write_of(side: &Side<'_>, seq: Seq) -> Result<(&'static str, String)> {
    let Some(operation) = side.history.operation(side.lineage, seq)? else { return Ok(("", String::new())) };
    let object = operation.object.map(|object| side.history.object(object)).transpose()?.flatten();
    let name = match object {
        Some(object) => object.to_string(),
        None => {
            let kind = operation.kind.map(|kind| side.history.kind(kind)).transpose()?.flatten();
            let kind = kind.map(|kind| kind.display_name().to_owned()).unwrap_or_default();
            let parts = [kind.as_str(), &operation.namespace, &operation.name];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
        }
    };
    Ok((operation.verb.operation_type().as_str(), name))
}

fn why(side: &Side<'_>, seq: Seq) -> Result<Chain> {
    why_operation(side.history, side.lineage, seq, CAUSES)
}
