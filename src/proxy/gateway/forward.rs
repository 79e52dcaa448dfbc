//! Checks and forwards one request, and returns its response.

use std::sync::Arc;

use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tower::BoxError;

use super::accept::ask_for_json;
use super::counters::Counters;
use super::observed_body::ObservedBody;
use super::recorded_call::RecordedCall;
use super::response::refusal;
use super::shared::Shared;
use super::upstream::OutBody;
use super::{control, headers, upgrade};
use crate::proxy::actors::ClientConnection;
use kuberewind_model::k8s::request::{Query, ResourceRequest};

/// Forwards one request. An error closes the connection, as without a proxy: the client never gets a response that the API
/// server did not send.
///
/// # Errors
/// The API server did not respond.
pub async fn forward(
    shared: Arc<Shared>,
    connection: Arc<ClientConnection>,
    request: Request<Incoming>,
) -> Result<Response<OutBody>, BoxError> {
    if !shared.token.matches(request.headers()) {
        Counters::increment(&shared.counters.unauthorized);
        shared.notices.print_once("unauthorized", "refused a request without the proxy's token (401); it was not forwarded");
        return Ok(refusal(StatusCode::UNAUTHORIZED, "Unauthorized", "send the token of the proxy's kubeconfig"));
    }
    let port = &*shared.recorder.port;
    if let Some(response) = control::respond(request.method(), request.uri().path(), port, &shared.counters) {
        return Ok(response);
    }
    Counters::increment(&shared.counters.calls);
    let recorded = start_call(&shared, &connection, &request);
    let upgrading = headers::asks_for_upgrade(request.headers());
    let (outgoing, client_upgrade) = prepare(request, recorded.as_ref(), upgrading);
    let result = shared.upstream.send(outgoing).await;
    match result {
        Ok(response) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
            Ok(switch(&shared, recorded, response, client_upgrade))
        }
        Ok(response) => Ok(pass_back(recorded, response)),
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

fn start_call(shared: &Arc<Shared>, connection: &ClientConnection, request: &Request<Incoming>) -> Option<RecordedCall> {
    let uri = request.uri();
    let query = uri.query().unwrap_or_default();
    if ResourceRequest::parse(request.method(), uri.path(), query).is_none() {
        Counters::increment(&shared.counters.overhead);
        if !is_discovery(uri.path()) {
            return None;
        }
    }
    let manager = if query.contains("fieldManager") { Query::parse(query).get("fieldManager").to_owned() } else { String::new() };
    let actor = shared.naming.actor(request.headers(), &manager, connection);
    Some(shared.recorder.start(request, actor))
}

/// True for responses that list kinds. Capture reads them and makes no operations of them.
fn is_discovery(path: &str) -> bool {
    path == "/api" || path == "/apis" || path.starts_with("/api/") || path.starts_with("/apis/")
}

type ClientUpgrade = Option<hyper::upgrade::OnUpgrade>;

fn prepare(
    mut request: Request<Incoming>,
    recorded: Option<&RecordedCall>,
    upgrading: bool,
) -> (Request<OutBody>, ClientUpgrade) {
    let client_upgrade = upgrading.then(|| hyper::upgrade::on(&mut request));
    headers::for_upstream(request.headers_mut(), upgrading);
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

fn pass_back(recorded: Option<RecordedCall>, response: Response<Incoming>) -> Response<OutBody> {
    let (mut parts, body) = response.into_parts();
    let body = match recorded {
        Some(recorded) => ObservedBody::new(body, recorded.response(&parts)).map_err(BoxError::from).boxed_unsync(),
        None => body.map_err(BoxError::from).boxed_unsync(),
    };
    headers::for_client(&mut parts.headers);
    parts.version = http::Version::HTTP_11;
    parts.extensions.clear();
    Response::from_parts(parts, body)
}

fn switch(
    shared: &Arc<Shared>,
    recorded: Option<RecordedCall>,
    mut response: Response<Incoming>,
    client_upgrade: ClientUpgrade,
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
