//! Turns a request into its response.

use std::sync::Arc;

use http::request::Parts;
use http::{Response, StatusCode, header};
use serde_json::{Value, json};

use super::call::{Call, FieldValidation, Subresource};
use super::scope::Scope;
use super::storage::Name;
use super::view::Form;
use super::watch::Watch;
use super::world::World;
use super::write::delete::{DeleteOptions, Deleted};
use super::write::{create, delete, scale, update};
use super::{Cluster, ClusterBody, discovery, encode, list, openapi, patch, protobuf};
use kuberewind_model::k8s::request::ResourceRequest;
use kuberewind_model::k8s::status::Status;
use kuberewind_model::{Timestamp, Verb};

/// Media types that a request body may have.
const BODY_TYPES: &[&str] = &["application/json", "application/yaml"];

type Answer = Response<ClusterBody>;

pub(super) fn answer(cluster: &Cluster, parts: &Parts, body: &[u8]) -> Answer {
    let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
    let Some(request) = ResourceRequest::parse(&parts.method, path, query) else {
        return elsewhere(cluster, parts);
    };
    match about_resource(cluster, parts, &request, body) {
        Ok(answer) => answer,
        Err(refused) => refusal(&refused),
    }
}

/// Serves the paths without a resource: discovery, OpenAPI, version, health.
fn elsewhere(cluster: &Cluster, parts: &Parts) -> Answer {
    let path = parts.uri.path();
    if parts.method != http::Method::GET && parts.method != http::Method::HEAD {
        return refusal(&Status::no_such_resource());
    }
    if matches!(path, "/healthz" | "/livez" | "/readyz") {
        return respond(200, "text/plain; charset=utf-8", "ok");
    }
    let accept = accept_of(parts);
    let world = cluster.shared.lock();
    let found = discovery::answer(&world, path, accept).or_else(|| {
        let (media, document) = openapi::answer(&world, path, accept)?;
        Some((media, document))
    });
    match found {
        Some((media, document)) => respond(200, media, document.to_string()),
        None => respond(404, "text/plain; charset=utf-8", "404 page not found\n"),
    }
}

fn about_resource(cluster: &Cluster, parts: &Parts, request: &ResourceRequest, body: &[u8]) -> Result<Answer, Status> {
    let now = cluster.shared.lock().clock_now();
    let form = Form::accepted(accept_of(parts), request.query.get("includeObject")).ok_or_else(not_acceptable)?;
    let call = read_call(&cluster.shared.lock(), parts, request)?;
    let query = &request.query;
    match request.verb {
        Verb::Get => {
            let world = cluster.shared.lock();
            let object =
                if call.subresource == Subresource::Scale { scale::read(&world, &call)? } else { update::live(&world, &call)? };
            Ok(one(&call, form, 200, &object, now))
        }
        Verb::List => {
            let scope = Scope::read(call.resource.clone(), &call.name.namespace, "", query)?;
            let world = cluster.shared.lock();
            let listed = list::list(&world, &scope, query, cluster.cached(&world))?;
            Ok(json_answer(200, &encode::list(&call.resource, form, &listed, now)))
        }
        Verb::Watch => {
            let scope = Scope::read(call.resource.clone(), &call.name.namespace, &call.name.name, query)?;
            let watch = Watch::open(&cluster.shared, &cluster.shared.lock(), scope, form, query)?;
            Ok(response(200, "application/json", ClusterBody::watch(watch)))
        }
        Verb::Create if call.subresource == Subresource::Main && request.name.is_empty() => {
            let object = decode(parts, body)?;
            let made = cluster.write(|world| create::create(world, &call, object))?;
            Ok(one(&call, form, 201, &made, now))
        }
        Verb::Update if !request.name.is_empty() => {
            let object = decode(parts, body)?;
            let next = cluster.write(|world| match call.subresource {
                Subresource::Scale => scale::replace(world, &call, &object),
                _ => update::replace(world, &call, object),
            })?;
            Ok(one(&call, form, 200, &next, now))
        }
        Verb::Patch if !request.name.is_empty() => {
            let media = content_type(parts).to_owned();
            let force = query.flag("force");
            let (code, next) = cluster.write(|world| patch::patch(world, &call, &media, body, force))?;
            Ok(one(&call, form, code, &next, now))
        }
        Verb::Delete if call.subresource == Subresource::Main => {
            let options = delete_options(parts, query.get("propagationPolicy"), body)?;
            let deleted = cluster.write(|world| delete::delete(world, &call, &options))?;
            Ok(one(&call, form, 200, &delete::answer(&call, &deleted), now))
        }
        Verb::DeleteCollection => {
            let options = delete_options(parts, query.get("propagationPolicy"), body)?;
            let scope = Scope::read(call.resource.clone(), &call.name.namespace, "", query)?;
            let listed = cluster.write(|world| delete_collection(world, &call, &scope, query, &options))?;
            Ok(json_answer(200, &encode::list(&call.resource, form, &listed, now)))
        }
        verb => Err(Status::method_not_allowed(call.resource.subject(&call.name.name), verb.as_str())),
    }
}

/// Deletes every object that a list of the scope contains, one by one.
fn delete_collection(
    world: &mut World,
    call: &Call,
    scope: &Scope,
    query: &kuberewind_model::k8s::request::Query,
    options: &DeleteOptions,
) -> Result<list::Listed, Status> {
    let mut listed = list::list(world, scope, query, world.storage.revision())?;
    for item in &mut listed.items {
        let name = Name::new(super::meta::text(item, "namespace"), super::meta::text(item, "name"));
        let (Deleted::Gone(object) | Deleted::Terminating(object)) =
            delete::delete(world, &call.about(&call.resource, name), options)?;
        *item = object;
    }
    Ok(listed)
}

/// Reads the resource, the object and the caller from a request.
fn read_call(world: &World, parts: &Parts, request: &ResourceRequest) -> Result<Call, Status> {
    let kind = &request.kind;
    let resource = world.registry.find(&kind.group, &kind.version, &kind.resource)?;
    let subresource = match request.subresource.as_str() {
        "" => Subresource::Main,
        "status" if resource.has_status => Subresource::Status,
        "scale" if resource.scale.is_some() => Subresource::Scale,
        "finalize" if resource.is("", "namespaces") => Subresource::Finalize,
        _ => return Err(Status::no_such_resource()),
    };
    let namespace = if resource.namespaced { request.namespace.as_str() } else { "" };
    let needs_namespace = resource.namespaced && !matches!(request.verb, Verb::List | Verb::Watch | Verb::DeleteCollection);
    if needs_namespace && namespace.is_empty()
        || (!resource.namespaced && !request.namespace.is_empty() && !resource.is("", "namespaces"))
    {
        return Err(Status::no_such_resource());
    }
    let query = &request.query;
    match query.get("dryRun") {
        "" | "All" => {}
        other => {
            let message = format!("Invalid value: [\"{other}\"]: allowed values: [\"All\"]");
            return Err(Status::bad_request(format!("dryRun: {message}")));
        }
    }
    let manager = match query.get("fieldManager") {
        // An apply must name its field manager. Every other write may fall back to the user agent.
        "" if content_type(parts) == "application/apply-patch+yaml" => "",
        "" => parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).map_or("unknown", first_word),
        named => named,
    };
    let validation = if query.get("fieldValidation") == "Strict" { FieldValidation::Strict } else { FieldValidation::Drop };
    let name = Name::new(namespace, &request.name);
    let (manager, now, dry_run) = (manager.to_owned(), world.now(), request.is_dry_run());
    Ok(Call { resource, name, subresource, manager, now, dry_run, validation })
}

/// The program name in a user agent.
fn first_word(agent: &str) -> &str {
    agent.split('/').next().filter(|word| !word.is_empty()).unwrap_or("unknown")
}

fn accept_of(parts: &Parts) -> &str {
    parts.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or("")
}

fn content_type(parts: &Parts) -> &str {
    let value = parts.headers.get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or("");
    value.split(';').next().unwrap_or("").trim()
}

fn not_acceptable() -> Status {
    Status::new(406, "NotAcceptable", "only the following media types are accepted: application/json")
}

/// Parses a body as JSON.
fn decode(parts: &Parts, body: &[u8]) -> Result<Value, Status> {
    match content_type(parts) {
        "" | "application/json" | "*/*" => patch::from_json(body),
        "application/yaml" => patch::from_yaml(body),
        "application/vnd.kubernetes.protobuf" => protobuf::decode(body).ok_or_else(|| Status::unsupported_media_type(BODY_TYPES)),
        _ => Err(Status::unsupported_media_type(BODY_TYPES)),
    }
}

/// Reads the options of a delete. Their media type is ignored, because kubectl and client-go label them differently. An unreadable body
/// means no options.
fn delete_options(parts: &Parts, policy: &str, body: &[u8]) -> Result<DeleteOptions, Status> {
    let options = if body.iter().all(u8::is_ascii_whitespace) { json!({}) } else { decode(parts, body)? };
    DeleteOptions::read(&options, policy)
}

fn one(call: &Call, form: Form, code: u16, object: &Arc<Value>, now: Timestamp) -> Answer {
    let scale = call.subresource == Subresource::Scale;
    let shown = if scale { (**object).clone() } else { encode::object(&call.resource, form, object, now) };
    json_answer(code, &shown)
}

/// The response to a refused request.
pub(super) fn refusal(status: &Status) -> Answer {
    json_answer(status.code, &status.to_json())
}

fn json_answer(code: u16, value: &Value) -> Answer {
    respond(code, "application/json", value.to_string())
}

fn respond(code: u16, media: &'static str, body: impl Into<bytes::Bytes>) -> Answer {
    response(code, media, ClusterBody::whole(body))
}

fn response(code: u16, media: &'static str, body: ClusterBody) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(media));
    answer
}
