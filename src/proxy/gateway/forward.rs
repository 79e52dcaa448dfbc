//! One request: checked, passed on, and its answer passed back.

use std::sync::Arc;

use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tower::BoxError;

use super::accept::ask_for_json;
use super::answer::refusal;
use super::body::Watched;
use super::counters::Counters;
use super::exchange::{Exchange, Teller};
use super::token::Token;
use super::upstream::{OutBody, Upstream};
use super::{control, headers, upgrade};
use crate::proxy::actors::{Caller, Naming};
use crate::proxy::notices::Notices;
use crate::proxy::peers::Peers;
use kuberewind_model::k8s::request::{Query, ResourceRequest};

/// What all connections share.
pub struct Shared {
    /// The way to the API server.
    pub upstream: Upstream,
    /// What clients have to show.
    pub token: Token,
    /// What tells calls to the recording.
    pub teller: Arc<Teller>,
    /// How callers are named.
    pub naming: Naming,
    /// Which programs call.
    pub peers: Peers,
    /// What passed.
    pub counters: Counters,
    /// What the user is told.
    pub notices: Notices,
}

/// Passes one request on. An error breaks the connection off: the client gets a broken transport, as it would have got without a proxy
/// between, never an answer that the API server did not give.
///
/// # Errors
/// Where the API server did not answer.
pub async fn forward(
    shared: Arc<Shared>,
    caller: Arc<Caller>,
    request: Request<Incoming>,
) -> Result<Response<OutBody>, BoxError> {
    if !shared.token.is_shown_by(request.headers()) {
        Counters::count(&shared.counters.strangers);
        shared.notices.once("stranger", "somebody called the proxy without its token: refused with 401, nothing was passed on");
        return Ok(refusal(StatusCode::UNAUTHORIZED, "Unauthorized", "this proxy asks for the token of its kubeconfig"));
    }
    let port = &*shared.teller.port;
    if let Some(answer) = control::answer(request.method(), request.uri().path(), port, &shared.counters) {
        return Ok(answer);
    }
    Counters::count(&shared.counters.calls);
    let exchange = begin(&shared, &caller, &request);
    let upgrading = headers::asks_for_upgrade(request.headers());
    let (outgoing, client_side) = prepare(request, exchange.as_ref(), upgrading);
    let answered = shared.upstream.send(outgoing).await;
    match answered {
        Ok(response) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
            Ok(switch(&shared, exchange, response, client_side))
        }
        Ok(response) => Ok(pass_back(exchange, response)),
        Err(error) => {
            let why = chain(&*error);
            Counters::count(&shared.counters.unanswered);
            shared.notices.once("unanswered", &format!("{} does not answer: {why}", shared.upstream.address()));
            if let Some(exchange) = exchange {
                exchange.failed(&why);
            }
            Err(error)
        }
    }
}

fn begin(shared: &Arc<Shared>, caller: &Caller, request: &Request<Incoming>) -> Option<Exchange> {
    let uri = request.uri();
    let query = uri.query().unwrap_or_default();
    if ResourceRequest::parse(request.method(), uri.path(), query).is_none() {
        Counters::count(&shared.counters.overhead);
        if !is_discovery(uri.path()) {
            return None;
        }
    }
    let manager = if query.contains("fieldManager") { Query::parse(query).get("fieldManager").to_owned() } else { String::new() };
    let actor = shared.naming.actor(request.headers(), &manager, caller);
    Some(shared.teller.begin(request, actor))
}

/// Answers that say what kinds there are; capture reads them and makes no operations of them.
fn is_discovery(path: &str) -> bool {
    path == "/api" || path == "/apis" || path.starts_with("/api/") || path.starts_with("/apis/")
}

type ClientSide = Option<hyper::upgrade::OnUpgrade>;

fn prepare(mut request: Request<Incoming>, exchange: Option<&Exchange>, upgrading: bool) -> (Request<OutBody>, ClientSide) {
    let client_side = upgrading.then(|| hyper::upgrade::on(&mut request));
    headers::for_upstream(request.headers_mut(), upgrading);
    ask_for_json(request.headers_mut());
    *request.version_mut() = http::Version::HTTP_11;
    let (mut parts, body) = request.into_parts();
    parts.extensions.clear();
    let body = match exchange {
        Some(exchange) => Watched::new(body, exchange.request_body()).map_err(BoxError::from).boxed_unsync(),
        None => body.map_err(BoxError::from).boxed_unsync(),
    };
    (Request::from_parts(parts, body), client_side)
}

fn pass_back(exchange: Option<Exchange>, response: Response<Incoming>) -> Response<OutBody> {
    let (mut parts, body) = response.into_parts();
    let body = match exchange {
        Some(exchange) => Watched::new(body, exchange.head(&parts)).map_err(BoxError::from).boxed_unsync(),
        None => body.map_err(BoxError::from).boxed_unsync(),
    };
    headers::for_client(&mut parts.headers);
    parts.version = http::Version::HTTP_11;
    parts.extensions.clear();
    Response::from_parts(parts, body)
}

fn switch(
    shared: &Arc<Shared>,
    exchange: Option<Exchange>,
    mut response: Response<Incoming>,
    client_side: ClientSide,
) -> Response<OutBody> {
    let server_side = hyper::upgrade::on(&mut response);
    let (parts, _) = response.into_parts();
    if let Some(exchange) = exchange {
        exchange.switched(&parts);
    }
    Counters::count(&shared.counters.upgrades);
    if let Some(client_side) = client_side {
        let shared = shared.clone();
        tokio::spawn(async move {
            if let Err(error) = upgrade::pass(client_side, server_side).await {
                shared.notices.once("stream", &format!("a stream (exec, attach, port-forward) broke off: {error}"));
            }
        });
    }
    let mut back = Response::new(super::answer::whole(bytes::Bytes::new()));
    *back.status_mut() = parts.status;
    *back.headers_mut() = parts.headers;
    back
}

/// The error with its causes, on one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = inner.source();
    }
    text
}
