//! A call that is under way.

use std::borrow::Cow;
use std::sync::Arc;

use http::HeaderValue;

use super::body::{self, Gathered};
use super::desk::Desk;
use super::listing::Listing;
use super::message::{Answer, Head, Known, Started};
use super::watching::Watching;
use kuberewind_model::k8s::request::ResourceRequest;
use kuberewind_model::redact::{About, Redactor};
use kuberewind_model::{KindRef, Seq, Target, Text, Verb};

/// What a request is about.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) verb: Verb,
    pub(super) kind: KindRef,
    pub(super) namespace: Arc<str>,
    pub(super) name: Arc<str>,
    pub(super) subresource: Arc<str>,
    pub(super) selector: Arc<str>,
    pub(super) dry_run: bool,
    /// The token that asks for a further page of a list.
    pub(super) continues: String,
    /// The resourceVersion from which a watch is to begin.
    pub(super) from: Arc<str>,
    pub(super) initial_events: bool,
    pub(super) field_manager: Arc<str>,
}

impl Asked {
    pub(super) fn read(started: &Started) -> Option<Asked> {
        let request = ResourceRequest::parse(&started.method, started.uri.path(), started.uri.query().unwrap_or_default())?;
        let mut selector = request.selector();
        if request.verb == Verb::Watch && !request.name.is_empty() && selector.is_empty() {
            // The old way of watching one object: it is one by its name.
            selector = format!("fields:metadata.name={}", request.name);
        }
        // A Namespace is at cluster scope, though its path reads as if it lay in itself.
        let cluster_scope = request.kind.group.is_empty() && &*request.kind.resource == "namespaces";
        Some(Asked {
            verb: request.verb,
            namespace: if cluster_scope { "".into() } else { request.namespace.as_str().into() },
            name: request.name.as_str().into(),
            subresource: request.subresource.as_str().into(),
            selector: selector.into(),
            dry_run: request.is_dry_run(),
            continues: request.query.get("continue").to_owned(),
            from: request.query.get("resourceVersion").into(),
            initial_events: request.query.flag("sendInitialEvents"),
            field_manager: request.query.get("fieldManager").into(),
            kind: request.kind,
        })
    }

    /// What a body with this media type is about.
    pub(super) fn about<'a>(&'a self, kind: &'a str, media_type: &'a str) -> About<'a> {
        About {
            group: &self.kind.group,
            resource: &self.kind.resource,
            kind,
            subresource: &self.subresource,
            namespace: &self.namespace,
            name: &self.name,
            media_type,
        }
    }

    pub(super) fn target(&self) -> Target {
        Target {
            kind: Some(self.kind.clone()),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            subresource: self.subresource.clone(),
        }
    }
}

/// How the answer is being read.
#[derive(Debug)]
pub(super) enum Reading {
    /// The head has not come.
    Nothing,
    /// Gathered, and looked at when it is whole.
    Whole(Gathered),
    /// By lines, each an operation.
    Watch(Box<Watching>),
    /// By items.
    List(Box<Listing>),
    /// Not at all: its bytes are counted.
    Passing,
}

/// What is kept of what was sent.
#[derive(Debug, Default)]
pub(super) struct Sent {
    pub(super) text: Option<Text>,
    /// Whether it could be read (or there was nothing to read).
    pub(super) read: bool,
    pub(super) precondition: Arc<str>,
}

/// A call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) started: Box<Started>,
    pub(super) asked: Option<Asked>,
    pub(super) started_after: Seq,
    pub(super) sent: Sent,
    pub(super) head: Option<Head>,
    /// What somebody knows of it who does not have its bodies.
    pub(super) known: Option<Known>,
    pub(super) reading: Reading,
    pub(super) received: u64,
    /// Whether pieces of the answer were lost on the way to us.
    pub(super) incomplete: bool,
}

impl Call {
    pub(super) fn new(started: Box<Started>, desk: &mut Desk) -> Call {
        let mut asked = Asked::read(&started);
        if let Some(asked) = &mut asked
            && let Cow::Owned(cleaned) = desk.redactor.text(&asked.selector)
        {
            asked.selector = cleaned.into();
        }
        let sent = match &asked {
            Some(asked) => sent(asked, &started, &mut desk.redactor),
            None => Sent { read: true, ..Sent::default() },
        };
        Call {
            started_after: desk.outlet.last(),
            asked,
            sent,
            started,
            head: None,
            known: None,
            reading: Reading::Nothing,
            received: 0,
            incomplete: false,
        }
    }

    /// Bytes that it keeps alive.
    pub(super) fn held(&self) -> usize {
        match &self.reading {
            Reading::Nothing | Reading::Passing => 0,
            Reading::Whole(gathered) => gathered.held(),
            Reading::Watch(watching) => watching.held(),
            Reading::List(listing) => listing.held(),
        }
    }

    /// Whether its answer was kept by nobody.
    pub(super) fn left_out(&self) -> bool {
        self.known.as_ref().is_some_and(|known| known.answer != Answer::Told)
    }

    /// HTTP status; 0 while none came.
    pub(super) fn status(&self) -> u16 {
        self.head.as_ref().map_or(0, |head| head.status)
    }
}

/// A header's value as text, '' where there is none.
pub(super) fn header(value: Option<&HeaderValue>) -> &str {
    value.and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn sent(asked: &Asked, started: &Started, redactor: &mut Redactor) -> Sent {
    if started.body.is_empty() && started.body_whole {
        return Sent { read: true, ..Sent::default() };
    }
    let about = asked.about("", header(started.headers.content_type.as_ref()));
    let clean = body::clean(redactor, &about, &started.body, started.body_whole);
    let precondition = if clean.readable && asked.verb.is_write() { body::precondition(&clean.text) } else { String::new() };
    Sent { read: clean.readable, text: Some(Text { bytes: clean.text, cut: false }), precondition: precondition.into() }
}
