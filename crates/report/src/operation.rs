//! Operations as text and JSON.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::document::push_document;
use super::json::value_of;
use super::table::Table;
use kuberewind_analysis::queries::refusal::{is_refused_write, refused_write};
use kuberewind_model::json::parse;
use kuberewind_model::{ActorId, BodyId, Duration, History, KindId, Lineage, Operation, Outcome, Remark, Result, Timestamp};
use kuberewind_render::yaml;
use kuberewind_text::{counted, fit, printable};

/// The names of actors and kinds, which operations refer to by id.
#[derive(Debug, Default)]
pub struct Names {
    actors: HashMap<ActorId, Arc<str>>,
    kinds: HashMap<KindId, Arc<str>>,
}

impl Names {
    /// Reads the names of all actors and kinds of a recording.
    ///
    /// # Errors
    /// When the recording cannot be read.
    pub fn read(source: &dyn History) -> Result<Names> {
        let actors = source.actors()?.into_iter().map(|actor| (actor.id, actor.name)).collect();
        let kinds = source.kinds()?.into_iter().filter_map(|kind| Some((kind.id?, Arc::from(kind.display_name())))).collect();
        Ok(Names { actors, kinds })
    }

    #[must_use]
    pub fn actor(&self, operation: &Operation) -> &str {
        self.actors.get(&operation.actor).map_or("?", |name| name)
    }

    /// Formats the target as `Deployment/shop/checkout`, `Deployment/shop/checkout/status` or `Pod/shop`.
    #[must_use]
    pub fn target(&self, operation: &Operation) -> String {
        let kind = operation.kind.and_then(|kind| self.kinds.get(&kind)).map_or("?", |name| name);
        let parts = [kind, &operation.namespace, &operation.name, &operation.subresource];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
    }
}

/// Formats operations as lines with aligned columns.
#[derive(Debug)]
pub struct OperationLine<'a> {
    pub names: &'a Names,
    /// The session's start. Times are printed relative to it.
    pub start: Timestamp,
}

impl OperationLine<'_> {
    /// Formats an operation as `#412   +2.131s  UPDATE  200  hpa…  Deployment/shop/checkout  4ms`, without a line feed.
    #[must_use]
    pub fn text(&self, operation: &Operation) -> String {
        let number = operation.seq.to_string();
        let since = format!("+{}", operation.at.since(self.start));
        let verb = if operation.verb.is_watch_event() {
            operation.verb.as_str().to_owned()
        } else {
            operation.verb.as_str().to_uppercase()
        };
        let status =
            if operation.verb.is_watch_event() && operation.status < 400 { String::new() } else { status_text(operation) };
        let mut line = format!(
            "{number:>7}  {since:>9}  {} {} {} {}",
            fit(&verb, 16),
            fit(&status, 4),
            fit(&printable(self.names.actor(operation)), 26),
            printable(&self.names.target(operation)),
        );
        if let Some(list) = &operation.list {
            line.push_str(&format!("  {}, {} changed", counted(list.items, "item"), list.changed));
        }
        if !operation.verb.is_watch_event() {
            line.push_str(&format!("  {}", operation.duration));
        }
        if !operation.error.is_empty() {
            line.push_str(&format!("  ! {}", printable(&operation.error)));
        } else if !matches!(operation.outcome, Outcome::Done | Outcome::Refused) {
            line.push_str(&format!("  ({})", operation.outcome.as_str()));
        }
        line
    }
}

fn status_text(operation: &Operation) -> String {
    if operation.status == 0 { "-".to_owned() } else { operation.status.to_string() }
}

#[must_use]
pub fn operation_json(names: &Names, operation: &Operation) -> Value {
    json!({
        "sequence_number": operation.seq.0,
        "timestamp": operation.at.rfc3339(9),
        "duration_ns": operation.duration.0,
        "actor": names.actor(operation),
        "verb": operation.verb.as_str(),
        "operation_type": operation.verb.operation_type().as_str(),
        "object": names.target(operation),
        "namespace": operation.namespace.as_ref(),
        "name": operation.name.as_ref(),
        "subresource": operation.subresource.as_ref(),
        "status": operation.status,
        "outcome": operation.outcome.as_str(),
        "error": operation.error.as_ref(),
        "changed_world": operation.changed_world,
    })
}

/// The texts of the server's warnings.
#[must_use]
pub fn warnings(remarks: &[Remark]) -> Vec<&str> {
    remarks.iter().filter_map(|remark| if let Remark::Warning(text) = remark { Some(text.as_ref()) } else { None }).collect()
}

/// The mutating webhooks that changed the object.
#[must_use]
pub fn webhooks(remarks: &[Remark]) -> Vec<&str> {
    remarks.iter().filter_map(|remark| if let Remark::ChangedBy(text) = remark { Some(text.as_ref()) } else { None }).collect()
}

/// Returns everything recorded about an operation as JSON: its row, its details, the request body, the response body, and for a
/// refused write what it was made on and what was written meanwhile.
///
/// # Errors
/// When the recording cannot be read.
pub fn operation_facts(source: &dyn History, lineage: &Lineage, names: &Names, operation: &Operation) -> Result<Value> {
    let mut facts = operation_json(names, operation);
    let detail = source.operation_detail(lineage, operation.seq)?.map(|detail| detail.detail).unwrap_or_default();
    let version = operation.version.map(|version| source.version(version)).transpose()?.flatten();
    let body = |body: Option<BodyId>| -> Result<Value> {
        let text = body.map(|body| source.body(body)).transpose()?.flatten();
        // A body that is not JSON becomes a string.
        Ok(text.map_or(Value::Null, |text| parse::parse(&text).unwrap_or_else(|_| Value::String(text.to_string()))))
    };
    let response = operation.response_body.or_else(|| version.as_ref().and_then(|version| version.body));
    if let Some(members) = facts.as_object_mut() {
        for (key, value) in [
            ("uri", &detail.uri),
            ("user", &detail.user),
            ("user_agent", &detail.user_agent),
            ("field_manager", &detail.field_manager),
            ("media_type", &detail.media_type),
            ("precondition", &detail.precondition),
            ("audit_id", &detail.audit_id),
            ("traceparent", &detail.traceparent),
            ("reason", &detail.reason),
        ] {
            members.insert(key.to_owned(), Value::from(value.as_ref()));
        }
        for (key, texts) in [("warnings", warnings(&detail.remarks)), ("changed_by", webhooks(&detail.remarks))] {
            members.insert(key.to_owned(), Value::from(texts));
        }
        members.insert("request_bytes".to_owned(), Value::from(detail.request_bytes));
        members.insert("response_bytes".to_owned(), Value::from(detail.response_bytes));
        let changed_nothing = version.as_ref().is_some_and(|version| operation.changed_nothing(version));
        members.insert("changed_nothing".to_owned(), Value::from(changed_nothing));
        members.insert("shape".to_owned(), version.as_ref().map_or(Value::Null, |version| Value::from(version.shape.as_str())));
        members.insert("request".to_owned(), body(operation.request_body)?);
        members.insert("response".to_owned(), body(response)?);
        let refused = is_refused_write(operation).then(|| refused_write(source, lineage, operation.seq)).transpose()?;
        members.insert("refused_write".to_owned(), refused.map_or(Ok(Value::Null), |refused| value_of(&refused))?);
    }
    Ok(facts)
}

/// Formats the result of [`operation_facts`]: a table without empty values, then the bodies as YAML.
#[must_use]
pub fn operation_text(facts: &Value) -> String {
    let mut table = Table::new(&[]);
    for (key, value) in facts.as_object().into_iter().flatten() {
        let text = match value {
            Value::String(text) if !text.is_empty() => text.clone(),
            Value::Number(number) if key == "duration_ns" => Duration(number.as_u64().unwrap_or_default()).to_string(),
            Value::Number(number) if !key.ends_with("_bytes") || number.as_u64() != Some(0) => number.to_string(),
            Value::Bool(true) => "yes".to_owned(),
            Value::Array(texts) if !texts.is_empty() && (key == "warnings" || key == "changed_by") => {
                texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ")
            }
            _ => continue,
        };
        if key != "request" && key != "response" {
            table.row([key.trim_end_matches("_ns").replace('_', " "), text]);
        }
    }
    let mut out = table.text().trim_start().to_owned();
    for part in ["request", "response"] {
        let Some(body) = facts.get(part).filter(|body| !body.is_null()) else { continue };
        out.push_str(&format!("\n{part}:\n"));
        push_document(&mut out, &yaml::render(body), false);
    }
    out
}
