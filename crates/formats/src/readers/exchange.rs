//! Writes requests and their responses: the entries of a HAR file, of client-go's log and the spans of an API server.

use std::collections::HashMap;
use std::sync::Arc;

use http::HeaderValue;

use super::http_entry::{HttpEntry, HttpRequest};
use crate::import_session::{CallDetail, ImportSession, Request, Response};
use crate::reader::{Parts, Reader, Records};
use crate::sorter::{RecordLocation, TimedPart};
use kuberewind_capture::{CallId, Ending, ResponseBody};
use kuberewind_model::k8s::request::Query;
use kuberewind_model::k8s::user_agent;
use kuberewind_model::{Result, Timestamp};

const END: u8 = 0;
const WHOLE: u8 = 1;
const START: u8 = 2;
/// Open requests at the same time.
const MAX_OPEN: usize = 65_536;
/// Longer names are cut, because they come from a file.
const MAX_NAME: usize = 128;

#[derive(Default)]
pub(super) struct ExchangeReader {
    open: HashMap<RecordLocation, CallId>,
}

impl Reader for ExchangeReader {
    fn default_actor(&self) -> &'static str {
        "client"
    }

    fn read(&mut self, record: &[u8], _: RecordLocation, parts: &mut Parts) -> std::result::Result<(), String> {
        let entry = HttpEntry::read(record)?;
        entry.request.method()?;
        entry.request.uri()?;
        let (start, end) = entry.times()?;
        if start == end {
            parts.add(start, WHOLE);
        } else {
            parts.add(start, START);
            parts.add(end, END);
        }
        Ok(())
    }

    fn write(&mut self, part: &TimedPart, record: &[u8], _: &mut Records<'_>, session: &mut ImportSession) -> Result<()> {
        // The first pass read it; a file that was changed since then has lost it.
        let Ok(entry) = HttpEntry::read(record) else {
            session.unreadable(record.len() as u64);
            return Ok(());
        };
        let at = Timestamp(part.at);
        let call = match self.open.remove(&part.location) {
            Some(call) => Some(call),
            None => start(&entry.request, at, session)?,
        };
        let Some(call) = call else { return Ok(()) };
        if part.stage == START && self.open.len() < MAX_OPEN {
            self.open.insert(part.location, call);
            return Ok(());
        }
        end(&entry, call, at, session)
    }

    fn finish(&mut self, _: Timestamp, _: &mut ImportSession) -> Result<()> {
        Ok(())
    }
}

fn start(request: &HttpRequest, at: Timestamp, session: &mut ImportSession) -> Result<Option<CallId>> {
    let (Ok(method), Ok(uri)) = (request.method(), request.uri()) else { return Ok(None) };
    session
        .request(Request {
            at,
            actor: actor(request, uri.query().unwrap_or_default()),
            method,
            uri,
            user_agent: request.header("user-agent").and_then(|agent| HeaderValue::from_str(agent).ok()),
            media_type: request.media_type().unwrap_or_default().to_owned().into(),
            body: request.body(),
            span: None,
        })
        .map(Some)
}

fn end(entry: &HttpEntry, call: CallId, at: Timestamp, session: &mut ImportSession) -> Result<()> {
    let Some(status) = entry.response.status() else {
        return session.end(call, at, Ending::Failed("the source has no response".into()));
    };
    let body = entry.response.body();
    if body.is_none() {
        let answer = ResponseBody::NotKept;
        session.detail(call, CallDetail { name: "".into(), precondition: "".into(), answer, remarks: Vec::new() })?;
    }
    let audit_id = entry.response.audit_id();
    session.typed_response(call, Response { at, status, audit_id, body: body.unwrap_or_default() }, entry.response.media_type())
}

/// The program and its component, as the User-Agent header names them.
fn actor(request: &HttpRequest, query: &str) -> Arc<str> {
    let agent = request.header("user-agent").unwrap_or_default();
    let component = user_agent::component(agent).and_then(|component| component.rsplit(':').next());
    let program = user_agent::program(agent);
    let manager = Query::parse(query).get("fieldManager").to_owned();
    let name = match (program, component) {
        (Some(program), Some(component)) if program != component => format!("{program}/{component}"),
        (Some(name), _) | (None, Some(name)) => name.to_owned(),
        (None, None) if !manager.is_empty() => manager,
        (None, None) => "client".to_owned(),
    };
    name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect::<String>().into()
}
