//! Checks and forwards one request, and returns its response.

use std::sync::Arc;

use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tower::BoxError;

use super::accept::ask_for_json;
use super::client::{CallGuard, Client, CountedBody};
use super::counters::Counters;
use super::identity::Identity;
use super::observed_body::ObservedBody;
use super::recorded_call::RecordedCall;
use super::response::refusal;
use super::shared::Shared;
use super::upstream::OutBody;
use super::{control, headers, upgrade};
use kuberewind_model::k8s::request::{Query, ResourceRequest};

/// Forwards one request. An error closes the connection, as without a proxy: the client never gets a response that the API
/// server did not send.
///
/// # Errors
/// The API server did not respond.
pub async fn forward(
    shared: Arc<Shared>,
    client: Arc<Client>,
    request: Request<Incoming>,
) -> Result<Response<OutBody>, BoxError> {
    let Some(identity) = Identity::of(&shared.token, request.headers(), client.local) else {
        return Ok(unauthorized(&shared));
    };
    client.ask();
    if identity == Identity::Recorder {
        client.admit();
    }
    let guard = client.begin_call();
    let port = &*shared.recorder.port;
    if let Some(response) = control::respond(request.method(), request.uri().path(), &identity, port, &shared.counters) {
        return Ok(response);
    }
    Counters::increment(&shared.counters.calls);
    let recorded = start_call(&shared, &client, &identity, &request);
    let upgrading = headers::asks_for_upgrade(request.headers());
    let (outgoing, client_upgrade) = prepare(request, &identity, recorded.as_ref(), upgrading);
    let result = shared.upstream.send(&identity, outgoing).await;
    match &result {
        Ok(response) if response.status() == StatusCode::UNAUTHORIZED => {}
        Ok(_) => client.admit(),
        Err(_) => {}
    }
    match result {
        Ok(response) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
            Ok(switch(&shared, recorded, response, client_upgrade, guard))
        }
        Ok(response) => Ok(pass_back(recorded, response, guard)),
        Err(error) => {
            let why = chain(&*error);
            Counters::increment(&shared.counters.unanswered);
            shared.notices.print_once("unanswered", &format!("{} does not respond: {why}", shared.upstream.address()));
            if let Some(recorded) = recorded {
                recorded.failed(&why);
            }
            Err(error)
        }
    }
}

fn unauthorized(shared: &Shared) -> Response<OutBody> {
    Counters::increment(&shared.counters.unauthorized);
    shared.notices.print_once("unauthorized", "refused a request without the proxy's token (401); it was not forwarded");
    refusal(StatusCode::UNAUTHORIZED, "Unauthorized", "send the token of the proxy's kubeconfig")
}

fn start_call(shared: &Arc<Shared>, client: &Client, identity: &Identity, request: &Request<Incoming>) -> Option<RecordedCall> {
    let uri = request.uri();
    let query = uri.query().unwrap_or_default();
    if ResourceRequest::parse(request.method(), uri.path(), query).is_none() {
        Counters::increment(&shared.counters.overhead);
        if !is_discovery(uri.path()) {
            return None;
        }
    }
    let manager = if query.contains("fieldManager") { Query::parse(query).get("fieldManager").to_owned() } else { String::new() };
    let actor = shared.naming.actor(request.headers(), &manager, &client.connection);
    Some(shared.recorder.start(request, actor, identity.user(request.headers())))
}

/// True for responses that list kinds. Capture reads them and makes no operations of them.
fn is_discovery(path: &str) -> bool {
    path == "/api" || path == "/apis" || path.starts_with("/api/") || path.starts_with("/apis/")
}

type ClientUpgrade = Option<hyper::upgrade::OnUpgrade>;

fn prepare(
    mut request: Request<Incoming>,
    identity: &Identity,
    recorded: Option<&RecordedCall>,
    upgrading: bool,
) -> (Request<OutBody>, ClientUpgrade) {
    let client_upgrade = upgrading.then(|| hyper::upgrade::on(&mut request));
    headers::for_upstream(request.headers_mut(), identity, upgrading);
    ask_for_json(request.headers_mut());
    *request.version_mut() = http::Version::HTTP_11;
    let (mut parts, body) = request.into_parts();
    parts.extensions.clear();
    let body = match recorded {
        Some(recorded) => ObservedBody::new(body, recorded.request_body()).map_err(BoxError::from).boxed_unsync(),
        None => body.map_err(BoxError::from).boxed_unsync(),
    };
    (Request::from_parts(parts, body), client_upgrade)
}

fn pass_back(recorded: Option<RecordedCall>, response: Response<Incoming>, guard: CallGuard) -> Response<OutBody> {
    let (mut parts, body) = response.into_parts();
    let body = match recorded {
        Some(recorded) => ObservedBody::new(body, recorded.response(&parts)).map_err(BoxError::from).boxed_unsync(),
        None => body.map_err(BoxError::from).boxed_unsync(),
    };
    headers::for_client(&mut parts.headers);
    parts.version = http::Version::HTTP_11;
    parts.extensions.clear();
    Response::from_parts(parts, CountedBody::new(body, guard).boxed_unsync())
}

fn switch(
    shared: &Arc<Shared>,
    recorded: Option<RecordedCall>,
    mut response: Response<Incoming>,
    client_upgrade: ClientUpgrade,
    guard: CallGuard,
) -> Response<OutBody> {
    let server_upgrade = hyper::upgrade::on(&mut response);
    let (parts, _) = response.into_parts();
    if let Some(recorded) = recorded {
        recorded.switched(&parts);
    }
    Counters::increment(&shared.counters.upgrades);
    if let Some(client_upgrade) = client_upgrade {
        let shared = shared.clone();
        tokio::spawn(async move {
            let _counted = guard;
            if let Err(error) = upgrade::copy(client_upgrade, server_upgrade).await {
                shared.notices.print_once("stream", &format!("an exec, attach or port-forward stream broke off: {error}"));
            }
        });
    }
    let mut back = Response::new(super::response::whole(bytes::Bytes::new()));
    *back.status_mut() = parts.status;
    *back.headers_mut() = parts.headers;
    back
}

/// The error and its causes on one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let message = inner.to_string();
        if !text.ends_with(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = inner.source();
    }
    text
}
