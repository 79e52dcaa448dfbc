//! Opens envelopes: walks from the outermost JSON value to the entries in it.

use std::borrow::Cow;

use kuberewind_model::Timestamp;
use kuberewind_model::json::scan::Scan;

use super::dialect::Dialect;
use super::leaf::Leaves;
use super::opened::{Opened, Text};
use super::prefixed::{self, Content};
use super::shape::Shape;
use super::{span, table};
use crate::audit;
use crate::times;

/// Values within values at most.
const MAX_DEPTH: u8 = 10;
/// Values of a record at most.
const MAX_VALUES: usize = 4_000_000;

/// Finds the entries in a JSON value.
pub(super) fn open<'a>(value: Cow<'a, [u8]>, at: Option<Timestamp>, top: bool, out: &mut Leaves<'a>) {
    let mut left = vec![Opened::Text(Text { at, top, ..Text::new(value) })];
    let mut values = 0;
    // How much was found before each open element.
    let mut marks = Vec::new();
    while let Some(opened) = left.pop() {
        let found = out.list.len() as u64 + out.understood + out.unread;
        match opened {
            Opened::ElementStart => marks.push(found),
            Opened::ElementEnd { length } => {
                if marks.pop() == Some(found) {
                    out.noise(length, "it holds no entry");
                }
            }
            Opened::Text(text) => {
                values += 1;
                if text.depth > MAX_DEPTH {
                    out.why.get_or_insert_with(|| "it has too many nested envelopes".to_owned());
                } else if values > MAX_VALUES {
                    return out.unread(text.text.len(), &format!("it holds more than {MAX_VALUES} values"));
                } else {
                    one(text, &mut left, out);
                }
            }
        }
    }
}

fn one<'a>(text: Text<'a>, left: &mut Vec<Opened<'a>>, out: &mut Leaves<'a>) {
    let second = text.text.get(1..).unwrap_or_default().trim_ascii_start().first();
    match (text.text.first(), second) {
        (Some(b'{'), Some(b'"' | b'}')) => object(text, left, out),
        // A log line may begin with a bracket.
        (Some(b'['), Some(b'{' | b'[' | b'"' | b']')) => array(&text, left, out),
        _ => {
            // Quoted text: a log line, or JSON behind a prefix.
            match prefixed::content(&text.text) {
                Some(Content::Json(at, range)) => {
                    left.push(Opened::Text(Text { at: at.or(text.at), ..text.part(range) }));
                }
                Some(Content::Log(at, range)) => {
                    let inner = Text { at: at.or(text.at), ..text.part(range) };
                    out.push(Dialect::Log, inner.text, inner.at);
                }
                None => {}
            }
        }
    }
}

fn object<'a>(text: Text<'a>, left: &mut Vec<Opened<'a>>, out: &mut Leaves<'a>) {
    let shape = match Shape::read(&text.text) {
        Ok(shape) => shape,
        // A body may be nested too deep for the scan; the reader of the event decides.
        Err(_) if prefixed::mentions_audit_event(&text.text) => return out.push(Dialect::Audit, text.text, text.at),
        Err(error) => return out.unread(text.text.len(), &format!("it is not JSON ({error})")),
    };
    match shape.entry {
        Some(Dialect::Span) => {
            return match span::exchange(&text.text) {
                Some(exchange) => out.push(Dialect::Span, Cow::Owned(exchange), None),
                None => out.understood += 1,
            };
        }
        // An object within something else is a part of it.
        Some(Dialect::Watch) if !text.top && !is_watch_event(&text.text) => return,
        Some(dialect) => {
            let list = text.list.clone();
            return out.push(dialect, with_kind(text.text, list), text.at);
        }
        None => {}
    }
    if shape.inner_span {
        out.understood += 1;
        return;
    }
    if let Some(list) = text.list.as_ref().filter(|_| text.top) {
        return out.push(Dialect::Watch, with_kind(text.text.clone(), Some(list.clone())), text.at);
    }
    let at = shape.time(&text.text).and_then(time).or(text.at);
    let text = Text { at, ..text };
    let made = match () {
        () if shape.google.is_some() => audit::from_google(&text.text),
        () if shape.azure_columns => audit::from_azure(&text.text),
        () => Err(String::new()),
    };
    match made {
        Ok(event) => return out.push(Dialect::Audit, Cow::Owned(event), None),
        Err(why) if !why.is_empty() => drop(out.why.get_or_insert(why)),
        Err(_) => {}
    }
    members(text, &shape, left, out);
}

/// Queues the values within an object that is not an entry itself.
fn members<'a>(text: Text<'a>, shape: &Shape, left: &mut Vec<Opened<'a>>, out: &mut Leaves<'a>) {
    let message = shape.message(&text.text).and_then(unquoted);
    if shape.logger {
        let is_entry = message.as_ref().is_some_and(|message| message.starts_with(b"{") && prefixed::mentions_entry(message));
        return match message.filter(|_| is_entry) {
            Some(message) => left.push(Opened::Text(text.inner(Cow::Owned(message)))),
            None => out.push(Dialect::Log, text.text, text.at),
        };
    }
    if let (Some(columns), Some(rows)) = (&shape.columns, &shape.rows)
        && let Some(rows) = table::rows(&text.text[columns.clone()], &text.text[rows.clone()])
    {
        out.understood += u64::from(rows.is_empty());
        for row in rows.into_iter().rev() {
            left.push(Opened::ElementEnd { length: row.len() });
            left.push(Opened::Text(text.inner(Cow::Owned(row))));
            left.push(Opened::ElementStart);
        }
        return;
    }
    if let Some(message) = message.filter(|message| !prefixed::mentions_entry(message)) {
        let message = message.trim_ascii();
        // With a time and nothing else in the envelope, any text is a log line.
        let whole = (text.at.is_some() && shape.nested.is_empty()).then_some((None, 0..message.len()));
        if let Some((at, range)) = prefixed::log_line(message).or(whole) {
            return out.push(Dialect::Log, Cow::Owned(message[range].to_vec()), at.or(text.at));
        }
    }
    for nested in shape.nested.iter().rev() {
        let mut inner = match nested.quoted {
            false => text.part(nested.range.clone()),
            true => match unquoted(&text.text[nested.range.clone()]) {
                Some(unquoted) => text.inner(Cow::Owned(unquoted.trim_ascii().to_vec())),
                None => continue,
            },
        };
        inner.batch = nested.batch;
        if nested.batch && shape.list.is_some() {
            (inner.list, inner.top) = (shape.list.clone(), true);
        }
        left.push(Opened::Text(inner));
    }
    out.understood += u64::from(shape.list.is_some());
}

fn array<'a>(text: &Text<'a>, left: &mut Vec<Opened<'a>>, out: &mut Leaves<'a>) {
    if let Some(object) = table::pairs(&text.text) {
        return left.push(Opened::Text(text.inner(Cow::Owned(object))));
    }
    let mut scan = Scan::new(&text.text);
    let mut elements = Vec::new();
    let mut read = || -> Result<(), kuberewind_model::json::scan::ScanError> {
        let Some(mut members) = scan.array()? else { return Ok(()) };
        while scan.element(&mut members)? {
            let kind = scan.peek();
            let start = scan.offset();
            let length = scan.skip()?.len();
            elements.push((kind, start..start + length));
        }
        Ok(())
    };
    if let Err(error) = read() {
        out.unread(text.text.len(), &format!("it is not JSON ({error})"));
    }
    if elements.is_empty() {
        out.understood += u64::from(text.batch);
        return;
    }
    if let Some(log) = timed_line(text, &elements) {
        return left.push(Opened::Text(log));
    }
    for (kind, range) in elements.into_iter().rev() {
        let length = range.len();
        let part = match kind {
            Some(b'{' | b'[') => Text { top: text.top, batch: text.batch, list: text.list.clone(), ..text.part(range) },
            Some(b'"') if memchr::memchr(b'{', &text.text[range.clone()]).is_some() => {
                match unquoted(&text.text[range.clone()]) {
                    Some(unquoted) => text.inner(Cow::Owned(unquoted.trim_ascii().to_vec())),
                    None => continue,
                }
            }
            _ => continue,
        };
        if text.batch && kind == Some(b'{') {
            left.push(Opened::ElementEnd { length });
            left.push(Opened::Text(part));
            left.push(Opened::ElementStart);
        } else {
            left.push(Opened::Text(part));
        }
    }
}

/// Loki's pair of a time and a line.
fn timed_line<'a>(text: &Text<'a>, elements: &[(Option<u8>, std::ops::Range<usize>)]) -> Option<Text<'a>> {
    let [(Some(b'"'), time), (Some(b'"'), line), ..] = elements else { return None };
    let at = self::time(&text.text[time.clone()])?;
    let line = unquoted(&text.text[line.clone()])?;
    Some(Text { at: Some(at), ..text.inner(Cow::Owned(line.trim_ascii().to_vec())) })
}

/// The time of the JSON line of a logger.
pub(crate) fn time_of(line: &[u8]) -> Option<Timestamp> {
    Shape::read(line).ok()?.time(line).and_then(time)
}

/// The time of a JSON string or number.
fn time(value: &[u8]) -> Option<Timestamp> {
    times::time(std::str::from_utf8(value).ok()?.trim_matches('"'))
}

/// The content of a JSON string.
fn unquoted(value: &[u8]) -> Option<Vec<u8>> {
    serde_json::from_slice::<String>(value).ok().map(String::into_bytes)
}

fn is_watch_event(text: &[u8]) -> bool {
    let mut scan = Scan::new(text);
    let Ok(Some(mut members)) = scan.object() else { return false };
    while let Ok(Some(key)) = scan.key(&mut members) {
        if key.is("object") {
            return true;
        }
        if scan.skip().is_err() {
            return false;
        }
    }
    false
}

/// Adds the kind and version that the items of a typed list lack.
fn with_kind(item: Cow<'_, [u8]>, list: Option<(String, String)>) -> Cow<'_, [u8]> {
    let Some((kind, version)) = list.filter(|(kind, _)| kind != "List") else { return item };
    let mut scan = Scan::new(&item);
    if let Ok(Some(mut members)) = scan.object() {
        while let Ok(Some(key)) = scan.key(&mut members) {
            if key.is("kind") || key.is("auditID") {
                return item;
            }
            if scan.skip().is_err() {
                return item;
            }
        }
    }
    let kind = kind.strip_suffix("List").unwrap_or(&kind);
    let head = format!("{{\"apiVersion\":{},\"kind\":{}", serde_json::Value::from(version), serde_json::Value::from(kind));
    let rest = item.get(1..).unwrap_or_default();
    let comma: &[u8] = if rest.trim_ascii().starts_with(b"}") { b"" } else { b"," };
    Cow::Owned([head.as_bytes(), comma, rest].concat())
}
